/** The compliance database and Redis away for long: posts go on, what waits is seen, and all of it drains in order, once. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import type { RoomId, UserUri } from "../../plugin/rooms/types.ts";
import {
	type Knex,
	makeDatabase,
	openArchive,
} from "../../plugin/store/index.ts";
import { createMeasures, type Measures } from "../../web/measures.ts";
import { type Operator, startOperator } from "../cli/door.ts";
import { everything, proveChains } from "../contracts/archive-samples.ts";
import { freshMysql } from "../support/databases.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import {
	type MariadbService,
	type RedisService,
	startMariadb,
	startRedis,
} from "../support/services.ts";
import { takingAdapter } from "../support/taking-adapter.ts";
import { until } from "../support/until.ts";

/** The same number of posts whatever is away: how long they take is not looked at. */
const windowPosts = 60;
const longMs = 60_000;

describe("a node whose compliance database and Redis are away (mysql)", function () {
	this.timeout(120_000);
	const directory = mkdtempSync(join(tmpdir(), "persistent-chat-away-"));
	const adapter = takingAdapter();
	const posted: string[] = [];
	let server: MariadbService;
	let redis: RedisService;
	let database: Knex;
	let operator: Operator;
	let measures: Measures;
	let alice: Person;

	before(async () => {
		[server, redis] = await Promise.all([
			startMariadb({ durable: true }),
			startRedis(),
		]);
		const { description } = await freshMysql(server.url);
		database = makeDatabase(description);
		// A node begins with both away, and waits for neither.
		process.kill(server.processId, "SIGSTOP");
		await redis.kill();
		operator = await startOperator({
			compliance: {
				adapters: [
					{ use: adapter.factory, name: "taking", runIntervalMs: 100 },
				],
				files: join(directory, "copies"),
				signingKey: join(directory, "key.pem"),
				closedAfterMs: 1_000,
				database,
				redis: redis.url,
			},
		});
		measures = createMeasures({
			...operator.node.chat,
			log: pino({ level: "silent" }),
			now: () => new Date(),
		});
		alice = await signIn(operator.node, "alice");
		await alice.chat.join(rooms.lobby);
	});
	after(async () => {
		measures?.close();
		await alice?.chat.close();
		await operator?.close();
		await database?.destroy();
		await Promise.all([server?.stop(), redis?.stop()]);
		rmSync(directory, { recursive: true });
	});

	async function postWindow(what: string): Promise<void> {
		const texts = Array.from({ length: windowPosts }, (_, i) => `${what} ${i}`);
		for (const text of texts) {
			await alice.chat.post(rooms.lobby, text);
			posted.push(text);
		}
	}

	/** What the operator is told of it in words and in measures: nobody is left to guess while something is away. */
	async function proveSeen(events: number): Promise<void> {
		const status = await operator.type("compliance", "status");
		const [, owed] =
			/owed in the chat database +(\d+) since 2\d{3}-/.exec(status) ?? [];
		ok(Number(owed) >= events, status);
		const text = await measures.text();
		match(text, /^persistent_chat_database_up 1$/m);
		const [, measured] =
			/^persistent_chat_compliance_backlog_events\{stage="owed",adapter=""\} (\d+)$/m.exec(
				text,
			) ?? [];
		ok(Number(measured) >= events, `${measured} of ${events} measured`);
	}

	const drained = () =>
		until(
			async () => {
				const metrics = await operator.node.chat.compliance?.metrics();
				return (
					metrics?.owed.events === 0 &&
					metrics.adapters.length > 0 &&
					metrics.adapters.every(({ backlog }) => backlog.events === 0)
				);
			},
			{ what: "nothing that waits", withinMs: longMs },
		);
	const lobbyEvents = () =>
		adapter.taken.flatMap((event) =>
			event.type === "posted" && event.room.uri === rooms.lobby ? [event] : [],
		);

	it("has begun with the database frozen and Redis refused, takes posts, and shows what waits", async () => {
		await postWindow("at the start");
		await proveSeen(windowPosts);
		match(
			await operator.type("compliance", "status"),
			/archive +not to be had by this node/,
		);
		deepEqual(adapter.taken, []);
	});

	describe("and then are there", () => {
		before(async () => {
			process.kill(server.processId, "SIGCONT");
			await redis.startAgain();
		});

		it("delivers all of it, and takes as many posts", async () => {
			await postWindow("with both there");
			await drained();
			equal(lobbyEvents().length, posted.length);
		});
	});

	describe("and go away again", () => {
		it("takes as many posts with the database refused and Redis frozen, and then with Redis refused", async () => {
			await server.kill();
			process.kill(redis.processId, "SIGSTOP");
			await postWindow("with the database refused");
			await proveSeen(windowPosts);
			await redis.kill();
			await server.startAgain();
			await postWindow("with Redis refused");
			await proveSeen(2 * windowPosts);
			const events = lobbyEvents().length;
			equal(events, posted.length - 2 * windowPosts);
		});

		it("refuses posts, and says why, where the category is closed without an archive", async () => {
			await operator.type(
				"category",
				"set",
				"General",
				"--compliance",
				"closed",
			);
			const { rooms: chatRooms } = operator.node.chat;
			const actor = {
				uri: "sip:alice@example.com" as UserUri,
				displayName: "Alice",
				guid: "",
				administrator: false,
			};
			const room = rooms.lobby.split("/").at(-1) as RoomId;
			const text = "not archived in time";
			const refusal = await until(
				() =>
					chatRooms.post(actor, { room, text, alert: false }).then(
						() => {
							posted.push(text);
							return undefined;
						},
						(error: unknown) => String(error),
					),
				{ what: "a refusal", withinMs: longMs },
			);
			match(
				refusal,
				/The compliance archive is \d+ s behind, and the category General takes messages only while it keeps up; try again later\./,
			);
		});
	});

	describe("and are both back", () => {
		before(() => redis.startAgain());

		it("drains everything in order, once, when both are back, and the closed category takes posts again", async () => {
			await drained();
			await until(
				() =>
					alice.chat.post(rooms.lobby, "again").then(
						() => true,
						() => false,
					),
				{ what: "a post", withinMs: longMs },
			);
			posted.push("again");
			await drained();
			const events = lobbyEvents();
			deepEqual(
				events.map(({ message }) => message.text),
				posted,
			);
			deepEqual(
				events.map(({ message }) => message.sequence),
				posted.map((_, index) => index + 1),
			);
			const kept = await (await openArchive(database)).after(0, everything);
			proveChains(kept);
			deepEqual(
				adapter.taken.map(({ id }) => id),
				kept.map(({ id }) => id),
			);
		});
	});
});
