/** Signing in and out at the web door. */
import { deepEqual, equal, match, notEqual } from "node:assert/strict";
import { hashCredentials } from "../../plugin/credentials.ts";
import { type Site, startSite } from "./site.ts";

const sixDaysMs = 6 * 86_400_000;
const hourMs = 3_600_000;

for (const engine of ["sqlite", "mysql"] as const) {
	describe(`the web door's sign-in, on ${engine}`, () => {
		let site: Site;
		let clock = Date.now();
		before(async () => {
			site = await startSite({
				now: () => new Date(clock),
				node: { engine },
			});
		});
		after(() => site.close());

		it("takes the SIP name in each of its forms, and says who one is", async () => {
			for (const name of [
				"alice",
				"Alice@example.com",
				"sip:alice@EXAMPLE.com",
			]) {
				const browser = site.browser();
				equal((await browser.signIn(name, "alice-pw")).status, 200, name);
				const { status, json } = await browser.ask("GET", "/api/session");
				equal(status, 200);
				deepEqual((json as { user: unknown }).user, {
					uri: "sip:alice@example.com",
					displayName: "Alice",
				});
			}
		});

		it("has the same words for a wrong password and an unknown user", async () => {
			const wrong = await site.browser().signIn("bob", "no");
			const unknown = await site.browser().signIn("nobody", "no");
			equal(wrong.status, 401);
			equal(unknown.status, 401);
			equal(wrong.text, unknown.text);
			deepEqual(wrong.headers["set-cookie"], undefined);
		});

		it("gives a cookie that no script and no other site can use", async () => {
			const { headers } = await site.browser().signIn("alice", "alice-pw");
			const [cookie = ""] = headers["set-cookie"] ?? [];
			match(cookie, /; HttpOnly/);
			match(cookie, /; SameSite=Strict/);
			match(cookie, /; Path=\//);
		});

		it("signs in with a new token, whatever cookie came along", async () => {
			const browser = site.browser();
			await browser.signIn("alice", "alice-pw");
			const [[name = "", first = ""] = []] = [...browser.cookies];
			await browser.signIn("alice", "alice-pw");
			notEqual(browser.cookies.get(name), first);
			const fixed = site.browser();
			fixed.cookies.set(name, "a-token-of-the-attacker");
			await fixed.signIn("alice", "alice-pw");
			notEqual(fixed.cookies.get(name), "a-token-of-the-attacker");
		});

		it("takes no cookie that was changed, and none that it has not signed", async () => {
			const browser = await site.signedIn("alice");
			const [[name = "", value = ""] = []] = [...browser.cookies];
			for (const forged of [
				`${value.slice(0, -2)}xx`,
				`x${value.slice(1)}`,
				value.split(".")[0] ?? "",
				"",
				"a".repeat(5_000),
			]) {
				const other = site.browser();
				other.cookies.set(name, forged);
				equal((await other.ask("GET", "/api/session")).status, 401);
			}
		});

		it("signs out here, or everywhere", async () => {
			const one = await site.signedIn("alice");
			const two = await site.signedIn("alice");
			const three = await site.signedIn("alice");
			const kept = new Map(one.cookies);
			equal((await one.ask("DELETE", "/api/session")).status, 204);
			equal(one.cookies.size, 0);
			one.cookies.set(...([...kept][0] as [string, string]));
			equal((await one.ask("GET", "/api/session")).status, 401);
			equal((await two.ask("GET", "/api/session")).status, 200);
			await two.ask("DELETE", "/api/session?everywhere=true");
			equal((await three.ask("GET", "/api/session")).status, 401);
		});

		it("ends a session after its time, and after disuse", async () => {
			const start = clock;
			const busy = await site.signedIn("alice");
			const idle = await site.signedIn("bob");
			const asked = (one: typeof busy) => one.ask("GET", "/api/session");
			for (; clock - start < sixDaysMs; clock += 23 * hourMs) {
				equal((await asked(busy)).status, 200);
			}
			equal((await asked(idle)).status, 401);
			clock = start + 7 * 24 * hourMs;
			equal((await asked(busy)).status, 401);
		});

		it("keeps people signed in over a restart", async () => {
			const browser = await site.signedIn("alice");
			const again = await startSite({
				existing: site.node,
				now: () => new Date(clock),
			});
			try {
				const other = again.browser();
				for (const [name, value] of browser.cookies) {
					other.cookies.set(name, value);
				}
				equal((await other.ask("GET", "/api/session")).status, 200);
			} finally {
				await again.close();
			}
		});

		it("has done with a user at once who is turned off, or is given another password", async () => {
			const { store } = site.node;
			const browser = await site.signedIn("dave");
			const uri = "sip:dave@example.com" as Parameters<
				typeof store.users.find
			>[0];
			await store.transaction((tx) => tx.users.change(uri, { active: false }));
			equal((await browser.ask("GET", "/api/session")).status, 401);
			const off = await site.browser().signIn("dave", "dave-pw");
			equal(off.status, 403);
			match(off.text, /Not enabled for persistent chat/);
			await store.transaction((tx) => tx.users.change(uri, { active: true }));
			equal((await browser.ask("GET", "/api/session")).status, 401);
		});

		it("is refused when the password is changed while it is looked at", async () => {
			const { chat, store } = site.node;
			const { accounts } = chat;
			const uri = "sip:bob@example.com" as Parameters<
				typeof store.users.find
			>[0];
			const change = (password: string) =>
				store.transaction((tx) =>
					tx.users.change(uri, {
						credentials: hashCredentials("bob", "example.com", password),
					}),
				);
			const racing = await startSite({
				existing: {
					...site.node,
					chat: {
						...chat,
						accounts: {
							...accounts,
							async prove(name, password) {
								const user = await accounts.prove(name, password);
								await change("another one");
								return user;
							},
						},
					},
				},
			});
			try {
				const browser = racing.browser();
				equal((await browser.signIn("bob", "bob-pw")).status, 401);
				equal(browser.cookies.size, 0);
			} finally {
				await change("bob-pw");
				await racing.close();
			}
		});

		it("has done with a user at once whom policy turns off: what was refused then is not taken up later", async () => {
			const { rooms } = site.node.chat;
			const operator = {
				uri: "sip:operator@example.com",
				displayName: "Operator",
				guid: "00000000-0000-4000-8000-00000000000f",
				administrator: true,
			} as Parameters<typeof rooms.setPolicy>[0];
			const browser = await site.signedIn("carol");
			const scope = "sip:carol@example.com" as Parameters<
				typeof rooms.setPolicy
			>[1]["scope"];
			await rooms.setPolicy(operator, { scope, enabled: false, admit: false });
			equal((await browser.ask("GET", "/api/session")).status, 401);
			await rooms.setPolicy(operator, { scope, enabled: true, admit: false });
			equal((await browser.ask("GET", "/api/session")).status, 401);
			equal((await browser.signIn("carol", "carol-pw")).status, 200);
		});
	});
}
