/** The bytes of uploads: what kind they are, and what the operator's scanner says of them. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { mediaTypeOf } from "../../plugin/files/media-type.ts";
import type { Actor, RoomId } from "../../plugin/rooms/types.ts";
import { refused } from "../contracts/samples.ts";
import {
	addCategory,
	type Domain,
	openDomain,
	operator,
} from "../support/domain.ts";
import { streamOf, type TestFiles, testFiles } from "../support/file-bytes.ts";

const latin = (text: string) => Buffer.from(text, "latin1");

describe("the kind of a file", () => {
	for (const [bytes, type] of [
		[latin("\x89PNG\r\n\x1a\n…"), "image/png"],
		[latin("\xff\xd8\xff\xe0"), "image/jpeg"],
		[latin("GIF89a"), "image/gif"],
		[latin("RIFF\x01\x02\x03\x04WEBPVP8 "), "image/webp"],
		[latin("RIFF\x01\x02\x03\x04WAVEfmt "), "audio/wav"],
		[latin("%PDF-1.7"), "application/pdf"],
		[latin("PK\x03\x04"), "application/zip"],
		[latin("\0\0\0\x18ftypisom"), "video/mp4"],
		[Buffer.from("<html><script>alert(1)</script>"), "text/plain"],
		[Buffer.from("会議は何時 😀"), "text/plain"],
		[Buffer.from("x".repeat(4_095) + "é".repeat(9)), "text/plain"],
		[latin("caf\xe9"), "application/octet-stream"],
		[latin("MZ\x90\0"), "application/octet-stream"],
		[latin("\x89PN"), "application/octet-stream"],
		[Buffer.alloc(0), "application/octet-stream"],
	] as const) {
		const shown = JSON.stringify(bytes.subarray(0, 12).toString("latin1"));
		it(`that begins with ${shown} is ${type}`, () => {
			assert.equal(mediaTypeOf(bytes.subarray(0, 4_096)), type);
		});
	}
});

describe("a scanner", () => {
	let files: TestFiles;
	let domain: Domain;
	let alice: Actor;
	let room: RoomId;

	async function open(script: string, scanMs = 10_000, program = "/bin/sh") {
		files = await testFiles({ scanCommand: [program, "-c", script], scanMs });
		domain = await openDomain({ files: files.bytes });
		alice = await domain.person("alice");
		const category = await addCategory(domain, { files: true });
		const made = await domain.rooms.createRoom(operator, {
			name: `Room ${randomUUID()}`,
			category: category.id,
			privacy: "open",
		});
		room = made.room.id;
	}
	afterEach(async () => {
		await domain?.close();
		await files?.drop();
	});

	async function bring(text: string) {
		const { id } = await domain.rooms.beginUpload(alice, {
			...{ room, name: "x.txt" },
			bytes: text.length,
		});
		await domain.rooms.continueUpload(alice, id, 0, streamOf(text));
		return { id, finish: () => domain.rooms.finishUpload(alice, id) };
	}
	const incoming = () => readdir(join(files.directory, "incoming"));
	const listed = () => domain.rooms.files(alice, room, { limit: 9 });

	// The path of the file comes last: for the shell it is $0.
	const looksInside = 'if grep -q INFECTED "$0"; then exit 1; fi';

	it("that refuses a file ends its upload: nobody ever has it, nothing is recorded", async () => {
		await open(looksInside);
		const { id, finish } = await bring("this is INFECTED");
		await domain.owed();
		await refused("forbidden", finish());
		await refused("no-such-file", finish());
		await refused("no-such-file", domain.rooms.upload(alice, id));
		assert.deepEqual([await listed(), await incoming()], [[], []]);
		assert.deepEqual(await domain.owed(), []);
	});

	it("that finds nothing lets it through", async () => {
		await open(looksInside);
		const { finish } = await bring("this is clean");
		assert.deepEqual(await listed(), []);
		const file = await finish();
		assert.deepEqual(await listed(), [file]);
	});

	for (const [what, script, withinMs, program] of [
		["says something else", "exit 7", 10_000, "/bin/sh"],
		["says nothing in time", "exec sleep 60", 100, "/bin/sh"],
		["is not there", "", 10_000, "/nowhere/scanner"],
	] as const) {
		it(`that ${what} keeps the file waiting, not lost and not had`, async () => {
			await open(script, withinMs, program);
			const { id, finish } = await bring("text");
			await refused("unavailable", finish());
			assert.deepEqual(await listed(), []);
			assert.equal((await domain.rooms.upload(alice, id)).received, 4);
		});
	}
});
