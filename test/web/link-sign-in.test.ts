/** Signing in at the web door by a link that was asked for over SIP, and what attackers try with it. */
import {
	deepEqual,
	doesNotMatch,
	equal,
	match,
	notEqual,
	rejects,
} from "node:assert/strict";
import { ChatClient, ChatRefused, nodeAgent } from "../../client/index.ts";
import type { UserUri } from "../../plugin/index.ts";
import { signIn } from "../support/people.ts";
import { type Browser, type Site, startSite } from "./site.ts";

const tenSecondsMs = 10_000;
const fiveMinutesMs = 300_000;

interface SignedIn {
	readonly user: { readonly uri: string };
	readonly csrfToken: string;
}

for (const engine of ["sqlite", "mysql"] as const) {
	describe(`a link to sign in, on ${engine}`, () => {
		let site: Site;
		beforeEach(async () => {
			site = await startSite({ node: { engine } });
		});
		afterEach(() => site.close());

		/** What a link holds that the user asks for over XCCOS. */
		async function linkOf(name: string): Promise<string> {
			const { chat } = await signIn(site.node, name);
			const { url } = await chat.webLink();
			await chat.close();
			const [address, token] = url.split("/#sign-in=");
			equal(address, site.web.address);
			match(token ?? "", /^[\w-]{43}$/);
			return token ?? "";
		}
		const look = (token: string, browser = site.browser()) =>
			browser.ask("POST", "/api/sign-in-link", { body: { token } });
		const use = (token: string, browser = site.browser()) =>
			browser.ask("POST", "/api/session/by-link", { body: { token } });
		const whoIs = async (browser: Browser) =>
			(await browser.ask("GET", "/api/session")).json as SignedIn;

		it("says whose it is as often as it is looked at, and signs him in once", async () => {
			const token = await linkOf("alice");
			for (const _ of [1, 2]) {
				const { status, json, headers } = await look(token);
				equal(status, 200);
				deepEqual((json as SignedIn).user, {
					uri: "sip:alice@example.com",
					displayName: "Alice",
				});
				equal(headers["set-cookie"], undefined);
			}
			const browser = site.browser();
			const { status, json } = await use(token, browser);
			equal(status, 200);
			equal((json as SignedIn).user.uri, "sip:alice@example.com");
			equal((await whoIs(browser)).user.uri, "sip:alice@example.com");
			browser.csrfToken = (json as SignedIn).csrfToken;
			equal((await browser.ask("POST", "/api/sip-ticket")).status, 200);
			equal((await browser.ask("DELETE", "/api/session")).status, 204);
			for (const again of [await look(token), await use(token)]) {
				equal(again.status, 401);
				match(again.text, /has been used, or is too old/);
				equal(again.headers["set-cookie"], undefined);
			}
		});

		it("signs in one of several who bring it at once", async () => {
			const token = await linkOf("alice");
			const all = await Promise.all([1, 2, 3, 4].map(() => use(token)));
			deepEqual(all.map(({ status }) => status).sort(), [200, 401, 401, 401]);
		});

		it("is not opened by a GET, as a robot that looks at links makes it", async () => {
			const token = await linkOf("alice");
			const robot = site.browser();
			for (const path of [
				`/?sign-in=${token}`,
				`/api/session/by-link?token=${token}`,
				`/api/sign-in-link?token=${token}`,
			]) {
				const { headers } = await robot.ask("GET", path);
				equal(headers["set-cookie"], undefined, path);
			}
			equal((await use(token)).status, 200);
		});

		it("gives a session of its own, whatever cookie the browser has", async () => {
			const bob = await site.signedIn("bob");
			const [[name = "", before = ""] = []] = [...bob.cookies];
			await use(await linkOf("alice"), bob);
			notEqual(bob.cookies.get(name), before);
			equal((await whoIs(bob)).user.uri, "sip:alice@example.com");
			const fixed = site.browser();
			fixed.cookies.set(name, "a-token-of-the-attacker");
			await use(await linkOf("carol"), fixed);
			notEqual(fixed.cookies.get(name), "a-token-of-the-attacker");
		});

		it("is taken from this site's pages only", async () => {
			const token = await linkOf("alice");
			for (const headers of [
				{ origin: "https://evil.example" },
				{ "sec-fetch-site": "cross-site" },
				{ "content-type": "text/plain" },
				{ "content-type": "application/x-www-form-urlencoded" },
			]) {
				const answer = await site
					.browser()
					.ask("POST", "/api/session/by-link", { body: { token }, headers });
				match(String(answer.status), /403|415/);
			}
			equal((await use(token)).status, 200);
		});

		it("is worth nothing when its user is turned off, and says so to nobody else", async () => {
			const { store } = site.node;
			const token = await linkOf("carol");
			await store.transaction((tx) =>
				tx.users.change("sip:carol@example.com" as UserUri, { active: false }),
			);
			equal((await use(token)).status, 401);
			const other = await linkOf("bob");
			await store.transaction((tx) =>
				tx.policies.set({
					scope: "sip:bob@example.com" as UserUri,
					enabled: false,
					admit: false,
				}),
			);
			const { status, text, headers } = await use(other);
			equal(status, 403);
			match(text, /Not enabled for persistent chat/);
			equal(headers["set-cookie"], undefined);
		});

		it("is kept as a sum only, and never logged", async () => {
			const token = await linkOf("alice");
			await look(token);
			await use(token);
			doesNotMatch(site.node.logged.join("\n"), new RegExp(token));
			const rows = await site.node.database("sign_in_links");
			doesNotMatch(JSON.stringify(rows), new RegExp(token));
		});
	});
}

describe("links to sign in", () => {
	let site: Site;
	let clock = Date.now();
	before(async () => {
		site = await startSite({ now: () => new Date(clock) });
	});
	after(() => site.close());

	it("are not given twice in ten seconds", async () => {
		const { chat } = await signIn(site.node, "alice");
		await chat.webLink();
		await rejects(
			chat.webLink(),
			(error) => error instanceof ChatRefused && error.code === 503,
		);
		await chat.close();
	});

	it("are not given to who has come by a page, whose session would outlive its time", async () => {
		const browser = await site.signedIn("bob");
		const { json } = await browser.ask("POST", "/api/sip-ticket");
		const ticket = json as { username: string; password: string };
		const chat = await ChatClient.connect({
			open: nodeAgent({
				server: site.node.server("ws"),
				user: "sip:bob@example.com",
				authName: ticket.username,
				password: ticket.password,
			}),
			reconnect: false,
		});
		await rejects(
			chat.webLink(),
			(error) => error instanceof ChatRefused && error.code === 403,
		);
		await chat.close();
	});

	it("that are guessed make the address wait longer and longer", async () => {
		const guess = (n: number) =>
			site.browser().ask("POST", "/api/session/by-link", {
				body: { token: `guess-${n}` },
			});
		let waiting = 0;
		for (let n = 0; n < 40 && waiting === 0; n++) {
			const { status, headers } = await guess(n);
			if (status === 429) waiting = Number(headers["retry-after"]);
			else equal(status, 401);
		}
		equal(waiting > 0, true);
		clock += 3_600_000;
		equal((await guess(0)).status, 401);
	});
});

describe("a link to sign in that is old", () => {
	it("is worth nothing after five minutes", async () => {
		const site = await startSite();
		try {
			const { chat } = await signIn(site.node, "alice");
			const { url, expiresAt } = await chat.webLink();
			await chat.close();
			const leftMs = expiresAt.getTime() - Date.now();
			equal(
				leftMs > fiveMinutesMs - tenSecondsMs && leftMs <= fiveMinutesMs,
				true,
			);
			await site.node
				.database("sign_in_links")
				.update({ expires_at: Date.now() - 1 });
			const [, token] = url.split("#sign-in=");
			for (const path of ["/api/sign-in-link", "/api/session/by-link"]) {
				const { status } = await site
					.browser()
					.ask("POST", path, { body: { token } });
				equal(status, 401);
			}
		} finally {
			await site.close();
		}
	});
});
