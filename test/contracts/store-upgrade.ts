/** The store's contract: a database of the first release goes forward with what is in it, and back. */
import assert from "node:assert/strict";
import { migrations } from "../../migrations/index.ts";
import type { RoomId, UserUri } from "../../plugin/rooms/types.ts";
import {
	type Knex,
	migrateBack,
	migrateForward,
	openStore,
} from "../../plugin/store/index.ts";
import type { OpenStore } from "./samples.ts";

export function upgradeContract(open: OpenStore): void {
	describe("a database of the first release", function () {
		this.timeout(30_000);

		it("goes forward and back with people, rooms and messages in it", async () => {
			const { knex, close } = await open();
			try {
				await migrateBack(knex);
				await knex.migrate.latest({ migrationSource: sourceOf(1) });
				await fill(knex);
				const before = await contents(knex);
				await migrateForward(knex);
				await checkForward(knex);
				for (let back = migrations.length; back > 1; back -= 1) {
					await knex.migrate.down({ migrationSource: sourceOf(back) });
				}
				assert.deepEqual(await contents(knex), before);
				await migrateForward(knex);
				await checkForward(knex);
			} finally {
				await close();
			}
		});

		it("that was interrupted on its way forward is finished by the next start", async () => {
			const { knex, close } = await open();
			try {
				await migrateBack(knex);
				await knex.migrate.latest({ migrationSource: sourceOf(1) });
				await fill(knex);
				// As if each had been ended after its last change, before that was noted.
				for (const { up } of migrations.slice(1)) await up(knex);
				await migrateForward(knex);
				await checkForward(knex);
			} finally {
				await close();
			}
		});
	});
}

/** The first of the migrations, as knex takes them. */
function sourceOf(
	count: number,
): Knex.MigrationSource<(typeof migrations)[number]> {
	return {
		getMigrations: async () => migrations.slice(0, count),
		getMigrationName: ({ name }) => name,
		getMigration: async (migration) => migration,
	};
}

const erin = "sip:erin@old.example";
const rooms = {
	open: "00000000-0000-4000-8000-0000000000a1",
	secret: "00000000-0000-4000-8000-0000000000a2",
};

/** What a database of the first release holds. */
async function fill(knex: Knex): Promise<void> {
	const category = "00000000-0000-4000-8000-0000000000c1";
	await knex("users").insert({
		uri: erin,
		display_name: "Erin Ö",
		guid: "g",
		email: null,
		enabled: true,
		credentials: null,
	});
	await knex("categories").insert({
		id: category,
		name: "Old",
		name_key: "old",
		description: "",
		invitations: false,
		files: false,
		history: true,
	});
	await knex("category_principals").insert({
		category_id: category,
		kind: "allowed",
		principal: "domain:old.example",
	});
	for (const [privacy, id] of Object.entries(rooms)) {
		await knex("rooms").insert({
			id,
			name: `Room ${privacy}`,
			name_key: `room ${privacy}`,
			description: "",
			description_key: "",
			category_id: category,
			privacy,
			type: "normal",
			invitations: "inherit",
			disabled: false,
			created_by: erin,
			created_at: 1,
			updated_by: erin,
			updated_at: 1,
			last_sequence: 1,
			movements: 2,
		});
		await knex("room_roles").insert({
			room_id: id,
			role: "member",
			principal: erin,
		});
		await knex("messages").insert({
			room_id: id,
			sequence: 1,
			author_uri: erin,
			author_name: "Erin",
			posted_at: 5,
			alert: false,
			text: "会議 before the change",
			extras: null,
			post_key: null,
		});
	}
	for (const session_id of ["s1", "s2"]) {
		await knex("participants").insert({
			room_id: rooms.open,
			user_uri: erin,
			session_id,
			node: "node-1",
			movement: 1,
			entered_at: 1,
		});
	}
	await knex("preferences").insert({
		user_uri: erin,
		label: Buffer.from("l"),
		version: 3,
		content: "c",
	});
}

async function checkForward(knex: Knex): Promise<void> {
	const store = await openStore(knex);
	const user = await store.users.find(erin as UserUri);
	assert.equal(user?.enabled, true, "who was there stays enabled");
	const found = await store.directory.search(["ERIN", "ö"], 5);
	assert.equal(found.users.length, 1);
	const holders = await store.directory.holders([erin as UserUri]);
	const holder = holders.get(erin as UserUri);
	assert.ok(holder);
	const listed = await store.rooms.withRole("member", holder, 10);
	assert.deepEqual(
		listed.map(({ room, participantCount }) => [
			room.name,
			room.privacy,
			participantCount,
		]),
		[
			["Room open", "open", 1],
			["Room secret", "secret", 0],
		],
	);
	const history = await store.messages.latest(rooms.secret as RoomId, 5);
	assert.deepEqual(
		history.map(({ text, sequence }) => [text, sequence]),
		[["会議 before the change", 1]],
	);
	const preference = await store.preferences.find(erin as UserUri, "l");
	assert.equal(preference?.version, 3);
	// Two rooms of one name, one of them secret, are fine now; two that are seen are not.
	const keys: readonly string[] = await knex("rooms")
		.orderBy("id")
		.pluck("unique_key");
	assert.deepEqual(keys, ["room open", rooms.secret]);
	assert.equal((await knex("participants")).length, 2);
}

/** The rows of the first release's tables. */
async function contents(knex: Knex): Promise<object> {
	const tables = {
		users: "uri",
		categories: "id",
		category_principals: "category_id",
		rooms: "id",
		room_roles: "room_id",
		messages: "room_id",
		participants: "session_id",
		preferences: "user_uri",
	};
	const all: Record<string, unknown> = {};
	for (const [table, key] of Object.entries(tables)) {
		all[table] = await knex(table).orderBy(key);
	}
	return all;
}
