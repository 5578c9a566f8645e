/** Files over HTTP: brought in pieces, had in parts, by a session or a token; and what attackers try with them. */
import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Actor, RoomId, UserUri } from "../../plugin/index.ts";
import { operator } from "../support/domain.ts";
import { until } from "../support/until.ts";
import {
	cookiesOf,
	type FileAnswer,
	type FileExchange,
	fileExchange,
} from "./file-exchange.ts";
import { type Browser, type Site, startSite } from "./site.ts";

const lobby = "00000000-0000-4000-8000-000000000001" as RoomId;
const operations = "00000000-0000-4000-8000-000000000002";
const board = "00000000-0000-4000-8000-000000000003";

describe("files over HTTP", () => {
	let directory: string;
	let site: Site;
	let alice: Browser;
	let bob: Browser;
	let files: FileExchange;

	before(async () => {
		directory = await mkdtemp(join(tmpdir(), "web-files-"));
		site = await startSite({
			node: {
				service: { files: { directory }, limits: { fileBytes: 100_000 } },
			},
			patience: { headersMs: 10_000, bodyMs: 10_000, pieceMs: 300 },
		});
		files = fileExchange(site);
		alice = await site.signedIn("alice");
		bob = await site.signedIn("bob");
	});
	after(async () => {
		await site?.close();
		await rm(directory, { recursive: true, force: true });
	});

	const begin = (name: string, bytes: number, by = alice) =>
		files.begin(by, { room: lobby, name, bytes });
	const piece = (id: string, offset: number, body: string, by = alice) =>
		files.piece(by, id, offset, body);
	const finish = (id: string, by = alice) => files.finish(by, id);
	const bring = (name: string, body: string) =>
		files.bring(alice, { room: lobby, name, body });
	const have = (id: string, headers = {}, by = bob) =>
		files.exchange("GET", `/api/rooms/${lobby}/files/${id}`, { by, headers });
	const owed = async (types = /^(up|down)loaded$/) => {
		const rows: readonly { type: string }[] =
			await site.node.database("outbox");
		return rows.filter(({ type }) => types.test(type)).length;
	};

	it("come in pieces, are told of in the room, listed, and had by others", async () => {
		const begun = await begin("notes.txt", 10);
		equal(begun.status, 201);
		equal(begun.headers.location, `/api/uploads/${begun.id}`);
		equal((await finish(begun.id)).status, 409);
		equal((await piece(begun.id, 0, "01234")).status, 200);
		equal((await piece(begun.id, 0, "01234")).status, 409);
		const state = await alice.ask("GET", `/api/uploads/${begun.id}`);
		equal((state.json as { received: number }).received, 5);
		equal((await piece(begun.id, 5, "56789")).status, 200);
		const { status, told } = await finish(begun.id);
		equal(status, 200);
		equal(
			told.message?.text,
			`ma-filelink://example.com/${lobby}/${begun.id}/notes.txt?bytes=10`,
		);
		const listed = await bob.ask("GET", `/api/rooms/${lobby}/files?limit=1`);
		const there = listed.json as { files: readonly { id: string }[] };
		equal(there.files[0]?.id, begun.id);
		const { status: ok, headers, body } = await have(begun.id);
		equal(ok, 200);
		equal(body.toString(), "0123456789");
		equal(headers["content-length"], "10");
	});

	it("are saved, never run, whatever their name and bytes say", async () => {
		const html = "<html><script>alert(1)</script></html>";
		const svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>';
		for (const [name, text] of [
			["page.html", html],
			["image.png", html],
			["image.svg", svg],
			["run.js", "alert(1)"],
		] as const) {
			const id = await bring(name, text);
			for (const query of ["", "?show=true"]) {
				const path = `/api/rooms/${lobby}/files/${id}${query}`;
				const { headers } = await files.exchange("GET", path, { by: bob });
				equal(headers["content-type"], "application/octet-stream");
				match(String(headers["content-disposition"]), /^attachment; /);
				equal(headers["x-content-type-options"], "nosniff");
				equal(
					headers["content-security-policy"],
					"default-src 'none'; sandbox",
				);
				equal(headers["cache-control"], "no-store");
			}
		}
	});

	it("are shown when they are images by their bytes, and that is asked for", async () => {
		const png = "\x89PNG\r\n\x1a\n rest";
		const { id } = await begin("photo.txt", Buffer.byteLength(png, "latin1"));
		await files.piece(alice, id, 0, Buffer.from(png, "latin1"));
		equal((await finish(id)).told.file.type, "image/png");
		const path = `/api/rooms/${lobby}/files/${id}?show=true`;
		const { headers } = await files.exchange("GET", path, { by: bob });
		equal(headers["content-type"], "image/png");
		match(String(headers["content-disposition"]), /^inline; /);
	});

	it("are named in a header that no name breaks", async () => {
		for (const [name, expected] of [
			[
				'a"b\\c.txt'.replace("\\", ""),
				"attachment; filename=\"a_bc.txt\"; filename*=UTF-8''a%22bc.txt",
			],
			[
				"Prüfung 会議;x='1'.txt",
				"attachment; filename=\"Pr_fung __;x='1'.txt\"; filename*=UTF-8''Pr%C3%BCfung%20%E4%BC%9A%E8%AD%B0%3Bx%3D%271%27.txt",
			],
			[
				"50%.txt",
				"attachment; filename=\"50_.txt\"; filename*=UTF-8''50%25.txt",
			],
		] as const) {
			const { headers } = await have(await bring(name, "x"));
			equal(headers["content-disposition"], expected);
		}
	});

	it("are not brought under a name that is a path or a header", async () => {
		for (const name of [
			"../x",
			"/etc/passwd",
			"a\0.txt",
			"a\r\nSet-Cookie: x=1",
			"..",
			"",
		]) {
			equal((await begin(name, 1)).status, 400, JSON.stringify(name));
		}
	});

	it("are had in parts, as was asked", async () => {
		const id = await bring("digits", "0123456789");
		for (const [range, status, expected] of [
			["bytes=0-0", 206, "0"],
			["bytes=4-", 206, "456789"],
			["bytes=-3", 206, "789"],
			["bytes=-99", 206, "0123456789"],
			["bytes=8-99", 206, "89"],
			["bytes=10-", 416, ""],
			["bytes=-0", 416, ""],
			["bytes=5-4", 200, "0123456789"],
			["bytes=0-1,3-4", 200, "0123456789"],
			["bytes=-", 200, "0123456789"],
			["lines=1-2", 200, "0123456789"],
		] as const) {
			const answer = await have(id, { range });
			deepEqual(
				[answer.status, answer.body.toString()],
				[status, expected],
				range,
			);
			equal(answer.headers["content-length"], String(expected.length));
		}
		const part = await have(id, { range: "bytes=2-4" });
		equal(part.headers["content-range"], "bytes 2-4/10");
		const etag = String(part.headers.etag);
		const same = await have(id, { range: "bytes=2-4", "if-range": etag });
		equal(same.status, 206);
		const other = await have(id, { range: "bytes=2-4", "if-range": '"x"' });
		equal(other.status, 200);
	});

	it("are nobody else's on their way, and in no room but their own", async () => {
		const { id } = await begin("x", 3);
		equal((await bob.ask("GET", `/api/uploads/${id}`)).status, 404);
		equal((await piece(id, 0, "abc", bob)).status, 404);
		equal((await finish(id, bob)).status, 404);
		equal((await bob.ask("DELETE", `/api/uploads/${id}`)).status, 404);
		equal((await have(id)).status, 404);
		equal((await piece(id, 0, "abc")).status, 200);
		equal((await finish(id)).status, 200);
		for (const room of [board, operations]) {
			const path = `/api/rooms/${room}/files/${id}`;
			equal((await files.exchange("GET", path, { by: bob })).status, 404);
		}
		const secret = await alice.ask("GET", `/api/rooms/${board}/files`);
		const nowhere = await alice.ask(
			"GET",
			"/api/rooms/00000000-0000-4000-8000-0000000000ff/files",
		);
		deepEqual([secret.status, secret.text], [nowhere.status, nowhere.text]);
		for (const bad of ["..%2f..%2fetc%2fpasswd", "%00", "x"]) {
			const path = `/api/rooms/${lobby}/files/${bad}`;
			equal((await files.exchange("GET", path, { by: bob })).status, 400, bad);
		}
	});

	it("are no larger than they may be, or than was said", async () => {
		equal((await begin("x", 100_001)).status, 413);
		const { id } = await begin("x", 3);
		equal((await piece(id, 0, "abcd")).status, 413);
		const { id: next } = await begin("x", 100_000);
		equal((await piece(next, 0, "x".repeat(100_000))).status, 200);
		equal((await finish(next)).status, 200);
	});

	/** The head of a piece of 9 bytes, and these; the connection stays open. */
	function openPiece(id: string, body: string) {
		const { hostname, port, origin } = new URL(site.web.address);
		const socket = connect(Number(port), hostname);
		let answer = "";
		socket.on("data", (text) => {
			answer += text;
		});
		socket.on("error", () => {});
		socket.write(
			[
				`PATCH /api/uploads/${id} HTTP/1.1`,
				`Host: ${hostname}:${port}`,
				`Origin: ${origin}`,
				`Cookie: ${cookiesOf(alice)}`,
				`X-CSRF-Token: ${alice.csrfToken}`,
				"Upload-Offset: 0",
				"Content-Type: application/offset+octet-stream",
				"Content-Length: 9",
				"",
				body,
			].join("\r\n"),
		);
		return { socket, answer: () => answer };
	}
	const received = async (id: string) => {
		const { json } = await alice.ask("GET", `/api/uploads/${id}`);
		return (json as { received: number }).received;
	};

	it("go on where the line was cut", async () => {
		const { id } = await begin("cut.txt", 9);
		const { socket } = openPiece(id, "abcd");
		await until(async () => (await received(id)) === 4, { what: "4 bytes" });
		socket.destroy();
		await until(async () => (await piece(id, 4, "efghi")).status === 200, {
			what: "the end of the piece that was cut",
		});
		equal((await finish(id)).status, 200);
		equal((await have(id)).body.toString(), "abcdefghi");
	});

	it("that come drop by drop are given up, and what came stays", async () => {
		const { id } = await begin("slow.txt", 9);
		const { socket, answer } = openPiece(id, "abcd");
		await until(() => answer() !== "", { what: "an answer" });
		match(answer(), /^HTTP\/1\.1 408 /);
		match(answer(), /connection: close/i);
		socket.destroy();
		equal(await received(id), 4);
	});

	it("are recorded once when they are had, and there is no asking without having them", async () => {
		const id = await bring("long.txt", "x".repeat(90_000));
		const before = await owed();
		const head = await files.exchange(
			"HEAD",
			`/api/rooms/${lobby}/files/${id}`,
			{
				by: bob,
			},
		);
		equal(head.status, 404);
		equal((await have(id)).status, 200);
		await until(async () => (await owed()) === before + 1, {
			what: "one download on record",
		});
	});

	describe("by a token", () => {
		const actorOf = async (name: string): Promise<Actor> => {
			const uri = `sip:${name}@example.com` as UserUri;
			const user = await site.node.store.users.find(uri);
			if (user === undefined) throw new Error(`no ${name}`);
			return user;
		};
		const uploadToken = async (name = "notes.txt", room = lobby) =>
			site.node.chat.rooms.grantUpload(await actorOf("alice"), { room, name });
		const put = (token: string, body: string, room: string = lobby) =>
			files.exchange("PUT", `/files/${room}`, {
				body,
				headers: { authorization: `Bearer ${token}` },
			});
		const get = (token: string, id: string, room: string = lobby) =>
			files.exchange("GET", `/files/${room}/${id}`, {
				headers: { authorization: `Bearer ${token}` },
			});

		it("come and are had, once for each", async () => {
			const { token } = await uploadToken();
			const brought = await put(token, "by a token");
			equal(brought.status, 201);
			const { file, message } = JSON.parse(String(brought.body)) as FileAnswer;
			match(message?.text ?? "", /^ma-filelink:/);
			equal((await put(token, "again")).status, 403);
			const bobs = await site.node.chat.rooms.grantDownload(
				await actorOf("bob"),
				{ room: lobby },
			);
			equal((await get(bobs.token, file.id)).body.toString(), "by a token");
			equal((await get(bobs.token, file.id)).status, 403);
		});

		it("are refused in one and the same way, whatever is wrong with it", async () => {
			const id = await bring("x", "x");
			const { token } = await uploadToken();
			const answers = [
				await get(token, id),
				await put(token, "x", operations),
				await put("00000000-0000-4000-8000-000000000000", "x"),
				await put("x", "x"),
			];
			for (const { status, body } of answers) {
				equal(status, 403);
				equal(String(body), String(answers[0]?.body));
			}
			equal(
				(await files.exchange("PUT", `/files/${lobby}`, { body: "x" })).status,
				401,
			);
			equal((await put(token, "x")).status, 201);
		});

		it("need no session, and give none", async () => {
			const { token } = await uploadToken();
			const answer = await put(token, "x");
			equal(answer.headers["set-cookie"], undefined);
			const path = `/api/rooms/${lobby}/files`;
			const { status } = await files.exchange("GET", path, {
				headers: { authorization: `Bearer ${token}` },
			});
			equal(status, 401);
		});

		const failing = async (table: string, act: () => Promise<void>) => {
			const { database } = site.node;
			await database.raw(
				`CREATE TRIGGER failing BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`,
			);
			await act().finally(() => database.raw("DROP TRIGGER failing"));
		};

		it("are kept when the room cannot be told, and that is what is said", async () => {
			const { token } = await uploadToken();
			await failing("messages", async () => {
				const { status, body } = await put(token, "kept");
				equal(status, 201);
				const told: FileAnswer & { notTold?: string } = JSON.parse(
					String(body),
				);
				equal(told.message, undefined);
				match(told.notTold ?? "", /^The file is kept, .* Post its link/);
				equal((await have(told.file.id)).body.toString(), "kept");
			});
		});

		it("are given up at once when they cannot be kept", async () => {
			const { token } = await uploadToken();
			const uploads = async () =>
				(await site.node.database("uploads")).length as number;
			// A download of the test before may be put on record only now.
			const kept = () => owed(/^uploaded$/);
			const [before, keptBefore] = [await uploads(), await kept()];
			await failing("files", async () => {
				equal((await put(token, "not kept")).status, 500);
			});
			deepEqual([await uploads(), await kept()], [before, keptBefore]);
		});

		it("leave nothing behind when they are refused", async () => {
			const { token } = await uploadToken();
			equal(
				(await put(token, randomBytes(60_000).toString("hex"))).status,
				413,
			);
			const incoming = await readdir(join(directory, "incoming"));
			const rows: readonly { id: string }[] = await site.node
				.database("uploads")
				.select("id");
			const known = rows.map(({ id }) => id);
			deepEqual(
				incoming.filter((name) => !known.includes(name)),
				[],
			);
		});
	});

	it("are gone for everybody at once when the message that told of them is deleted", async () => {
		const { id } = await begin("gone.txt", 1);
		await piece(id, 0, "x");
		const { told } = await finish(id);
		equal((await have(id)).status, 200);
		await site.node.chat.rooms.deleteMessages(operator, {
			room: lobby,
			sequences: [told.message?.sequence ?? 0],
		});
		equal((await have(id)).status, 404);
	});

	it("and their names are in no log", () => {
		doesNotMatch(site.node.logged.join("\n"), /notes\.txt|Prüfung|gone\.txt/);
	});
});
