/** Messages that are older than they are to be kept. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import {
	type FreshDatabase,
	freshMysql,
	freshSqlite,
} from "../support/databases.ts";
import { rooms, signIn } from "../support/people.ts";
import { until } from "../support/until.ts";

const dayMs = 86_400_000;

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

		it("stays where nobody has said for how long", async () => {
			await said(3, 2);
			node = await startChatNode({ existing: database });
			equal((await left(node)).length, 3);
			ok(!node.logged.join().includes("old messages deleted"));
		});
	});
}
