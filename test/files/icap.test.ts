/** ICAP servers as scanners: what they are shown, what is made of their answers, and what happens while they are away. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { icapServiceOf } from "../../plugin/files/icap/messages.ts";
import { filesSchema } from "../../plugin/files/options.ts";
import type { Actor, RoomId } from "../../plugin/rooms/types.ts";
import { refused } from "../contracts/samples.ts";
import {
	addCategory,
	type Domain,
	openDomain,
	operator,
} from "../support/domain.ts";
import { streamOf, type TestFiles, testFiles } from "../support/file-bytes.ts";
import {
	eicar,
	type IcapBehaviour,
	type IcapServer,
	startIcap,
} from "../support/icap-server.ts";

describe("an ICAP scanner", () => {
	let files: TestFiles;
	let domain: Domain;
	let alice: Actor;
	let room: RoomId;
	const servers: IcapServer[] = [];

	async function start(
		...options: Parameters<typeof startIcap>
	): Promise<IcapServer> {
		const server = await startIcap(...options);
		servers.push(server);
		return server;
	}
	async function open(urls: readonly string[], scanMs = 10_000) {
		files = await testFiles({ scanIcap: [...urls], scanMs });
		domain = await openDomain({ files: files.bytes, fileBytes: 2_000_000 });
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
		await Promise.all(servers.splice(0).map(({ close }) => close()));
	});

	async function bring(text: string) {
		const { id } = await domain.rooms.beginUpload(alice, {
			...{ room, name: "x.txt" },
			bytes: text.length,
		});
		await domain.rooms.continueUpload(alice, id, 0, streamOf(text));
		return { id, finish: () => domain.rooms.finishUpload(alice, id) };
	}
	const finish = async (text: string) => (await bring(text)).finish();
	const listed = () => domain.rooms.files(alice, room, { limit: 9 });

	for (const previewBytes of [undefined, 0, 30, 1_024]) {
		describe(`that wants ${previewBytes ?? "no"} bytes first`, () => {
			for (const [what, text, isFound] of [
				["the EICAR test file", eicar, true],
				["it behind 100,000 bytes", "x".repeat(100_000) + eicar, true],
				["a byte", "x", false],
				["30 bytes", "x".repeat(30), false],
				["31 bytes", "x".repeat(31), false],
				["a megabyte", "x".repeat(1_000_000), false],
			] as const) {
				it(`${isFound ? "refuses" : "lets through"} ${what}`, async () => {
					const server = await start({ previewBytes });
					await open([server.url]);
					const { id, finish } = await bring(text);
					if (isFound) {
						await refused("forbidden", finish());
						await refused("no-such-file", domain.rooms.upload(alice, id));
						const incoming = join(files.directory, "incoming");
						assert.deepEqual(await readdir(incoming), []);
					} else {
						assert.equal((await finish()).bytes, text.length);
					}
					const shown = Math.min(previewBytes ?? 0, text.length);
					assert.deepEqual(server.seen, [
						{ previewBytes: shown, bytes: text.length },
					]);
				});
			}
		});
	}

	it("is asked once what it can do, and told nobody's name", async () => {
		const server = await start({ previewBytes: 9 });
		await open([server.url]);
		await finish("one");
		await finish("two");
		assert.deepEqual(server.questions, [
			`OPTIONS ${server.url} ICAP/1.0`,
			`RESPMOD ${server.url} ICAP/1.0`,
			`RESPMOD ${server.url} ICAP/1.0`,
		]);
	});

	it("that gives back the same bytes lets them through; that gives back others refuses", async () => {
		const server = await start({ behaviour: "gives back", previewBytes: 4 });
		await open([server.url]);
		const text = "x".repeat(300_000);
		assert.equal((await finish(text)).bytes, text.length);
		server.behaviour = "cleans";
		await refused("forbidden", finish("another text"));
	});

	describe("of which nobody knows whether a file is clean, because it", () => {
		const behaviours: readonly IcapBehaviour[] = [
			"is busy",
			"says nothing",
			"breaks off",
			"is another service",
			"speaks HTTP",
		];
		for (const behaviour of behaviours) {
			it(`${behaviour}, keeps it waiting: not lost, and nobody's`, async () => {
				const server = await start({ behaviour });
				await open([server.url], 300);
				const { id, finish } = await bring("text");
				const why = await refused("unavailable", finish());
				assert.match(why.message, /scanner .* nobody can have the file yet/);
				assert.deepEqual(await listed(), []);
				assert.equal((await domain.rooms.upload(alice, id)).received, 4);
				server.behaviour = "scans";
				const file = await finishedAtLast(finish);
				assert.deepEqual(await listed(), [file]);
			});
		}

		/** As a client does: again while it is refused so. */
		async function finishedAtLast(
			finish: () => ReturnType<Domain["rooms"]["finishUpload"]>,
		) {
			for (;;) {
				const said = await finish().catch(
					(error: { reason?: string }) => error,
				);
				if ("id" in said) return said;
				assert.equal(said.reason, "unavailable");
			}
		}
	});

	it("that is away is waited for while it restarts", async () => {
		const server = await start();
		const port = Number(new URL(server.url.replace("icap", "http")).port);
		await open([server.url]);
		await server.close();
		const { finish } = await bring("text");
		const finished = finish();
		await start({ port });
		assert.equal((await finished).name, "x.txt");
	});

	it("that fails leaves it to the others, and these take turns", async () => {
		const [away, first, second] = [
			await start({ behaviour: "is busy" }),
			await start(),
			await start(),
		];
		await open([away.url, first.url, second.url]);
		for (const text of ["a", "b", "c", "d"]) await finish(text);
		assert.equal(away.questions.length, 1);
		assert.deepEqual([first.seen.length, second.seen.length], [2, 2]);
	});

	it("that hangs does not use up the others' time", async () => {
		const hanging = await start({ behaviour: "says nothing" });
		const other = await start();
		await open([hanging.url, other.url], 400);
		assert.equal((await finish("text")).name, "x.txt");
	});

	it("is named by an address that can be one", () => {
		const read = (url: string) =>
			filesSchema.safeParse({ scanIcap: [url] }).success;
		for (const url of [
			"icap://scanner/virus_scan",
			"ICAPS://scanner.example.com:11344/a/b?x=1",
			"icap://[::1]:1344/scan",
		]) {
			assert.equal(read(url), true, url);
		}
		for (const url of [
			"http://scanner/scan",
			"icap://scanner",
			"icap:///scan",
			"icap://scanner:99999/scan",
			"icap://scanner/scan\r\nHost: other",
			"icap://user@scanner/scan",
		]) {
			assert.equal(read(url), false, url);
		}
		assert.deepEqual(icapServiceOf("icaps://[::1]/scan"), {
			...{ host: "::1", port: 11_344, tls: true },
			address: "icaps://[::1]/scan",
		});
	});
});
