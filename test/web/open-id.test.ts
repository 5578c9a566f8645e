/** Signing in by an OpenID Connect provider, a real one on a socket; and what attackers try on the way there and back. */
import {
	deepEqual,
	doesNotMatch,
	equal,
	match,
	notEqual,
	rejects,
} from "node:assert/strict";
import type { UserUri } from "../../plugin/index.ts";
import { claimedUser } from "../../web/open-id/claimed-user.ts";
import {
	type OpenIdProvider,
	openIdClient,
	startOpenIdProvider,
} from "../support/open-id-provider.ts";
import { until } from "../support/until.ts";
import { type Browser, type Site, startSite } from "./site.ts";

const cookieName = "chat-open-id";

describe("signing in by an OpenID provider", () => {
	let provider: OpenIdProvider;
	let site: Site;
	let clock = Date.now();

	before(async () => {
		provider = await startOpenIdProvider();
		site = await startSite({
			now: () => new Date(clock),
			settings: { openId: { issuer: provider.issuer, ...openIdClient } },
		});
		await ready(site);
	});
	beforeEach(() => {
		provider.lies = {};
		provider.claims = { preferred_username: "alice" };
		clock += 3_600_000;
	});
	after(async () => {
		await site?.close();
		await provider?.close();
	});

	async function ready(some: Site): Promise<void> {
		await until(
			async () => {
				const { json } = await some.browser().ask("GET", "/api/sign-in-ways");
				const { openId } = json as { openId?: { away?: string } };
				return openId !== undefined && openId.away === undefined;
			},
			{ what: "a provider" },
		);
	}

	/** Away to the provider and back to the site's door: the path there. */
	async function away(browser: Browser): Promise<string> {
		const { status, json, text } = await browser.ask("POST", "/api/open-id");
		equal(status, 200, text);
		const back = await provider.visit((json as { url: string }).url);
		equal(back.origin, site.web.address);
		return `${back.pathname}${back.search}`;
	}
	const arrive = (browser: Browser, path: string) =>
		browser.ask("GET", path, { headers: { "sec-fetch-site": "cross-site" } });
	async function isRefused(browser: Browser, path: string, why: string) {
		const { status, headers } = await arrive(browser, path);
		equal(status, 303);
		equal(headers.location, `/#sign-in-refused=${why}`);
		equal((await browser.ask("GET", "/api/session")).status, 401);
	}
	const uriOf = async (browser: Browser) => {
		const { json } = await browser.ask("GET", "/api/session");
		return (json as { user?: { uri: string } }).user?.uri;
	};

	it("goes there with PKCE, state and nonce, and comes back signed in, to the page", async () => {
		const browser = site.browser();
		const { json } = await browser.ask("POST", "/api/open-id");
		const url = new URL((json as { url: string }).url);
		equal(`${url.origin}${url.pathname}`, `${provider.issuer}/authorize`);
		const asked = url.searchParams;
		equal(asked.get("response_type"), "code");
		equal(asked.get("code_challenge_method"), "S256");
		equal(
			asked.get("redirect_uri"),
			`${site.web.address}/api/open-id/callback`,
		);
		for (const name of ["state", "nonce", "code_challenge"]) {
			match(asked.get(name) ?? "", /^[\w-]{43}$/, name);
		}
		const back = await provider.visit(url.href);
		const { status, headers } = await arrive(
			browser,
			`${back.pathname}${back.search}`,
		);
		equal(status, 303);
		equal(headers.location, "/");
		equal(await uriOf(browser), "sip:alice@example.com");
	});

	it("gives a session like any other: SIP tickets, CSRF, sign-out", async () => {
		const browser = site.browser();
		await arrive(browser, await away(browser));
		const { json } = await browser.ask("GET", "/api/session");
		equal((await browser.ask("POST", "/api/sip-ticket")).status, 403);
		browser.csrfToken = (json as { csrfToken: string }).csrfToken;
		equal((await browser.ask("POST", "/api/sip-ticket")).status, 200);
		equal((await browser.ask("DELETE", "/api/session")).status, 204);
		equal(await uriOf(browser), undefined);
	});

	it("gives a new session, whatever cookies came along", async () => {
		const browser = await site.signedIn("bob");
		const before = browser.cookies.get("chat-session");
		await arrive(browser, await away(browser));
		notEqual(browser.cookies.get("chat-session"), before);
		equal(await uriOf(browser), "sip:alice@example.com");
	});

	it("keeps what belongs to the attempt from scripts, in a cookie that is gone afterwards", async () => {
		const browser = site.browser();
		const { headers } = await browser.ask("POST", "/api/open-id");
		const [cookie = ""] = headers["set-cookie"] ?? [];
		match(
			cookie,
			/^chat-open-id=.*; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax/,
		);
		await arrive(browser, await away(browser));
		equal(browser.cookies.has(cookieName), false);
	});

	it("asks at /userinfo where the ID token does not say who it is", async () => {
		provider.lies = { onlyUserInfo: true };
		const browser = site.browser();
		await arrive(browser, await away(browser));
		equal(await uriOf(browser), "sip:alice@example.com");
	});

	it("is refused with another state, with none, and in another browser", async () => {
		const browser = site.browser();
		const path = await away(browser);
		const kept = new Map(browser.cookies);
		await isRefused(site.browser(), path, "again");
		await isRefused(
			browser,
			path.replace(/state=[\w-]+/, "state=x"),
			"provider",
		);
		for (const [name, value] of kept) browser.cookies.set(name, value);
		await isRefused(browser, path.replace(/&state=[\w-]+/, ""), "provider");
		const victim = site.browser();
		await away(victim);
		await isRefused(victim, path, "provider");
	});

	it("is refused when the ID token is for another attempt, party, issuer or time, or signed by another key", async () => {
		const old = Math.floor(Date.now() / 1_000) - 7_200;
		for (const lies of [
			{ idToken: { nonce: "of another attempt" } },
			{ idToken: { nonce: undefined } },
			{ idToken: { aud: "another client" } },
			{ idToken: { iss: "https://evil.example" } },
			{ idToken: { iat: old, exp: old + 60 } },
			{ forgedSignature: true },
		]) {
			provider.lies = lies;
			const browser = site.browser();
			await isRefused(browser, await away(browser), "provider");
		}
	});

	it("is refused when the code comes from another issuer than it was asked of", async () => {
		const before = provider.taken;
		provider.lies = { iss: "https://evil.example" };
		const browser = site.browser();
		await isRefused(browser, await away(browser), "provider");
		provider.lies = {};
		const other = site.browser();
		const path = await away(other);
		await isRefused(other, path.replace(/&iss=[^&]+/, ""), "provider");
		equal(provider.taken, before, "the code went nowhere");
	});

	it("takes no code twice, not even with the cookie of then", async () => {
		const browser = site.browser();
		const path = await away(browser);
		const kept = browser.cookies.get(cookieName) ?? "";
		await arrive(browser, path);
		equal(await uriOf(browser), "sip:alice@example.com");
		await isRefused(site.browser(), path, "again");
		const thief = site.browser();
		thief.cookies.set(cookieName, kept);
		await isRefused(thief, path, "provider");
	});

	it("takes no attempt after ten minutes, and no cookie that it has not made", async () => {
		const late = site.browser();
		const path = await away(late);
		clock += 600_001;
		await isRefused(late, path, "again");
		const bob = await site.signedIn("bob");
		for (const value of [
			"x",
			"e30.x",
			"a".repeat(5_000),
			bob.cookies.get("chat-session") ?? "",
		]) {
			const forger = site.browser();
			forger.cookies.set(cookieName, value);
			await isRefused(forger, path, "again");
		}
	});

	it("is refused to who is unknown, turned off, or named by nothing that names a user", async () => {
		for (const [claims, why] of [
			[{ preferred_username: "nobody-here" }, "unknown"],
			[{ preferred_username: "alice@elsewhere.example" }, "unknown"],
			[{ preferred_username: "" }, "unknown"],
			[{ preferred_username: ["alice"] }, "unknown"],
			[{}, "unknown"],
		] as const) {
			provider.claims = claims;
			const browser = site.browser();
			await isRefused(browser, await away(browser), why);
		}
		const uri = "sip:carol@example.com" as UserUri;
		await site.node.store.transaction((tx) =>
			tx.users.change(uri, { active: false }),
		);
		provider.claims = { preferred_username: "carol" };
		const browser = site.browser();
		await isRefused(browser, await away(browser), "not-enabled");
	});

	it("takes in whom his domain's policy admits", async () => {
		await site.node.store.transaction((tx) =>
			tx.policies.set({
				scope: "domain:carrier.example",
				enabled: true,
				admit: true,
			}),
		);
		provider.claims = {
			preferred_username: "Erin@Carrier.example",
			name: "Erin E",
		};
		const browser = site.browser();
		await arrive(browser, await away(browser));
		const { json } = await browser.ask("GET", "/api/session");
		deepEqual((json as { user: unknown }).user, {
			uri: "sip:erin@carrier.example",
			displayName: "Erin E",
		});
	});

	it("sends nobody anywhere else, whatever his address says", async () => {
		for (const more of [
			"&redirect_uri=https://evil.example",
			"&return_to=//evil.example",
			"&next=https://evil.example#x",
		]) {
			const browser = site.browser();
			const { headers } = await arrive(
				browser,
				`${await away(browser)}${more}`,
			);
			match(String(headers.location), /^\/(#sign-in-refused=\w+)?$/);
		}
		const forged = await site.browser().ask("POST", "/api/open-id", {
			headers: { "x-forwarded-host": "evil.example" },
		});
		doesNotMatch(forged.text, /evil/);
	});

	it("begins from this site's pages only", async () => {
		for (const headers of [
			{ origin: "https://evil.example" },
			{ "sec-fetch-site": "cross-site" },
		]) {
			const { status } = await site
				.browser()
				.ask("POST", "/api/open-id", { headers });
			equal(status, 403);
		}
		const { status } = await site.browser().ask("GET", "/api/open-id");
		equal(status, 404);
	});

	it("makes who tries codes wait longer and longer", async () => {
		const statuses = new Set<number>();
		for (let n = 0; n < 40; n++) {
			const browser = site.browser();
			await away(browser);
			const { status } = await arrive(
				browser,
				`/api/open-id/callback?code=${n}&state=x`,
			);
			statuses.add(status);
		}
		deepEqual([...statuses], [303, 429]);
	});

	it("keeps nobody waiting for what another site's page made his browser ask", async () => {
		for (let n = 0; n < 40; n++) {
			const { status } = await arrive(
				site.browser(),
				"/api/open-id/callback?code=x&state=x",
			);
			equal(status, 303);
		}
	});

	it("keeps nobody waiting for faults of the database", async () => {
		const { database } = site.node;
		const paths: (readonly [Browser, string])[] = [];
		for (let n = 0; n < 35; n++) {
			const browser = site.browser();
			paths.push([browser, await away(browser)]);
		}
		await database.raw("ALTER TABLE users RENAME TO users_away");
		try {
			for (const [browser, path] of paths) {
				const { status, text } = await arrive(browser, path);
				equal(status >= 500, true, text);
			}
		} finally {
			await database.raw("ALTER TABLE users_away RENAME TO users");
		}
	});

	it("logs neither codes nor tokens nor the client's secret", async () => {
		const browser = site.browser();
		const path = await away(browser);
		await arrive(browser, path);
		const [, code = "none"] = /code=([^&]+)/.exec(path) ?? [];
		provider.lies = { forgedSignature: true };
		const other = site.browser();
		await arrive(other, await away(other));
		const logged = site.node.logged.join("\n");
		for (const secret of [code, "an-access-token", "a secret", "eyJ"]) {
			equal(logged.includes(secret), false, secret);
		}
	});
});

describe("an OpenID provider", () => {
	it("that is away at the start is looked for again, and the page says why it must wait", async () => {
		const first = await startOpenIdProvider();
		const { issuer } = first;
		await first.close();
		const site = await startSite({
			settings: { openId: { issuer, ...openIdClient, label: "By Example" } },
		});
		let provider: OpenIdProvider | undefined;
		const ways = async () => {
			const { json } = await site.browser().ask("GET", "/api/sign-in-ways");
			return (json as { openId: { label: string; away?: string } }).openId;
		};
		try {
			const { label, away } = await ways();
			equal(label, "By Example");
			match(away ?? "", /cannot be reached just now/);
			equal((await site.browser().ask("POST", "/api/open-id")).status, 503);
			equal((await site.browser().signIn("alice", "alice-pw")).status, 200);
			provider = await startOpenIdProvider(Number(new URL(issuer).port));
			await until(async () => (await ways()).away === undefined, {
				what: "the provider",
				withinMs: 10_000,
			});
		} finally {
			await site.close();
			await provider?.close();
		}
	});

	it("needs an address that people come back to", async () => {
		const openId = { issuer: "https://login.example.com", ...openIdClient };
		const site = await startSite();
		const settings = { host: "0.0.0.0", openId };
		await rejects(
			startSite({ existing: site.node, settings }),
			/say web\.publicUrl/,
		);
		await site.close();
	});

	it("that nobody has said is not offered, and has no routes", async () => {
		const site = await startSite();
		try {
			const browser = site.browser();
			const { json } = await browser.ask("GET", "/api/sign-in-ways");
			deepEqual(json, {});
			equal((await browser.ask("POST", "/api/open-id")).status, 404);
			equal((await browser.ask("GET", "/api/open-id/callback")).status, 404);
		} finally {
			await site.close();
		}
	});
});

describe("whom claims name", () => {
	const named = (claims: Record<string, unknown>, claim = "who") =>
		claimedUser(claims, claim, "example.com")?.uri;

	it("is a user of the domain, or of the one that is said", () => {
		equal(named({ who: "Alice" }), "sip:alice@example.com");
		equal(
			named({ who: " sip:alice@Other.example " }),
			"sip:alice@other.example",
		);
		equal(named({ who: "a.b+c@example.com" }), "sip:a.b+c@example.com");
	});

	it("is nobody where that is no address of a user", () => {
		for (const who of [
			undefined,
			7,
			"",
			"@example.com",
			"a@b@c",
			"a b",
			"alice;x=1@example.com",
			"<sip:alice@example.com>",
			"alice@",
			"alice@exa mple",
			`${"a".repeat(300)}`,
		]) {
			equal(named({ who }), undefined, String(who));
		}
	});

	it("is by e-mail only where that was verified", () => {
		const email = "alice@example.com";
		equal(named({ email, email_verified: true }, "email"), `sip:${email}`);
		equal(named({ email, email_verified: false }, "email"), undefined);
		equal(named({ email, email_verified: "true" }, "email"), undefined);
		equal(named({ email }, "email"), undefined);
	});
});
