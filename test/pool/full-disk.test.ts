/** A real disk that is full, under the embedded database and under files: refused in words, nothing lost, and on it goes when there is room. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Actor, RoomId, UserUri } from "../../plugin/index.ts";
import { rooms, signIn } from "../support/people.ts";
import { type Program, start } from "../support/processes.ts";
import { openSmallDisk, type SmallDisk } from "../support/small-disk.ts";
import {
	type SteadyPoster,
	startSteadyPoster,
} from "../support/steady-posters.ts";
import { until } from "../support/until.ts";
import { fileExchange } from "../web/file-exchange.ts";
import { type Browser, type Site, startSite } from "../web/site.ts";

const script = fileURLToPath(new URL("node-process.ts", import.meta.url));
const diskBytes = 8 * 1024 * 1024;
/** Nobody's client waits so short a time; but what is refused once is enough here. */
const impatient = { limits: { retries: 0 } };

describe("a node whose SQLite file is on a disk that gets full", () => {
	let disk: SmallDisk;
	let program: Program;
	let server: () => string;
	let alice: SteadyPoster;
	let bob: SteadyPoster;
	let acknowledged = 0;

	before(async function () {
		const opened = await openSmallDisk(diskBytes);
		if (opened === undefined) return this.skip();
		disk = opened;
		const file = join(disk.inside, "chat.sqlite");
		const [command = "", ...given] = disk.within([
			...[process.execPath, "--import", "tsx", script],
			JSON.stringify({ client: "sqlite", file }),
		]);
		program = start(command, given, { stdio: ["ignore", "pipe", "inherit"] });
		if (program.child.stdout === null) throw new Error("no output");
		const [line] = await once(program.child.stdout, "data");
		const { tcp } = JSON.parse(String(line)) as { readonly tcp: string };
		server = () => tcp;
		[alice, bob] = await Promise.all([
			startSteadyPoster({ server }, "alice"),
			startSteadyPoster({ server }, "bob"),
		]);
		await Promise.all([alice.postsAgain(20_000), bob.postsAgain(20_000)]);
		disk.fill();
		await until(() => alice.refusals.length > 2 && bob.refusals.length > 2, {
			what: "refusals",
		});
		acknowledged = alice.acknowledged.length;
	});
	after(async () => {
		await Promise.all([alice?.close(), bob?.close()]);
		await program?.stop("SIGKILL");
		await disk?.close();
	});

	it("refuses posts, and says that the disk is full", async () => {
		deepEqual([...new Set([...alice.refusals, ...bob.refusals])], [503]);
		const full = /The disk of the database is full; nothing was kept/;
		ok(alice.words.some((each) => full.test(each)));
		const dave = await signIn({ server }, "dave", "tcp", {}, impatient);
		await rejects(dave.chat.join(rooms.lobby), /is full/);
		await dave.chat.close();
		equal(alice.acknowledged.length, acknowledged);
	});

	it("takes posts again when there is room, in the same dialogs", async () => {
		disk.makeRoom();
		await Promise.all([alice.postsAgain(20_000), bob.postsAgain(20_000)]);
		deepEqual([...alice.ended, ...bob.ended], []);
	});

	it("has kept each post once, and told it once, in one order", async () => {
		await Promise.all([alice.stop(), bob.stop()]);
		const all = [...alice.acknowledged, ...bob.acknowledged].toSorted();
		const carol = await signIn({ server }, "carol");
		await carol.chat.join(rooms.lobby);
		const kept = await carol.chat.history(rooms.lobby, 500);
		await carol.chat.close();
		deepEqual(kept.map(({ text }) => text).toSorted(), all);
		deepEqual(
			kept.map(({ sequence }) => sequence),
			kept.map((_, index) => index + 1),
		);
		for (const { told } of [alice, bob]) {
			const first = told[0]?.sequence ?? 0;
			await until(() => told.length >= kept.length - first + 1, {
				what: "the last message",
			});
			deepEqual(
				told,
				kept.slice(first - 1).map(({ sequence, text }) => ({ sequence, text })),
			);
		}
	});
});

describe("files on a disk that gets full", () => {
	const lobby = "00000000-0000-4000-8000-000000000001" as RoomId;
	let disk: SmallDisk;
	let site: Site;
	let alice: Browser;

	before(async function () {
		const opened = await openSmallDisk(diskBytes);
		if (opened === undefined) return this.skip();
		disk = opened;
		site = await startSite({
			node: { service: { files: { directory: disk.outside } } },
		});
		alice = await site.signedIn("alice");
	});
	after(async () => {
		await site?.close();
		await disk?.close();
	});

	const large = "x".repeat(1_000_000);
	const uploading = () => readdir(join(disk.outside, "incoming"));

	it("are refused in words; nothing of the piece is left, and the upload goes on when there is room", async () => {
		const { begin, piece, finish } = fileExchange(site);
		const file = { room: lobby, name: "large.txt", bytes: 2 * large.length };
		const { id } = await begin(alice, file);
		equal((await piece(alice, id, 0, large)).status, 200);
		disk.fill(large.length / 2);
		const refused = await piece(alice, id, large.length, large);
		equal(refused.status, 503);
		match(
			refused.body.toString(),
			/There is no room for files now; nothing of this was kept/,
		);
		const state = await alice.ask("GET", `/api/uploads/${id}`);
		equal((state.json as { received: number }).received, large.length);
		ok(site.node.logged.some((line) => line.includes("no room for files")));

		disk.makeRoom();
		equal((await piece(alice, id, large.length, large)).status, 200);
		equal((await finish(alice, id)).status, 200);
		deepEqual(await uploading(), []);
	});

	it("brought whole by a token are refused in words, and nothing is left of them", async () => {
		const { exchange } = fileExchange(site);
		const uri = "sip:alice@example.com" as UserUri;
		const user = await site.node.store.users.find(uri);
		ok(user);
		async function bring() {
			const wanted = { room: lobby, name: "whole.txt" };
			const { rooms: chatRooms } = site.node.chat;
			const { token } = await chatRooms.grantUpload(user as Actor, wanted);
			return exchange("PUT", `/files/${lobby}`, {
				body: `whole ${large}`,
				headers: { authorization: `Bearer ${token}` },
			});
		}
		disk.fill(large.length / 2);
		const { status, body } = await bring();
		equal(status, 503);
		match(body.toString(), /there is no room for it; it is not kept/);
		deepEqual(await uploading(), []);
		equal((await site.node.database("uploads")).length, 0);

		disk.makeRoom();
		equal((await bring()).status, 201);
	});

	it("can still be fetched while nothing can be brought", async () => {
		const { bring, exchange } = fileExchange(site);
		const id = await bring(alice, { room: lobby, name: "a.txt", body: "all" });
		disk.fill();
		const path = `/api/rooms/${lobby}/files/${id}`;
		const { status, body } = await exchange("GET", path, { by: alice });
		deepEqual([status, body.toString()], [200, "all"]);
		await rejects(site.node.chat.condition.askFiles(), /is full/);
		disk.makeRoom();
		await site.node.chat.condition.askFiles();
	});
});
