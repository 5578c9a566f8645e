/** What two nodes do not tell each other while Redis is away, and what everybody can do all the same; and what is told when it is back. */
import { deepEqual, equal, match } from "node:assert/strict";
import type { Principal } from "../../plugin/rooms/types.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { type FreshDatabase, freshMysql } from "../support/databases.ts";
import { operator } from "../support/domain.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import {
	categoriesOf,
	type PresenceClient,
	presenceClient,
	publishOf,
} from "../support/presence-client.ts";
import { type RedisService, startRedis } from "../support/services.ts";
import { until } from "../support/until.ts";

const note = (text: string) =>
	`<publication categoryName="note" instance="7" container="2" version="0" expireType="static"><n>${text}</n></publication>`;

describe("two nodes whose Redis is away (mysql)", () => {
	let redis: RedisService;
	let database: FreshDatabase;
	let one: ChatNode;
	let two: ChatNode;
	let alice: Person;
	let bob: Person;
	let subscriber: PresenceClient;
	const publishers: PresenceClient[] = [];
	const invited = new Map<Person, string[]>();

	before(async () => {
		redis = await startRedis();
		database = await freshMysql();
		const start = (node: string) =>
			startChatNode({
				existing: database,
				service: { node, redis: redis.url, authentication: "open" },
			});
		one = await start("node-1");
		two = await start("node-2");
		await heardOf(true);
		alice = await signIn(one, "alice");
		bob = await signIn(two, "bob");
		for (const person of [alice, bob]) {
			const names: string[] = [];
			invited.set(person, names);
			person.chat.on("invitation", ({ room }) => names.push(room.name));
		}
		subscriber = await presenceClient(one.server("tcp"), "alice");
		await subscriber.subscribe(600);
		await subscriber.notified();
		await redis.kill();
		await heardOf(false);
	});
	after(async () => {
		for (const each of [subscriber, ...publishers]) each?.close();
		for (const each of [alice, bob]) await each?.chat.close();
		await one?.close();
		await two?.close();
		await database?.drop();
		await redis?.stop();
	});

	async function heardOf(connected: boolean): Promise<void> {
		for (const { chat } of [one, two]) {
			await until(() => chat.condition.redisConnected() === connected, {
				what: `Redis ${connected ? "there" : "away"}`,
			});
		}
	}

	it("let people sign in and enter rooms on both", async () => {
		for (const node of [one, two]) {
			const carol = await signIn(node, "carol");
			await carol.chat.join(rooms.lobby);
			await carol.chat.close();
		}
	});

	it("tell an invitation at once where it was made; elsewhere it is found by who asks", async () => {
		const category = await two.chat.rooms.createCategory(operator, {
			name: "Plans",
			allowed: ["domain:example.com" as Principal],
		});
		await two.chat.rooms.createRoom(operator, {
			name: "Plans",
			category: category.id,
			privacy: "closed",
			roles: {
				member: ["alice", "bob"].map(
					(name) => `sip:${name}@example.com` as Principal,
				),
			},
		});
		await until(() => invited.get(bob)?.length === 1, { what: "Bob's" });
		const found = await alice.chat.invitations();
		deepEqual(
			found.map(({ room }) => room.name),
			["Plans"],
		);
	});

	it("keep a presence document of either, for who subscribes from then on", async () => {
		const publisher = await presenceClient(two.server("tcp"), "alice");
		publishers.push(publisher);
		const answer = await publisher.publish(publishOf("alice", note("away")));
		match(answer, /^SIP\/2\.0 200/);
		const later = await presenceClient(one.server("tcp"), "alice");
		publishers.push(later);
		await later.subscribe(600);
		match(categoriesOf(await later.notified()), /away/);
		deepEqual(invited.get(alice), []);
		equal(subscriber.sip.waiting.length, 0);
	});

	describe("and then back", () => {
		before(() => redis.startAgain());

		it("tell of both", async () => {
			await until(() => invited.get(alice)?.length === 1, { what: "Alice's" });
			match(categoriesOf(await subscriber.notified()), /away/);
			deepEqual(invited.get(bob), ["Plans"]);
		});
	});
});
