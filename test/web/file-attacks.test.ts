/** What attackers try with uploads and tokens, over real sockets; each is refused, or does nothing. */
import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Actor, RoomId, UserUri } from "../../plugin/index.ts";
import { operator } from "../support/domain.ts";
import { until } from "../support/until.ts";
import { cookiesOf, type FileExchange, fileExchange } from "./file-exchange.ts";
import { type Browser, type Site, startSite } from "./site.ts";

const lobby = "00000000-0000-4000-8000-000000000001" as RoomId;
const fileBytes = 200_000;
/** 130 KB that would be 128 MiB. */
const bomb = gzipSync(Buffer.alloc(2 ** 27));

describe("an attack by files", () => {
	let directory: string;
	let site: Site;
	let alice: Browser;
	let files: FileExchange;

	before(async () => {
		directory = await mkdtemp(join(tmpdir(), "file-attacks-"));
		site = await startSite({
			node: { service: { files: { directory }, limits: { fileBytes } } },
		});
		files = fileExchange(site);
		alice = await site.signedIn("alice");
	});
	after(async () => {
		await site?.close();
		await rm(directory, { recursive: true, force: true });
	});

	const begin = (bytes: number) =>
		files.begin(alice, { room: lobby, name: "x", bytes });
	const received = async (id: string) =>
		(
			(await alice.ask("GET", `/api/uploads/${id}`)).json as {
				received: number;
			}
		).received;
	async function actorOf(name: string): Promise<Actor> {
		const user = await site.node.store.users.find(uriOf(name));
		ok(user);
		return user;
	}
	const uriOf = (name: string) => `sip:${name}@example.com` as UserUri;
	const put = (token: string, body: Buffer | string, headers = {}) =>
		files.exchange("PUT", `/files/${lobby}`, {
			body,
			headers: { authorization: `Bearer ${token}`, ...headers },
		});
	const grant = async (name: string) =>
		(
			await site.node.chat.rooms.grantUpload(await actorOf(name), {
				...{ room: lobby, name: "x" },
			})
		).token;

	/** Sends this, and more and more, until the connection ends; what came back. */
	function sendOnAndOn(head: readonly string[]): Promise<string> {
		const { hostname, port } = new URL(site.web.address);
		return new Promise((resolve) => {
			const socket = connect(Number(port), hostname);
			let answer = "";
			const piece = `10000\r\n${"x".repeat(65_536)}\r\n`;
			const more = () => {
				while (socket.writable && socket.write(piece));
			};
			socket.on("data", (text) => {
				answer += text;
			});
			socket.on("error", () => {});
			socket.on("drain", more);
			socket.on("close", () => resolve(answer));
			socket.write(
				[...head, "Transfer-Encoding: chunked", "", ""].join("\r\n"),
			);
			more();
		});
	}

	describe("that are packed", () => {
		it("is refused where the sender wants it unpacked, and uses no token up", async () => {
			const { id } = await begin(bomb.length);
			const token = await grant("alice");
			for (const encoding of ["gzip", "br", "deflate", "x-gzip, gzip"]) {
				const headers = { "content-encoding": encoding };
				const piece = await files.exchange("PATCH", `/api/uploads/${id}`, {
					...{ by: alice, body: bomb },
					headers: { ...headers, "upload-offset": "0" },
				});
				equal(piece.status, 415, encoding);
				equal((await put(token, bomb, headers)).status, 415, encoding);
				const json = await files.exchange("POST", "/api/rooms", {
					...{ by: alice, body: gzipSync('{"name":"x"}') },
					headers: { ...headers, "content-type": "application/json" },
				});
				equal(json.status, 415, encoding);
			}
			equal(await received(id), 0);
			equal((await put(token, "plain")).status, 201);
		});

		it("stays packed: what is kept and had is what was sent", async () => {
			// Says of itself that it holds 4 GiB.
			const zip = Buffer.alloc(30);
			zip.write("PK\x03\x04", "latin1");
			zip.writeUInt32LE(0xffff_ffff, 22);
			for (const [name, body] of [
				["bomb.gz", bomb],
				["bomb.zip", zip],
			] as const) {
				const id = await files.bring(alice, { room: lobby, name, body });
				const path = `/api/rooms/${lobby}/files/${id}`;
				const had = await files.exchange("GET", path, {
					by: alice,
					headers: { "accept-encoding": "gzip" },
				});
				ok(had.body.equals(body));
				equal(had.headers["content-encoding"], undefined);
				const thumbnail = `${path}/thumbnail`;
				equal((await alice.ask("GET", thumbnail)).status, 404);
			}
		});
	});

	describe("that have no end", () => {
		it("is cut when more comes than was said, and no more than that is on the disk", async () => {
			const { id } = await begin(100_000);
			const answer = await sendOnAndOn([
				`PATCH /api/uploads/${id} HTTP/1.1`,
				`Host: ${new URL(site.web.address).host}`,
				`Cookie: ${cookiesOf(alice)}`,
				`X-CSRF-Token: ${alice.csrfToken}`,
				"Upload-Offset: 0",
			]);
			// It may have been ended while it was sending.
			match(answer, /^(HTTP\/1\.1 413 |$)/);
			const { size } = await stat(join(directory, "incoming", id));
			ok(size <= 100_000);
		});

		it("is not listened to by whoever has refused it", async () => {
			for (const line of [
				`PUT /files/${lobby} HTTP/1.1`,
				`PATCH /api/uploads/${crypto.randomUUID()} HTTP/1.1`,
				"POST /api/rooms HTTP/1.1",
				"POST /nowhere HTTP/1.1",
			]) {
				const answer = await sendOnAndOn([line, "Host: localhost"]);
				match(answer, /^(HTTP\/1\.1 4\d\d (.|\s)*connection: close|$)/i, line);
			}
		});

		it("is refused before its first byte when a token's file does not say how long it is", async () => {
			const token = await grant("alice");
			const answer = await sendOnAndOn([
				`PUT /files/${lobby} HTTP/1.1`,
				"Host: localhost",
				`Authorization: Bearer ${token}`,
			]);
			match(answer, /^(HTTP\/1\.1 400 |$)/);
			equal((await put(token, "x")).status, 201);
		});

		it("has no more under way than 20, and leaves nothing when it is given up", async () => {
			const begun: string[] = [];
			for (;;) {
				const { status, id } = await begin(fileBytes);
				if (status !== 201) {
					equal(status, 503);
					break;
				}
				begun.push(id);
			}
			ok(begun.length <= 20);
			for (const id of begun) {
				equal((await alice.ask("DELETE", `/api/uploads/${id}`)).status, 204);
			}
			const incoming = await readdir(join(directory, "incoming"));
			ok(!incoming.some((name) => begun.includes(name)));
		});
	});

	describe("with a token", () => {
		it("that has expired is refused as one that never was", async () => {
			const token = await grant("alice");
			await site.node
				.database("file_tokens")
				.update({ expires_at: Date.now() - 1 });
			const late = await put(token, "x");
			const never = await put(crypto.randomUUID(), "x");
			deepEqual([late.status, String(late.body)], [403, String(never.body)]);
		});

		it("of somebody who may not use the service any more is worth nothing", async () => {
			const { rooms } = site.node.chat;
			const off = await grant("dave");
			const blocked = await grant("carol");
			await site.node.store.transaction((tx) =>
				tx.users.change(uriOf("dave"), { active: false }),
			);
			const scope = "sip:carol@example.com" as Parameters<
				typeof rooms.setPolicy
			>[1]["scope"];
			await rooms.setPolicy(operator, { scope, enabled: false, admit: false });
			for (const token of [off, blocked]) {
				equal((await put(token, "x")).status, 403);
			}
		});

		it("in the address, in a cookie or in a body opens nothing", async () => {
			const token = await grant("alice");
			for (const [path, headers] of [
				[`/files/${lobby}?token=${token}`, {}],
				[`/files/${lobby}`, { cookie: `token=${token}` }],
				[`/files/${lobby}`, { authorization: `Basic ${token}` }],
			] as const) {
				const { status } = await files.exchange("PUT", path, {
					...{ body: token, headers },
				});
				ok([400, 401].includes(status), path);
			}
		});

		it("guessed over and over is held up by the address that guesses", async () => {
			const strict = await startSite({
				existing: site.node,
				settings: { requestsPerMinute: 10 },
			});
			try {
				const { exchange } = fileExchange(strict);
				const path = `/files/${lobby}/${crypto.randomUUID()}`;
				const statuses: number[] = [];
				for (let count = 0; count < 15; count += 1) {
					const authorization = `Bearer ${crypto.randomUUID()}`;
					const guess = await exchange("GET", path, {
						headers: { authorization },
					});
					statuses.push(guess.status);
				}
				equal(statuses.filter((status) => status === 429).length, 5);
			} finally {
				await strict.close();
			}
		});
	});

	describe("with what is shown to others", () => {
		const script = "<script>alert(1)</script>";

		async function routes(): Promise<readonly (readonly [string, string])[]> {
			const { json } = await alice.ask("GET", "/api/docs");
			const { paths } = json as { paths: Record<string, object> };
			return Object.entries(paths).flatMap(([path, methods]) =>
				Object.keys(methods)
					.filter((method) => path !== "/api/events" || method !== "get")
					.map((method) => [method.toUpperCase(), path] as const),
			);
		}

		it("gets no script into an answer that a browser would read as a page", async () => {
			const name = encodeURIComponent(script);
			for (const [method, path] of await routes()) {
				for (const query of ["", `?words=${name}&name=${name}&${name}=1`]) {
					const browser = await site.signedIn("alice");
					const { headers } = await browser.ask(
						method,
						`${path.replace(/\{\w+\}/g, name)}${query}`,
						/^(GET|DELETE)$/.test(method)
							? {}
							: { body: { name: script, user: script, password: script } },
					);
					doesNotMatch(
						String(headers["content-type"]),
						/html|svg|javascript/,
						`${method} ${path}`,
					);
					equal(
						headers["x-content-type-options"],
						"nosniff",
						`${method} ${path}`,
					);
				}
			}
			const { headers, text } = await alice.ask("GET", `/${name}?x=${name}`);
			doesNotMatch(text, /<script>alert/);
			match(String(headers["content-type"]), /^application\/problem\+json/);
		});

		it("sends nobody elsewhere, whatever address comes along", async () => {
			const there = encodeURIComponent("https://evil.example/");
			const query = ["next", "url", "redirect", "return_to", "continue"]
				.map((key) => `${key}=${there}`)
				.join("&");
			for (const [method, path] of await routes()) {
				const browser = await site.signedIn("alice");
				const address = path.replace(/\{\w+\}/g, lobby);
				const answer = await browser.ask(method, `${address}?${query}`);
				ok(
					answer.status < 300 || answer.status >= 400,
					`${method} ${path} ${answer.status}`,
				);
				doesNotMatch(String(answer.headers.location), /evil/);
			}
		});
	});

	it("leaves the service as it was", async () => {
		await until(
			async () => (await alice.ask("GET", "/health/live")).status === 200,
			{
				what: "an answer",
			},
		);
		doesNotMatch(site.node.logged.join(""), /a fault at the web door/);
	});
});
