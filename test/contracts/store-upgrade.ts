/** The store's contract: what the first release has left in a database keeps its meaning through every later migration, there and back. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { migrations } from "../../migrations/index.ts";
import type {
	CategoryId,
	Holder,
	Principal,
	RoomId,
} from "../../plugin/rooms/types.ts";
import {
	chatSchema,
	type Knex,
	openStore,
	type Store,
} from "../../plugin/store/index.ts";
import {
	addRoom,
	exampleCom,
	type OpenStore,
	principal,
	refused,
	someTime,
	uri,
} from "./samples.ts";
import { readContent } from "./schema.ts";

const [first, ...later] = migrations;
const category = randomUUID() as CategoryId;
const open = randomUUID() as RoomId;
const secret = randomUUID() as RoomId;
const databaseId = randomUUID();
const at = someTime.getTime();

const role = (room: RoomId, name: string, who: Principal) => ({
	room_id: room,
	role: name,
	principal: who,
});
const bob = principal("sip:bob@example.com");

const session = (room: RoomId, user: string, id: string) => ({
	room_id: room,
	user_uri: uri(user),
	session_id: id,
	node: "node-1",
	movement: 1,
	entered_at: at,
});

const roomRow = (id: RoomId, name: string, privacy: string) => ({
	id,
	name,
	name_key: name.toLowerCase(),
	description: "Über",
	description_key: "über",
	category_id: category,
	privacy,
	type: "normal",
	invitations: "inherit",
	disabled: false,
	created_by: "sip:alice@example.com",
	created_at: at,
	updated_by: "sip:alice@example.com",
	updated_at: at + 5,
	last_sequence: id === open ? 3 : 1,
	movements: 4,
});

const message = (room: RoomId, sequence: number, text: string) => ({
	room_id: room,
	sequence,
	author_uri: "sip:alice@example.com",
	author_name: "Alice",
	posted_at: at + sequence,
	alert: sequence === 2,
	text,
	extras: null,
	post_key: sequence === 1 ? "key" : null,
});

/** Tables of the first release → rows. */
const rows: Readonly<Record<string, readonly object[]>> = {
	users: [
		["alice", "Alice Smith", "a@mail.example", true],
		["bob", "Bob", null, false],
		["nikos", "Νίκος", null, true],
	].map(([name, display_name, email, enabled], index) => ({
		uri: uri(String(name)),
		display_name,
		guid: `00000000-0000-4000-8000-00000000000${index}`,
		email,
		enabled,
		credentials: name === "alice" ? '{"md5":"0"}' : null,
	})),
	categories: [
		{
			id: category,
			name: "Old",
			name_key: "old",
			description: "",
			invitations: true,
			files: false,
			history: true,
		},
	],
	category_principals: [
		{ category_id: category, kind: "allowed", principal: exampleCom },
	],
	rooms: [roomRow(open, "Open", "open"), roomRow(secret, "Secret", "secret")],
	room_roles: [role(secret, "member", bob), role(open, "manager", bob)],
	messages: [
		message(open, 1, "first words"),
		message(open, 2, "second 会議室"),
		message(open, 3, "third words"),
		message(secret, 1, "hidden words"),
	],
	participants: [
		session(open, "alice", "1"),
		session(open, "alice", "2"),
		session(open, "bob", "3"),
		session(secret, "bob", "3"),
	],
	preferences: [
		{
			user_uri: uri("alice"),
			label: Buffer.from("colours "),
			version: 3,
			content: "<c/>",
		},
	],
	outbox: [
		{ id: randomUUID(), room_id: open, type: "posted", at, payload: "{}" },
	],
};

/** A database as the first release leaves it: with these rows, or empty. */
async function asFirstReleased(knex: Knex, filled = true): Promise<void> {
	assert.ok(first);
	await chatSchema.back(knex);
	await first.up(knex);
	await knex("knex_migrations").insert({
		name: first.name,
		batch: 1,
		migration_time: someTime,
	});
	if (filled) await fill(knex);
}

async function fill(knex: Knex): Promise<void> {
	for (const [table, some] of Object.entries(rows)) {
		await knex(table).insert(some);
	}
	await knex("settings").update({ value: databaseId });
}

/** What the rows say, in today's words. */
async function meansTheSame(store: Store): Promise<void> {
	const holder = (...principals: readonly Principal[]): Holder => ({
		principals,
		administrator: false,
	});
	const people = ["alice", "bob", "nikos"].map((name) => uri(name));
	assert.deepEqual(
		[...(await store.directory.enabled(people))],
		[uri("alice"), uri("nikos")],
	);
	for (const word of ["ΝΊΚΟΣ", "NIKOS@", "smith", "a@mail"]) {
		const { users } = await store.directory.search([word], 9);
		assert.equal(users.length, 1, `search for ${word}`);
	}
	const all = await store.directory.covered([exampleCom], { limit: 9 });
	assert.equal(all.length, 3);
	assert.ok(await store.users.credentials(uri("alice")));
	const preference = await store.preferences.find(uri("alice"), "colours ");
	assert.equal(preference?.version, 3);

	const found = await store.rooms.search(
		{ words: ["über"], descriptions: true, limit: 9 },
		holder(bob, exampleCom),
	);
	assert.deepEqual(
		found.map(({ room, participantCount }) => [room.name, participantCount]),
		[
			["Open", 2],
			["Secret", 1],
		],
	);
	assert.equal(found[0]?.room.updatedAt.getTime(), at + 5);
	const known = await store.rooms.known(secret, holder(bob));
	assert.equal(known?.standing.member, true);
	const { manager } = await store.rooms.roles(open);
	assert.deepEqual(manager, [bob]);
	const here = await store.participants.inRoom(open, { limit: 9 });
	assert.deepEqual(
		here.map(({ user }) => user.uri),
		[uri("alice"), uri("bob")],
	);
	assert.equal(store.id, databaseId);
	await messagesMeanTheSame(store);
	await namesAreTakenAsToday(store);
}

async function messagesMeanTheSame(store: Store): Promise<void> {
	const [one, two] = await store.messages.latest(open, 3);
	assert.deepEqual([one?.text, one?.key], ["first words", "key"]);
	assert.deepEqual([two?.text, two?.alert], ["second 会議室", true]);
	const room = await store.rooms.find(open);
	assert.ok(room);
	const search = (phrase: string) =>
		store.messageSearch.search({
			rooms: [room],
			phrases: [phrase],
			match: "all",
			matchCase: false,
			newestFirst: false,
			limitPerRoom: 9,
			limit: 9,
		});
	for (const [phrase, sequences] of [
		["words", [1, 3]],
		["会議", [2]],
		["hidden", []],
	] as const) {
		const { rooms } = await search(phrase);
		const messages = rooms.flatMap((each) => each.messages);
		assert.deepEqual(
			messages.map(({ sequence }) => sequence),
			sequences,
		);
	}
}

/** The rooms that this adds are gone when it is done. */
async function namesAreTakenAsToday(store: Store): Promise<void> {
	await refused("name-taken", addRoom(store, { category, name: "OPEN" }));
	const namesake = await addRoom(store, { category, name: "Secret" });
	await store.transaction(async (tx) => {
		await tx.rooms.lock(namesake.id);
		await tx.rooms.remove(namesake.id);
	});
}

async function goBack(knex: Knex): Promise<void> {
	for (const { down } of [...later].reverse()) await down(knex);
	await knex("knex_migrations").whereNot({ name: first?.name }).delete();
}

/** As the migrator does it, but for a failure at one of its writes; false when there are not so many. */
async function failsAt(
	knex: Knex,
	fatalWrite: number,
	up: (knex: Knex) => Promise<void>,
): Promise<boolean> {
	let writes = 0;
	const failure = new Error("the end of the process");
	const count = ({ sql }: { readonly sql: string }) => {
		if (/^\s*(select|pragma|begin|commit|rollback)/i.test(sql)) return;
		writes += 1;
		if (writes === fatalWrite) throw failure;
	};
	knex.on("query", count);
	try {
		await knex.transaction((tx) => up(tx));
		return false;
	} catch (error) {
		if (error !== failure) throw error;
		return true;
	} finally {
		knex.removeListener("query", count);
	}
}

export function upgradeContract(openDatabase: OpenStore): void {
	describe("data of the first release", function () {
		this.timeout(120_000);

		it("keeps its meaning through all migrations, forward, back and forward again", async () => {
			const { knex, close } = await openDatabase();
			try {
				await asFirstReleased(knex);
				const before = await readContent(knex);
				await meansTheSame(await openStore(knex));
				await goBack(knex);
				assert.deepEqual(await readContent(knex), before);
				assert.deepEqual(
					await chatSchema.forward(knex),
					later.map(({ name }) => name),
				);
				await meansTheSame(await openStore(knex));
			} finally {
				await close();
			}
		});

		it("without users leaves policy unsaid: nobody is enabled", async () => {
			const { knex, close } = await openDatabase();
			try {
				await asFirstReleased(knex, false);
				const { policies } = await openStore(knex);
				assert.deepEqual(await policies.list(), []);
			} finally {
				await close();
			}
		});

		for (const { name, up, down } of migrations) {
			it(`is brought forward by ${name} also when that fails again and again, each time a write later`, async () => {
				const { knex, close } = await openDatabase();
				try {
					await asFirstReleased(knex);
					for (const earlier of later) {
						if (earlier.name >= name) break;
						await earlier.up(knex);
					}
					if (name !== first?.name) await up(knex);
					const expected = await readContent(knex);
					for (let write of [1, 3]) {
						await down(knex);
						while (await failsAt(knex, write, up)) write += 1;
						if (name === first?.name) await fill(knex);
						assert.deepEqual(await readContent(knex), expected);
					}
				} finally {
					await close();
				}
			});
		}
	});
}
