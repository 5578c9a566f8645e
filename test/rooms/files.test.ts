/** Files: who brings them, who has them, what is recorded, and when they are gone. */
import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { FileReference } from "../../plugin/compliance/events.ts";
import type {
	Actor,
	CategoryId,
	FileId,
	RoomFile,
	RoomId,
} from "../../plugin/rooms/types.ts";
import { refused } from "../contracts/samples.ts";
import {
	addCategory,
	type Domain,
	openDomain,
	operator,
	principalOf,
} from "../support/domain.ts";
import {
	cutAfter,
	streamOf,
	type TestFiles,
	testFiles,
	textOf,
} from "../support/file-bytes.ts";
import { imageOf } from "../support/images.ts";

const sum = (text: string) => createHash("sha256").update(text).digest("hex");
const hourMs = 3_600_000;

describe("files", () => {
	let domain: Domain;
	let files: TestFiles;
	let category: CategoryId;
	let alice: Actor;
	let bob: Actor;
	let now = new Date("2026-01-01T00:00:00Z");
	let behindMs = 0;
	let whileDrawn = async () => {};

	before("makes people and a category", async () => {
		files = await testFiles();
		domain = await openDomain({
			files: {
				...files.bytes,
				async thumbnail(content) {
					const drawn = await files.bytes.thumbnail(content);
					await whileDrawn();
					return drawn;
				},
			},
			now: () => now,
			behindMs: () => behindMs,
		});
		alice = await domain.person("alice");
		bob = await domain.person("bob");
		category = (await addCategory(domain, { files: true })).id;
	});
	after(async () => {
		await domain.close();
		await files.drop();
	});
	beforeEach("forgets what was owed", () => domain.owed());

	const pass = (ms: number) => {
		now = new Date(now.getTime() + ms);
	};

	async function makeRoom(
		more: Partial<Parameters<Domain["rooms"]["createRoom"]>[1]> = {},
	): Promise<RoomId> {
		const made = await domain.rooms.createRoom(operator, {
			name: `Room ${randomUUID()}`,
			category,
			privacy: "open",
			...more,
		});
		return made.room.id;
	}

	async function bring(
		room: RoomId,
		text: string | Buffer,
		{ by = alice, name = "notes.txt" } = {},
	): Promise<RoomFile> {
		const bytes = Buffer.byteLength(text);
		const { id } = await domain.rooms.beginUpload(by, { room, name, bytes });
		await domain.rooms.continueUpload(by, id, 0, streamOf(text));
		return domain.rooms.finishUpload(by, id);
	}

	async function have(
		room: RoomId,
		file: FileId,
		by = bob,
		range?: { first: number; last: number },
	): Promise<string> {
		const wanted = { room, file, range };
		const { bytes, ended } = await domain.rooms.download(by, wanted);
		const text = await textOf(bytes);
		await ended;
		return text;
	}

	const owedTypes = async () =>
		(await domain.owed())
			.map(({ type }) => type)
			.filter((type) => type !== "posted");

	it("whose thumbnail is drawn show it to nobody who may read the room no more by then", async () => {
		const room = await makeRoom();
		const { id } = await bring(
			room,
			await imageOf("gif", { width: 4, height: 4 }),
			{ name: "x.png" },
		);
		assert.ok((await domain.rooms.thumbnail(bob, room, id)).length > 0);
		whileDrawn = async () => {
			await domain.rooms.changeRoom(operator, room, {
				properties: { privacy: "secret" },
			});
		};
		await refused("no-such-room", domain.rooms.thumbnail(bob, room, id));
		whileDrawn = async () => {};
	});

	it("come whole, are had by others, and are owed to compliance when their bytes have moved", async () => {
		const room = await makeRoom();
		await domain.owed();
		const text = "hello files";
		const { id } = await domain.rooms.beginUpload(alice, {
			room,
			name: "héllo.txt",
			bytes: text.length,
		});
		await domain.rooms.continueUpload(alice, id, 0, streamOf(text));
		assert.deepEqual(await owedTypes(), []);
		const file = await domain.rooms.finishUpload(alice, id);
		const reference: FileReference = {
			name: "héllo.txt",
			type: "text/plain",
			bytes: text.length,
			sha256: sum(text),
		};
		const [uploaded] = await domain.owed();
		assert.ok(uploaded?.type === "uploaded");
		assert.deepEqual(
			[
				uploaded.file,
				uploaded.actor.uri,
				uploaded.actor.callId,
				uploaded.room.id,
			],
			[reference, alice.uri, "call-alice", room],
		);
		assert.equal(await have(room, file.id), text);
		const [downloaded] = await domain.owed();
		assert.ok(downloaded?.type === "downloaded");
		assert.deepEqual(
			[downloaded.file, downloaded.actor.uri],
			[reference, bob.uri],
		);
		assert.equal(await textOf(await files.bytes.open(reference)), text);
	});

	it("are announced by a link, once, by whoever brought them", async () => {
		const room = await makeRoom();
		const file = await bring(room, "minutes", { name: "a b&c.txt" });
		const message = await domain.rooms.announceFile(alice, room, file.id);
		assert.equal(
			message.text,
			`ma-filelink://example.com/${room}/${file.id}/a%20b%26c.txt?bytes=7`,
		);
		const again = await domain.rooms.announceFile(alice, room, file.id);
		assert.equal(again.sequence, message.sequence);
		await refused(
			"no-such-file",
			domain.rooms.announceFile(bob, room, file.id),
		);
	});

	it("are listed, the newest first, and not where no history is kept", async () => {
		const room = await makeRoom();
		const names = ["one", "two", "three"];
		for (const name of names) await bring(room, name, { name });
		const listed = await domain.rooms.files(bob, room, { limit: 2 });
		assert.deepEqual(
			listed.map(({ name }) => name),
			["three", "two"],
		);
		const before = listed.at(-1)?.position;
		const rest = await domain.rooms.files(bob, room, { before, limit: 2 });
		assert.deepEqual(
			rest.map(({ name }) => name),
			["one"],
		);
		await refused("malformed", domain.rooms.files(bob, room, { limit: 0 }));
		const live = await addCategory(domain, { files: true, history: false });
		const fleeting = await makeRoom({ category: live.id });
		const file = await bring(fleeting, "now");
		assert.deepEqual(await domain.rooms.files(bob, fleeting, { limit: 9 }), []);
		assert.equal(await have(fleeting, file.id), "now");
	});

	it("are had in part, and a part is a download", async () => {
		const room = await makeRoom();
		const file = await bring(room, "0123456789");
		await domain.owed();
		assert.equal(await have(room, file.id, bob, { first: 2, last: 4 }), "234");
		assert.deepEqual(await owedTypes(), ["downloaded"]);
		for (const [first, last] of [
			[0, 10],
			[4, 3],
			[-1, 3],
			[0, Number.NaN],
		] as const) {
			await refused("malformed", have(room, file.id, bob, { first, last }));
		}
		assert.deepEqual(await owedTypes(), []);
	});

	it("are not recorded as had when no byte has moved, and are when one has", async () => {
		const room = await makeRoom();
		const file = await bring(room, "x".repeat(900));
		await domain.owed();
		const wanted = { room, file: file.id };
		const none = await domain.rooms.download(bob, wanted);
		none.bytes.destroy();
		await none.ended;
		assert.deepEqual(await owedTypes(), []);
		const some = await domain.rooms.download(bob, wanted);
		for await (const _ of some.bytes) break;
		await some.ended;
		assert.deepEqual(await owedTypes(), ["downloaded"]);
	});

	it("of which a killed node was sending bytes are recorded when it is back", async () => {
		const room = await makeRoom();
		const file = await bring(room, "text");
		await domain.owed();
		const { bytes, ended } = await domain.rooms.download(bob, {
			room,
			file: file.id,
		});
		assert.equal(await domain.nodeRooms.recordLeftDownloads(), 1);
		assert.deepEqual(await owedTypes(), ["downloaded"]);
		await textOf(bytes);
		await ended;
		assert.deepEqual(await owedTypes(), [], "not twice");
	});

	describe("on their way", () => {
		const begin = (room: RoomId, bytes: number) =>
			domain.rooms.beginUpload(alice, { room, name: "x", bytes });

		it("go on where they were cut", async () => {
			const room = await makeRoom();
			const { id } = await begin(room, 9);
			const go = (offset: number, from = streamOf("345678")) =>
				domain.rooms.continueUpload(alice, id, offset, from);
			await assert.rejects(go(0, cutAfter("0", "12")), /the line is cut/);
			assert.equal((await domain.rooms.upload(alice, id)).received, 3);
			await refused("conflict", go(0));
			await refused("conflict", go(9));
			await refused("conflict", domain.rooms.finishUpload(alice, id));
			assert.equal((await go(3)).received, 9);
			const file = await domain.rooms.finishUpload(alice, id);
			assert.equal(await have(room, file.id), "012345678");
		});

		it("have no more bytes than was said, nor than may be", async () => {
			const room = await makeRoom();
			await refused("too-large", begin(room, 1_001));
			for (const bytes of [0, -1, 1.5, Number.NaN]) {
				await refused("malformed", begin(room, bytes));
			}
			const { id } = await begin(room, 3);
			const more = streamOf("ab", "cd");
			await refused(
				"too-large",
				domain.rooms.continueUpload(alice, id, 0, more),
			);
			assert.ok((await domain.rooms.upload(alice, id)).received <= 3);
		});

		it("are their owner's alone", async () => {
			const room = await makeRoom();
			const { id } = await begin(room, 3);
			await refused("no-such-file", domain.rooms.upload(bob, id));
			const stolen = domain.rooms.continueUpload(bob, id, 0, streamOf("abc"));
			await refused("no-such-file", stolen);
			await refused("no-such-file", domain.rooms.finishUpload(bob, id));
			await refused("no-such-file", domain.rooms.cancelUpload(bob, id));
			await refused("no-such-file", domain.rooms.file(bob, room, id));
			await refused("no-such-file", have(room, id));
			await domain.rooms.cancelUpload(alice, id);
			await refused("no-such-file", domain.rooms.upload(alice, id));
		});

		it("take one piece at a time", async () => {
			const room = await makeRoom();
			const { id } = await begin(room, 3);
			const slow = domain.rooms.continueUpload(alice, id, 0, streamOf("abc"));
			await refused(
				"conflict",
				domain.rooms.continueUpload(alice, id, 0, streamOf("abc")),
			);
			assert.equal((await slow).received, 3);
		});

		it("are finished once, however often it is asked for", async () => {
			const room = await makeRoom();
			await domain.owed();
			const file = await bring(room, "once");
			assert.deepEqual(await domain.rooms.finishUpload(alice, file.id), file);
			await refused("no-such-file", domain.rooms.finishUpload(bob, file.id));
			assert.deepEqual(await owedTypes(), ["uploaded"]);
		});

		it("are refused at their end when the right was lost on the way", async () => {
			const room = await makeRoom({
				privacy: "closed",
				roles: { member: [principalOf(alice)] },
			});
			const { id } = await begin(room, 3);
			await domain.rooms.continueUpload(alice, id, 0, streamOf("abc"));
			await domain.rooms.changeRoom(operator, room, {
				roles: { member: { remove: [principalOf(alice)] } },
			});
			await domain.owed();
			await refused("forbidden", domain.rooms.finishUpload(alice, id));
			assert.deepEqual(await owedTypes(), []);
		});

		it("wait where the archive is too far behind for a closed category", async () => {
			const closed = await addCategory(domain, {
				files: true,
				compliance: "closed",
			});
			const room = await makeRoom({ category: closed.id });
			const { id } = await begin(room, 3);
			await domain.rooms.continueUpload(alice, id, 0, streamOf("abc"));
			behindMs = 60_001;
			await refused("unavailable", begin(room, 3));
			await refused("unavailable", domain.rooms.finishUpload(alice, id));
			behindMs = 0;
			assert.equal((await domain.rooms.finishUpload(alice, id)).bytes, 3);
		});

		it("are given up after a day, with their bytes", async () => {
			const room = await makeRoom();
			const { id } = await begin(room, 9);
			await domain.rooms.continueUpload(alice, id, 0, streamOf("abc"));
			const incoming = () => readdir(join(files.directory, "incoming"));
			pass(24 * hourMs);
			await domain.nodeRooms.collectFiles();
			assert.ok((await incoming()).includes(id));
			pass(1);
			await domain.nodeRooms.collectFiles();
			assert.equal((await incoming()).includes(id), false);
			await refused("no-such-file", domain.rooms.upload(alice, id));
		});
	});

	describe("may be brought", () => {
		const may = (by: Actor, room: RoomId) =>
			domain.rooms.beginUpload(by, { room, name: "x", bytes: 1 });

		it("where the category takes them, by whoever posts", async () => {
			const bare = await addCategory(domain, { files: false });
			await refused(
				"forbidden",
				may(alice, await makeRoom({ category: bare.id })),
			);
			const closed = await makeRoom({ privacy: "closed" });
			await refused("forbidden", may(alice, closed));
			const stage = await makeRoom({
				type: "auditorium",
				roles: { presenter: [principalOf(bob)] },
			});
			await refused("forbidden", may(alice, stage));
			assert.equal((await may(bob, stage)).received, 0);
			const file = await bring(stage, "speech", { by: bob });
			assert.equal(await have(stage, file.id, alice), "speech");
		});

		it("not to a disabled room, and none are had from it", async () => {
			const room = await makeRoom();
			const file = await bring(room, "text");
			await domain.rooms.changeRoom(operator, room, {
				properties: { disabled: true },
			});
			await refused("room-disabled", may(alice, room));
			await refused("room-disabled", have(room, file.id));
			await refused(
				"room-disabled",
				domain.rooms.files(bob, room, { limit: 1 }),
			);
		});

		it("under a name that is no path", async () => {
			const room = await makeRoom();
			for (const name of [
				"",
				" ",
				".",
				"..",
				"../x",
				"..\\x",
				"/etc/passwd",
				"a\0b",
				"a\r\nContent-Type: text/html",
				"photo\u202egpj.exe",
				"\ud800",
			]) {
				await refused(
					"malformed",
					domain.rooms.beginUpload(alice, { room, name, bytes: 1 }),
				);
			}
			const longest = "é".repeat(127);
			assert.equal((await bring(room, "x", { name: longest })).name, longest);
			await refused("too-large", bring(room, "x", { name: `${longest}xx` }));
		});
	});

	it("of a secret room are as if there were none, with the same questions asked", async () => {
		const room = await makeRoom({
			privacy: "secret",
			roles: { member: [principalOf(alice)] },
		});
		const file = await bring(room, "secret");
		const nowhere = randomUUID() as string as RoomId;
		// What bob holds is known from then on.
		await refused("no-such-room", have(nowhere, file.id));
		const queries: string[] = [];
		domain.knex.on("query", ({ sql }: { sql: string }) => queries.push(sql));
		const counts: number[] = [];
		for (const id of [room, nowhere]) {
			queries.length = 0;
			await refused("no-such-room", have(id, file.id));
			await refused("no-such-room", domain.rooms.file(bob, id, file.id));
			await refused("no-such-room", domain.rooms.files(bob, id, { limit: 1 }));
			await refused(
				"no-such-room",
				domain.rooms.grantUpload(bob, { room: id, name: "x" }),
			);
			await refused(
				"no-such-room",
				domain.rooms.grantDownload(bob, { room: id }),
			);
			counts.push(queries.length);
		}
		domain.knex.removeAllListeners("query");
		assert.equal(counts[0], counts[1]);
	});

	it("of one room are none of another's", async () => {
		const [here, there] = [await makeRoom(), await makeRoom()];
		const file = await bring(here, "text");
		await refused("no-such-file", have(there, file.id));
		await refused("no-such-file", domain.rooms.file(bob, there, file.id));
		await refused(
			"no-such-file",
			domain.rooms.grantDownload(bob, { room: there, file: file.id }),
		);
	});

	it("cannot be had any more by whoever has lost the right", async () => {
		const room = await makeRoom({
			privacy: "closed",
			roles: { member: [principalOf(alice), principalOf(bob)] },
		});
		const file = await bring(room, "text");
		const { token } = await domain.rooms.grantDownload(bob, { room });
		await domain.rooms.changeRoom(operator, room, {
			roles: { member: { remove: [principalOf(bob)] } },
		});
		const use = { kind: "download", room, file: file.id } as const;
		const { actor } = await domain.nodeRooms.redeemToken(token, use);
		await refused("forbidden", have(room, file.id, actor));
	});

	describe("tokens", () => {
		const wrong = (
			token: string,
			use: Parameters<Domain["nodeRooms"]["redeemToken"]>[1],
			by?: Actor,
		) =>
			refused(
				"invalid-token",
				domain.nodeRooms.redeemToken(token, use, by?.uri),
			);

		it("act for whom they were given to, once", async () => {
			const room = await makeRoom();
			const name = "x.txt";
			const { token } = await domain.rooms.grantUpload(alice, { room, name });
			assert.match(token, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
			const use = { kind: "upload", room } as const;
			const redeemed = await domain.nodeRooms.redeemToken(token, use);
			assert.deepEqual([redeemed.actor, redeemed.name], [alice, name]);
			await wrong(token, use);
		});

		it("are not used up by whoever may not use them", async () => {
			const [room, other] = [await makeRoom(), await makeRoom()];
			const file = await bring(room, "text");
			const another = await bring(room, "other");
			const wanted = { room, file: file.id };
			const { token } = await domain.rooms.grantDownload(bob, wanted);
			const use = { kind: "download", ...wanted } as const;
			await wrong(token, { kind: "upload", room });
			await wrong(token, { ...use, room: other });
			await wrong(token, { ...use, file: another.id });
			await wrong(token, use, alice);
			await wrong(randomUUID(), use);
			await wrong("", use);
			await domain.nodeRooms.redeemToken(token, use, bob.uri);
		});

		it("expire after 30 minutes", async () => {
			const room = await makeRoom();
			const ask = () => domain.rooms.grantUpload(alice, { room, name: "x" });
			const [one, two] = [await ask(), await ask()];
			const use = { kind: "upload", room } as const;
			pass(30 * 60_000 - 1);
			await domain.nodeRooms.redeemToken(one.token, use);
			pass(1);
			await wrong(two.token, use);
		});

		it("are in the database as sums alone", async () => {
			const room = await makeRoom();
			const { token } = await domain.rooms.grantDownload(bob, { room });
			const rows = JSON.stringify(await domain.knex("file_tokens"));
			assert.equal(rows.includes(token), false);
		});
	});

	describe("are gone", () => {
		it("from the room with the message that told of them", async () => {
			const room = await makeRoom();
			for (const measure of ["deleteMessages", "replaceMessages"] as const) {
				const file = await bring(room, "text");
				const { sequence } = await domain.rooms.announceFile(
					alice,
					room,
					file.id,
				);
				await domain.rooms[measure](operator, { room, sequences: [sequence] });
				await refused("no-such-file", have(room, file.id));
			}
			const elsewhere = await makeRoom();
			const file = await bring(elsewhere, "text");
			const { text } = await domain.rooms.announceFile(
				alice,
				elsewhere,
				file.id,
			);
			const quoted = await domain.rooms.post(bob, { room, text, alert: false });
			await domain.rooms.deleteMessages(operator, {
				room,
				sequences: [quoted.sequence],
			});
			assert.equal(await have(elsewhere, file.id), "text");
		});

		it("from the disk two days after nobody has them, and compliance does", async () => {
			const text = `content ${randomUUID()}`;
			const content = { sha256: sum(text), bytes: text.length };
			const isHere = () =>
				files.bytes.open(content).then(
					(stream) => {
						stream.destroy();
						return true;
					},
					() => false,
				);
			const [one, two] = [await makeRoom(), await makeRoom()];
			await bring(one, text);
			await bring(two, text);
			await domain.rooms.removeRoom(operator, one);
			pass(49 * hourMs);
			await domain.nodeRooms.collectFiles();
			assert.equal(await isHere(), true, "the other room has it");
			await domain.rooms.removeRoom(operator, two);
			await domain.nodeRooms.collectFiles();
			assert.equal(await isHere(), true, "compliance is owed it");
			await domain.knex("outbox").delete();
			await domain.nodeRooms.collectFiles();
			assert.equal(await isHere(), false);
			const back = await bring(await makeRoom(), text);
			assert.equal(back.sha256, content.sha256);
			assert.equal(await isHere(), true);
		});
	});

	it("are kept once, however often they are brought, and each is a file of its own", async () => {
		const text = `same ${randomUUID()}`;
		const room = await makeRoom();
		const [one, two] = [
			await bring(room, text, { name: "one" }),
			await bring(room, text, { name: "two" }),
		];
		assert.notEqual(one.id, two.id);
		const folder = join(files.directory, "contents", one.sha256.slice(0, 2));
		const same = (await readdir(folder)).filter((name) => name === one.sha256);
		assert.equal(same.length, 1);
		const incoming = await readdir(join(files.directory, "incoming"));
		assert.equal(incoming.includes(two.id), false);
	});
});
