/** What attackers try at the web door, over real sockets; each is refused. */
import {
	deepEqual,
	doesNotMatch,
	equal,
	match,
	notEqual,
} from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import {
	localhostCertificate,
	localhostKey,
} from "../support/localhost-tls.ts";
import { until } from "../support/until.ts";
import { type Browser, type Site, startSite } from "./site.ts";

/** Everything that is answered to whoever asks. */
const forEverybody = [
	"GET /api/sign-in-ways",
	"POST /PersistentChat/MGCWebService.asmx",
	"POST /api/session",
	"POST /api/session/by-link",
	"POST /api/sign-in-link",
	"GET /health/live",
	"GET /health/ready",
	"GET /metrics",
];

describe("an attack on the web door", () => {
	let site: Site;
	let clock = Date.now();
	before(async () => {
		site = await startSite({
			now: () => new Date(clock),
			patience: { headersMs: 200, bodyMs: 200 },
		});
	});
	after(() => site.close());

	/** Sends just these bytes; what comes back until the server ends it. */
	function raw(text: string, { port } = new URL(site.web.address)) {
		return new Promise<string>((resolve, reject) => {
			const socket = connect(Number(port), "127.0.0.1", () =>
				socket.write(text),
			);
			let answer = "";
			socket.on("data", (chunk) => {
				answer += chunk;
			});
			socket.on("error", reject);
			socket.on("close", () => resolve(answer));
		});
	}

	async function routes(): Promise<readonly (readonly [string, string])[]> {
		const { json } = await site.browser().ask("GET", "/api/docs");
		const { paths } = json as { paths: Record<string, object> };
		return Object.entries(paths).flatMap(([path, methods]) =>
			Object.keys(methods).map(
				(method) =>
					[
						method.toUpperCase(),
						path.replaceAll(
							/\{[^}]*\}/g,
							"00000000-0000-4000-8000-000000000001",
						),
					] as const,
			),
		);
	}

	describe("by who is not signed in", () => {
		it("finds no route open but those for everybody", async () => {
			const open: string[] = [];
			for (const [method, path] of await routes()) {
				const { status } = await site.browser().ask(method, path);
				if (status !== 401) open.push(`${method} ${path}`);
			}
			deepEqual(open.sort(), [...forEverybody].sort());
		});
	});

	describe("from another site's page", () => {
		it("changes nothing by any route, whatever of a request it can forge", async () => {
			const alice = await site.signedIn("alice");
			const bob = await site.signedIn("bob");
			const changing = (await routes()).filter(([method]) => method !== "GET");
			equal(changing.length > 1, true);
			for (const [method, path] of changing) {
				for (const headers of [
					{ origin: "https://evil.example" },
					{ origin: "null" },
					{ "sec-fetch-site": "cross-site" },
					{ "sec-fetch-site": "same-site" },
				]) {
					const { status } = await alice.ask(method, path, { headers });
					equal(status, 403, `${method} ${path} ${JSON.stringify(headers)}`);
				}
				if (forEverybody.includes(`${method} ${path}`)) continue;
				// No cookie opens these: a token of its own does.
				if (path.startsWith("/files/")) continue;
				for (const token of ["", "x", bob.csrfToken, `${alice.csrfToken}x`]) {
					const { status } = await alice.ask(method, path, {
						headers: { "x-csrf-token": token },
					});
					equal(status, 403, `${method} ${path} with the token "${token}"`);
				}
			}
			equal((await alice.ask("GET", "/api/session")).status, 200);
		});

		it("signs nobody in by a form", async () => {
			const body = JSON.stringify({ user: "alice", password: "alice-pw" });
			for (const type of [
				"text/plain",
				"application/x-www-form-urlencoded",
				"multipart/form-data; boundary=x",
			]) {
				const { status, headers } = await site
					.browser()
					.ask("POST", "/api/session", {
						body,
						headers: { "content-type": type },
					});
				equal(status, 415, type);
				equal(headers["set-cookie"], undefined);
			}
		});

		it("is allowed nothing by CORS, and no frame", async () => {
			const { headers } = await site.browser().ask("GET", "/health/live", {
				headers: { origin: "https://evil.example" },
			});
			equal(headers["access-control-allow-origin"], undefined);
			equal(headers["x-frame-options"], "DENY");
			match(
				String(headers["content-security-policy"]),
				/default-src 'none';.*frame-ancestors 'none'/,
			);
			doesNotMatch(
				String(headers["content-security-policy"]),
				/unsafe|\*|data:/,
			);
		});
	});

	describe("by guessing passwords", () => {
		const guess = (user: string) => site.browser().signIn(user, "guess");

		it("gets five guesses for a user, however many come at once, known or not", async () => {
			clock += 7_200_000;
			for (const user of ["carol", "nobody-there"]) {
				const answers = await Promise.all(
					Array.from({ length: 12 }, () => guess(user)),
				);
				const statuses = answers.map(({ status }) => status);
				equal(statuses.filter((status) => status === 401).length, 5, user);
				equal(statuses.filter((status) => status === 429).length, 7, user);
			}
		});

		it("is told when the next guess is looked at, and waits longer each time", async () => {
			clock += 7_200_000;
			const waits: number[] = [];
			for (let round = 0; round < 12; round += 1) {
				const { status, headers } = await guess("Bob@example.com");
				if (status === 401) continue;
				equal(status, 429);
				const seconds = Number(headers["retry-after"]);
				waits.push(seconds);
				clock += seconds * 1_000;
			}
			deepEqual(waits, [1, 2, 4, 8]);
			clock += 60_000;
			equal((await site.browser().signIn("bob", "bob-pw")).status, 200);
		});

		it("is one person's however his name is written, and nobody's with a second @", async () => {
			clock += 7_200_000;
			const ways = [
				"carol",
				"sip:CAROL",
				" carol@example.com ",
				"Sips:carol@Example.com",
			];
			const statuses: number[] = [];
			for (let count = 0; count < 8; count += 1) {
				statuses.push((await guess(ways[count % ways.length] ?? "")).status);
			}
			equal(statuses.filter((status) => status === 401).length, 5);
			clock += 7_200_000;
			for (const name of [
				"carol@example.com@0",
				"carol@@example.com",
				"@carol",
			]) {
				const { status } = await site.browser().signIn(name, "carol-pw");
				equal(status, 401, name);
			}
			clock += 7_200_000;
		});

		it("is held up by its address too, whatever the names, and others' successes do not help", async () => {
			clock += 7_200_000;
			let refused = 0;
			for (let count = 0; count < 40; count += 1) {
				if (count % 5 === 0) await site.browser().signIn("alice", "alice-pw");
				const { status } = await guess(`somebody-${count}`);
				if (status === 429) refused += 1;
			}
			equal(refused > 0, true);
			clock += 7_200_000;
		});

		it("cannot tell a user from nobody by the questions that the database is asked", async () => {
			clock += 7_200_000;
			const asked: string[] = [];
			const note = ({ sql }: { sql: string }) => asked.push(sql);
			site.node.database.on("query", note);
			await guess("carol");
			const known = asked.splice(0).filter((sql) => /users/.test(sql));
			await guess("nobody-at-all");
			const unknown = asked.splice(0).filter((sql) => /users/.test(sql));
			site.node.database.removeListener("query", note);
			deepEqual(known, unknown);
			equal(known.length > 0, true);
		});
	});

	describe("by what is sent", () => {
		it("is not answered on the loopback when it names another host", async () => {
			for (const path of ["/", "/api/sign-in-ways", "/health/live", "/x"]) {
				const asking = (host: string) =>
					site.browser().ask("GET", path, { headers: { host } });
				for (const host of ["evil.example", "localhost.evil.example:8080"]) {
					const { status, text } = await asking(host);
					equal(status, 403, path);
					match(text, /not-from-here/);
				}
				notEqual((await asking("LOCALHOST:1")).status, 403, path);
			}
			const body = { user: "alice", password: "alice-pw" };
			const headers = { host: "evil.example", origin: "http://evil.example" };
			const { status } = await site
				.browser()
				.ask("POST", "/api/session", { body, headers });
			equal(status, 403);
		});

		it("puts nothing of the Host into a header", async () => {
			for (const host of [
				"evil.example;script-src *",
				"evil.example script-src *",
				"a,b",
				"x'y",
			]) {
				const answer = await raw(
					`GET /health/live HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
				);
				doesNotMatch(answer, /evil|script-src \*|a,b|x'y/);
			}
		});

		it("ends at once with a line end in an address, or a header that is no header", async () => {
			for (const line of [
				"GET /api/rooms\r\n\r\nGET /x HTTP/1.1",
				"GET / HTTP/1.1\r\nHost : localhost",
				"POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
			]) {
				match(await raw(`${line}\r\n\r\n`), /^HTTP\/1\.1 400 /);
			}
		});

		it("reaches no file and no other place by its path", async () => {
			for (const path of [
				"/../../etc/passwd",
				"/api/../../../etc/passwd",
				"/%2e%2e/%2e%2e/etc/passwd",
				"/..%2f..%2fetc%2fpasswd",
				"/api/rooms/%00",
				"/api/docs%00.html",
				"/%zz",
				"//evil.example/",
				"/\\evil.example",
				"/%2f%2fevil.example",
			]) {
				const answer = await raw(
					`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
				);
				match(answer, /^HTTP\/1\.1 (400|401|404) /, path);
				doesNotMatch(answer, /^location:/im);
				doesNotMatch(answer, /root:|evil/);
			}
		});

		it("is too large: a body, a header, an address", async () => {
			const user = "a".repeat(70_000);
			const { status, json } = await site
				.browser()
				.ask("POST", "/api/session", {
					body: { user, password: "x" },
				});
			equal(status, 413);
			equal((json as { reason: string }).reason, "too-large");
			const long = "a".repeat(17_000);
			match(
				await raw(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${long}\r\n\r\n`),
				/^HTTP\/1\.1 431 /,
			);
			match(
				await raw(`GET /${long} HTTP/1.1\r\nHost: localhost\r\n\r\n`),
				/^HTTP\/1\.1 431 /,
			);
		});

		it("is too slow: headers and bodies that come drop by drop", async () => {
			match(
				await raw("GET /health/live HTTP/1.1\r\nHost: localhost\r\nX:"),
				/^HTTP\/1\.1 408 /,
			);
			const body = await raw(
				'POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"us',
			);
			doesNotMatch(body, /^HTTP\/1\.1 200/);
		});

		it("is slow after it was answered: nobody waits for the rest of a body", async () => {
			const rest = "Host: localhost\r\nContent-Length: 60000\r\n\r\nx";
			match(
				await raw(`GET /health/live HTTP/1.1\r\n${rest}`),
				/^HTTP\/1\.1 200 /,
			);
			match(await raw(`GET /nowhere HTTP/1.1\r\n${rest}`), /^HTTP\/1\.1 404 /);
			match(await raw(`PUT /files/x HTTP/1.1\r\n${rest}`), /^HTTP\/1\.1 4/);
		});

		it("is JSON that would change what objects are", async () => {
			for (const body of [
				'{"user":"alice","password":"x","__proto__":{"enabled":true}}',
				'{"user":"alice","password":"x","constructor":{"prototype":{}}}',
				'{"user":{"$gt":""},"password":"x"}',
				'{"user":"alice","password":["x"]}',
				"[]",
				"null",
				"{",
				"",
			]) {
				const { status } = await site
					.browser()
					.ask("POST", "/api/session", { body });
				equal(status, 400, body);
			}
		});

		it("is answered without a word of how this is made", async () => {
			const { text, headers } = await site
				.browser()
				.ask("POST", "/api/session", { body: "{" });
			doesNotMatch(text, /at |node_modules|Error|position/);
			equal(headers["x-powered-by"], undefined);
			equal(headers.server, undefined);
		});
	});

	describe("through a proxy", () => {
		const tooMany = async (
			browser: Browser,
			from: (count: number) => string,
		) => {
			const statuses: number[] = [];
			for (let count = 0; count < 12; count += 1) {
				const { status } = await browser.ask("GET", "/health/live", {
					headers: { "x-forwarded-for": from(count) },
				});
				statuses.push(status);
			}
			return statuses.includes(429);
		};

		it("takes no other address by X-Forwarded-For, unless the proxy is trusted", async () => {
			const settings = { requestsPerMinute: 10 };
			const distrusting = await startSite({ existing: site.node, settings });
			const trusting = await startSite({
				existing: site.node,
				settings: { ...settings, trustedProxies: ["127.0.0.1"] },
			});
			try {
				const each = (count: number) => `192.0.2.${count + 1}`;
				equal(await tooMany(distrusting.browser(), each), true);
				equal(await tooMany(trusting.browser(), each), false);
				equal(await tooMany(trusting.browser(), () => "192.0.2.99"), true);
			} finally {
				await distrusting.close();
				await trusting.close();
			}
		});

		it("makes the cookie and the browser keep to HTTPS, where the public address is one", async () => {
			const publicUrl = "https://chat.example.com";
			const behind = await startSite({
				existing: site.node,
				settings: { publicUrl },
			});
			try {
				const body = { user: "alice", password: "alice-pw" };
				const { status, headers } = await behind
					.browser()
					.ask("POST", "/api/session", {
						body,
						headers: { origin: publicUrl },
					});
				equal(status, 200);
				match(
					headers["set-cookie"]?.[0] ?? "",
					/^__Host-chat-session=.*; Path=\/; .*Secure/,
				);
				match(String(headers["strict-transport-security"]), /max-age=\d{7,}/);
				const other = await behind.browser().signIn("alice", "alice-pw");
				equal(other.status, 403);
			} finally {
				await behind.close();
			}
		});
	});

	it("on TLS speaks nothing older than 1.2, and gets a secure cookie only", async () => {
		const directory = mkdtempSync(join(tmpdir(), "persistent-chat-tls-"));
		const [cert, key] = [join(directory, "cert"), join(directory, "key")];
		writeFileSync(cert, localhostCertificate);
		writeFileSync(key, localhostKey);
		const secure = await startSite({
			existing: site.node,
			settings: { tls: { cert, key } },
		});
		try {
			match(secure.web.address, /^https:/);
			const port = Number(new URL(secure.web.address).port);
			const said = await new Promise<string>((resolve, reject) => {
				const socket = connectTls(
					{ port, host: "127.0.0.1", ca: localhostCertificate },
					() => {
						const body = '{"user":"alice","password":"alice-pw"}';
						socket.write(
							`POST /api/session HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
						);
					},
				);
				let text = "";
				socket.on("data", (chunk) => {
					text += chunk;
				});
				socket.on("error", reject);
				socket.on("close", () => resolve(text));
			});
			match(said, /set-cookie: __Host-chat-session=[^\r]*Secure/i);
			match(said, /strict-transport-security/i);
			const old = connectTls({
				port,
				host: "127.0.0.1",
				ca: localhostCertificate,
				maxVersion: "TLSv1.1",
				minVersion: "TLSv1.1",
			});
			let refused = false;
			old.on("error", () => {
				refused = true;
			});
			await until(() => refused, { what: "a refusal of TLS 1.1" });
			old.destroy();
		} finally {
			await secure.close();
			rmSync(directory, { recursive: true });
		}
	});

	it("leaves no password, cookie or search in the log", async () => {
		const browser = await site.signedIn("alice");
		await browser.ask("GET", "/api/people?words=secret-search-words");
		await site.browser().signIn("alice", "wrong-secret-password");
		const log = site.node.logged.join("");
		doesNotMatch(log, /secret-search-words|wrong-secret-password|alice-pw/);
		for (const value of browser.cookies.values()) {
			equal(log.includes(value), false);
		}
		match(log, /web sign-in refused/);
	});
});
