/** Messages that are older than they are to be kept. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type {
	Actor,
	Principal,
	RoomId,
	UserUri,
} from "../../plugin/rooms/types.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import {
	type FreshDatabase,
	freshMysql,
	freshSqlite,
} from "../support/databases.ts";
import { operator } from "../support/domain.ts";
import { rooms, signIn } from "../support/people.ts";
import { until } from "../support/until.ts";

const dayMs = 86_400_000;
const alice: Actor = {
	uri: "sip:alice@example.com" as UserUri,
	displayName: "Alice",
	guid: "",
};

for (const [engine, fresh] of [
	["sqlite", freshSqlite],
	["mysql", freshMysql],
] as const) {
	describe(`what is older than it is to be kept, on ${engine}`, () => {
		let database: FreshDatabase;
		let node: ChatNode | undefined;

		beforeEach(async () => {
			database = await fresh();
		});
		afterEach(async () => {
			await node?.close();
			await database.drop();
		});

		/** So many messages, of which the first `old` are three days old. */
		async function said(count: number, old: number): Promise<void> {
			const before = await startChatNode({ existing: database });
			const alice = await signIn(before, "alice");
			await alice.chat.join(rooms.lobby);
			for (let i = 1; i <= count; i += 1) {
				await alice.chat.post(rooms.lobby, `said ${i}`);
			}
			await alice.chat.close();
			await before
				.database("messages")
				.where("sequence", "<=", old)
				.update({ posted_at: Date.now() - 3 * dayMs });
			await before.close();
		}

		const left = async ({ database: knex }: ChatNode) =>
			(await knex("messages").orderBy("sequence").pluck("text")) as string[];

		it("goes, in batches, is owed to compliance, and is not found; the rest stays", async () => {
			await said(130, 120);
			node = await startChatNode({
				existing: database,
				service: { retainDays: 2 },
			});
			const kept = Array.from({ length: 10 }, (_, i) => `said ${121 + i}`);
			const here = node;
			await until(async () => (await left(here)).length === 10, {
				what: "ten messages",
			});
			deepEqual(await left(node), kept);
			const owed = (await node.database("outbox").pluck("payload")).map(
				(text) => JSON.parse(text),
			);
			const deleted = owed.filter(({ type }) => type === "deleted");
			deepEqual(
				deleted.map(({ message }) => message.sequence),
				Array.from({ length: 120 }, (_, i) => i + 1),
			);
			equal(deleted[0].actor.displayName, "Persistent chat");
			const alice = await signIn(node, "alice");
			await alice.chat.join(rooms.lobby);
			const { messages } = await alice.chat.search({
				words: "said",
				rooms: [rooms.lobby],
				count: 200,
			});
			equal(messages.length, 10);
			const next = await (await alice.chat.post(rooms.lobby, "next")).echo();
			equal(next.sequence, 131);
			await alice.chat.close();
		});

		for (const [title, service, category, gone] of [
			["goes where its category says so", {}, 2, "brief"],
			["stays for ever", { retainDays: 2 }, 0, "lobby"],
			["stays for longer", { retainDays: 2 }, 4, "lobby"],
		] as const) {
			it(`${title}, whatever the service says of others`, async () => {
				const before = await startChatNode({ existing: database });
				const { rooms: domain } = before.chat;
				const { id } = await domain.createCategory(operator, {
					name: "Brief",
					retainDays: category,
					allowed: ["domain:example.com" as Principal],
				});
				const { room } = await domain.createRoom(operator, {
					name: "Brief",
					category: id,
					privacy: "open",
				});
				const lobby = rooms.lobby.slice(-36) as RoomId;
				for (const [text, to] of [
					["brief", room.id],
					["lobby", lobby],
				] as const) {
					await domain.post(alice, { room: to, text, alert: false });
				}
				await before
					.database("messages")
					.update({ posted_at: Date.now() - 3 * dayMs });
				await before.close();
				node = await startChatNode({ existing: database, service });
				const here = node;
				await until(async () => (await left(here)).length === 1, {
					what: "one message",
				});
				deepEqual(await left(node), [gone === "brief" ? "lobby" : "brief"]);
			});
		}

		it("stays as far as it is still there when an administrator takes it back", async () => {
			await said(1, 1);
			const count = 2_000;
			node = await startChatNode({ existing: database });
			const { rooms: domain } = node.chat;
			const lobby = rooms.lobby.slice(-36) as RoomId;
			const { category } = (await domain.room(operator, lobby)).room;
			await domain.changeCategory(operator, category.id, { retainDays: 2 });
			const { database: knex } = node;
			const [one] = await knex("messages");
			const more = Array.from({ length: count - 1 }, (_, index) => ({
				...one,
				sequence: index + 2,
				post_key: null,
			}));
			await knex.batchInsert("messages", more, 500);
			await knex("rooms").where({ id: lobby }).update({ last_sequence: count });
			await node.close();
			node = await startChatNode({ existing: database });
			const here = node;
			await until(async () => (await left(here)).length < count, {
				what: "a batch",
			});
			await here.chat.rooms.changeCategory(operator, category.id, {
				retainDays: 0,
			});
			await until(
				() => here.logged.join().includes("old messages are not deleted"),
				{ what: "the end of it" },
			);
			ok((await left(here)).length > 0);
		});

		it("stays where nobody has said for how long", async () => {
			await said(3, 2);
			node = await startChatNode({ existing: database });
			equal((await left(node)).length, 3);
			ok(!node.logged.join().includes("old messages deleted"));
		});
	});
}
