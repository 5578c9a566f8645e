/** Which replica is asked, and which is not: copies of an SQLite file stand for replicas. */
import { deepEqual, equal } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RoomId } from "../../plugin/rooms/types.ts";
import {
	type Knex,
	makeDatabase,
	makeReplicas,
	openReplicas,
	openStore,
	type Replicas,
	type Store,
} from "../../plugin/store/index.ts";
import { addRoom, append } from "../contracts/samples.ts";
import { until } from "../support/until.ts";

describe("replicas", () => {
	let directory: string;
	let primary: Knex;
	let store: Store;
	let room: RoomId;
	let copies: { name: string; database: Knex }[];
	let replicas: Replicas | undefined;

	beforeEach(async () => {
		directory = mkdtempSync(join(tmpdir(), "persistent-chat-copies-"));
		primary = open("primary");
		store = await openStore(primary);
		room = (await addRoom(store)).id;
		await store.transaction((tx) => append(tx, room, "one"));
		copies = [];
		for (const name of ["a", "b"]) {
			await primary.raw("VACUUM INTO ?", [join(directory, name)]);
			copies.push({ name, database: open(name) });
		}
	});
	afterEach(async () => {
		await replicas?.close();
		replicas = undefined;
		for (const { database } of copies) await database.destroy();
		await primary.destroy();
		rmSync(directory, { recursive: true, force: true });
	});

	function open(name: string): Knex {
		return makeDatabase({ client: "sqlite", file: join(directory, name) });
	}

	async function openAll(): Promise<Replicas> {
		const log = { info() {}, warn() {} };
		const now = () => new Date();
		const opened = openReplicas(copies, { primary, store, now, log });
		replicas = opened;
		await until(
			() => opened.states().every(({ standing }) => standing !== "unasked"),
			{ what: "a look at each" },
		);
		return opened;
	}

	const standings = () => replicas?.states().map(({ standing }) => standing);
	const answered = () => [
		...(replicas?.states().map((each) => each.answered) ?? []),
		replicas?.answeredByPrimary(),
	];

	async function texts({ readBack }: Replicas): Promise<readonly string[]> {
		const found = await store.rooms.find(room);
		if (found === undefined) throw new Error("no room");
		const messages = await readBack([found], (from) =>
			from.messages.latest(room, 10),
		);
		return messages.map(({ text }) => text);
	}

	it("answer by turns", async () => {
		const opened = await openAll();
		for (let i = 0; i < 4; i += 1) deepEqual(await texts(opened), ["one"]);
		deepEqual(answered(), [2, 2, 0]);
	});

	it("that are behind leave the answer to one that is not", async () => {
		const copied = await openStore(copies[1]?.database as Knex);
		await store.transaction((tx) => append(tx, room, "two"));
		await copied.transaction((tx) => append(tx, room, "two"));
		const opened = await openAll();
		for (let i = 0; i < 4; i += 1) {
			deepEqual(await texts(opened), ["one", "two"]);
		}
		deepEqual(standings(), ["behind", "used"]);
		deepEqual(answered(), [0, 4, 0]);
	});

	it("of another database, or of a newer schema that excludes this release, are not asked", async () => {
		const [a, b] = copies;
		await a
			?.database("settings")
			.where({ name: "database-id" })
			.update({ value: "another" });
		await b?.database("knex_migrations").insert({ name: "9999_breaks" });
		const opened = await openAll();
		deepEqual(standings(), ["other", "other"]);
		deepEqual(await texts(opened), ["one"]);
		deepEqual(answered(), [0, 0, 1]);
	});

	it("without this release's schema are not asked", async () => {
		await copies[0]
			?.database("knex_migrations")
			.where({ name: "0017_room_revisions_expands" })
			.delete();
		await openAll();
		deepEqual(standings(), ["other", "used"]);
	});

	it("whose room is missing leave it to the primary, and are asked again once it is gone there too", async () => {
		copies.pop();
		const other = (await addRoom(store)).id;
		const opened = await openAll();
		const read = await opened.readBack(
			[{ id: other, lastSequence: 0, revision: 0 }],
			async () => "read",
		);
		equal(read, "read");
		deepEqual(standings(), ["behind"]);
		deepEqual(answered(), [0, 1]);
		await store.transaction(async (tx) => {
			await tx.rooms.lock(other);
			await tx.rooms.remove(other);
		});
		await until(() => standings()?.[0] === "used", { what: "its use" });
	});

	it("are one for each host of an address", async () => {
		const made = makeReplicas({ url: "mysql://a:b@one:3307,two/chat" });
		deepEqual(
			made.map(({ name }) => name),
			["one:3307", "two"],
		);
		for (const { database } of made) await database.destroy();
	});
});
