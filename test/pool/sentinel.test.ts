/** A primary of Redis lost, and another put in its place by Sentinels or by its Redis Cluster, under load: nothing acknowledged is lost, nothing told twice. */
import { deepEqual } from "node:assert/strict";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { type FreshDatabase, freshMysql } from "../support/databases.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { startRedisCluster } from "../support/redis-cluster.ts";
import { startWatchedRedis, type WatchedRedis } from "../support/services.ts";
import { takingAdapter } from "../support/taking-adapter.ts";
import { until } from "../support/until.ts";

const kill = (redis: WatchedRedis) => redis.killPrimary();
const freeze = async (redis: WatchedRedis) => redis.freezePrimary();
const cluster = () => startRedisCluster("{persistent-chat}");

for (const [what, begin, lose] of [
	["killed with -9 under load, with Sentinels", startWatchedRedis, kill],
	["frozen under load, with Sentinels", startWatchedRedis, freeze],
	["killed with -9 under load, in a Redis Cluster", cluster, kill],
	["frozen under load, in a Redis Cluster", cluster, freeze],
] as const) {
	describe(`a primary of Redis ${what} (mysql)`, function () {
		this.timeout(90_000);
		let redis: WatchedRedis;
		let database: FreshDatabase;
		let nodes: readonly ChatNode[] = [];
		let people: readonly Person[] = [];
		const acknowledged: string[] = [];
		const taking = takingAdapter();

		before(async () => {
			redis = await begin();
			database = await freshMysql();
			const start = (node: string) =>
				startChatNode({
					existing: database,
					service: { node, redis: redis.url },
					compliance: {
						redis: redis.url,
						adapters: [
							{ use: taking.factory, name: "taking", runIntervalMs: 1_000 },
						],
					},
				});
			const [one, two] = [await start("node-1"), await start("node-2")];
			nodes = [one, two];
			await hearEachOther();
			people = [await signIn(one, "alice"), await signIn(two, "bob")];
			for (const { chat } of people) await chat.join(rooms.lobby);
		});
		after(async () => {
			for (const { chat } of people) await chat.close();
			for (const node of nodes) await node.close();
			await database?.drop();
			await redis?.stop();
		});

		async function hearEachOther(): Promise<void> {
			for (const { chat } of nodes) {
				await until(() => chat.condition.redisConnected(), {
					what: "Redis there",
					withinMs: 30_000,
				});
			}
		}

		async function post(person: Person, text: string): Promise<void> {
			await person.chat.post(rooms.lobby, text);
			acknowledged.push(text);
		}

		it("loses nothing, tells nothing twice, and the nodes hear each other again by the new one", async () => {
			let over = false;
			const posting = people.map(async (person, who) => {
				for (let i = 0; !over || i < 50; i += 1) {
					await post(person, `${who} ${i}`);
				}
			});
			await until(() => acknowledged.length > 20, { what: "some posts" });
			await lose(redis);
			await redis.failedOver();
			await hearEachOther();
			over = true;
			await Promise.all(posting);
			for (const [who, person] of people.entries()) {
				await post(person, `after ${who}`);
			}
			for (const person of people) await person.heard(acknowledged.length);
			for (const { messages } of people) {
				deepEqual(
					messages.map(({ sequence }) => sequence),
					messages.map((_, index) => index + 1),
				);
				deepEqual(
					messages.map(({ text }) => text).sort(),
					[...acknowledged].sort(),
				);
			}
		});

		it("brings everything that was owed meanwhile to compliance", async () => {
			const archived = () =>
				new Set(
					taking.taken.flatMap((event) =>
						event.type === "posted" ? [event.message.text] : [],
					),
				);
			await until(() => archived().size >= acknowledged.length, {
				what: "every post at the adapter",
				withinMs: 30_000,
			});
			deepEqual([...archived()].sort(), [...acknowledged].sort());
		});
	});
}
