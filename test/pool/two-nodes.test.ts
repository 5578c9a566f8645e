/** Two nodes on one MariaDB and one Redis, behind a SIP server each: people on both talk in one order, also while Redis is away. */
import { deepEqual } from "node:assert/strict";
import type {
	CategoryId,
	Principal,
	RoomId,
} from "../../plugin/rooms/types.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { type FreshDatabase, freshMysql } from "../support/databases.ts";
import { operator } from "../support/domain.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { type RedisService, startRedis } from "../support/services.ts";
import { until } from "../support/until.ts";

describe("two nodes on one MariaDB and one Redis (mysql)", () => {
	let redis: RedisService;
	let database: FreshDatabase;
	let one: ChatNode;
	let two: ChatNode;
	let alice: Person;
	let bob: Person;
	let carol: Person;

	before(async () => {
		redis = await startRedis();
		database = await freshMysql();
		const start = (node: string) =>
			startChatNode({
				existing: database,
				service: { node, redis: redis.url },
			});
		one = await start("node-1");
		two = await start("node-2");
		await heardOf(one, true);
		await heardOf(two, true);
		alice = await signIn(one, "alice");
		carol = await signIn(one, "carol");
		bob = await signIn(two, "bob");
		for (const { chat } of [alice, carol, bob]) await chat.join(rooms.lobby);
	});
	after(async () => {
		for (const each of [alice, carol, bob]) await each?.chat.close();
		await one?.close();
		await two?.close();
		await database?.drop();
		await redis?.stop();
	});

	function heardOf({ chat }: ChatNode, connected: boolean) {
		return until(() => chat.condition.redisConnected() === connected, {
			what: `Redis ${connected ? "there" : "away"}`,
		});
	}

	const sequences = ({ messages }: Person) =>
		messages.map(({ sequence }) => sequence);
	const texts = ({ messages }: Person) => messages.map(({ text }) => text);

	/** Everybody's own messages come to him too. */
	async function heardTheSame(count: number): Promise<void> {
		for (const each of [alice, carol, bob]) await each.heard(count);
		deepEqual(texts(bob), texts(alice));
		deepEqual(texts(carol), texts(alice));
		deepEqual(
			sequences(alice),
			sequences(alice).map((_, index) => index + 1),
		);
	}

	async function talk(times: number): Promise<void> {
		await Promise.all(
			[alice, bob].map(async ({ chat }, who) => {
				for (let i = 0; i < times; i += 1) {
					await chat.post(rooms.lobby, `${who} ${i}`);
				}
			}),
		);
	}

	it("tell who comes", async () => {
		await until(() => alice.comings.includes("+Bob"), { what: "+Bob" });
	});

	it("tell everybody everything in one order, once", async () => {
		await talk(40);
		await heardTheSame(80);
	});

	it("delay nobody on the same node while Redis is away, and tell the others by the store", async () => {
		await redis.kill();
		await heardOf(one, false);
		await heardOf(two, false);
		const before = alice.messages.length;
		await alice.chat.post(rooms.lobby, "without Redis");
		await carol.heard(before + 1);
		await heardTheSame(before + 1);
		await talk(10);
		await heardTheSame(before + 21);
	});

	describe("and, Redis still being away", () => {
		let dave: Person;
		before(async () => {
			dave = await signIn(two, "dave");
			await dave.chat.join(rooms.lobby);
			await bob.chat.part(rooms.lobby);
		});
		after(() => dave?.chat.close());

		it("put out there who has lost his right here", async () => {
			const lobby = await one.store.rooms.find(
				rooms.lobby.split("/").at(-1) as RoomId,
			);
			const category = lobby?.category.id as CategoryId;
			await one.chat.rooms.changeCategory(operator, category, {
				denied: { add: ["sip:dave@example.com" as Principal] },
			});
			await until(() => !dave.chat.joined.has(rooms.lobby), {
				what: "that Dave is out",
				withinMs: 30_000,
			});
		});

		describe("and then back", () => {
			before(() => redis.startAgain());

			it("tell who came and went meanwhile, and everything in one order", async () => {
				await heardOf(one, true);
				await heardOf(two, true);
				const ofBob = () =>
					alice.comings.filter((each) => each.endsWith("Bob"));
				await until(() => ofBob().at(-1) === "-Bob", { what: "-Bob" });
				await bob.chat.join(rooms.lobby);
				await until(() => ofBob().at(-1) === "+Bob", { what: "+Bob" });
				const before = alice.messages.length;
				await talk(10);
				await heardTheSame(before + 20);
				deepEqual(ofBob().slice(-2), ["-Bob", "+Bob"]);
			});
		});
	});
});
