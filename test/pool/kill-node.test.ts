/** kill -9 of one of two nodes under load: nothing acknowledged is lost, nothing is told twice, and who was there is parted by the other. */
import { deepEqual } from "node:assert/strict";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { makeDatabase } from "../../plugin/store/index.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { type FreshDatabase, freshMysql } from "../support/databases.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { type Program, start } from "../support/processes.ts";
import { type RedisService, startRedis } from "../support/services.ts";
import { until } from "../support/until.ts";

const script = fileURLToPath(new URL("node-process.ts", import.meta.url));
/** 10 s where the machine is not busy. */
const takeoverMs = 40_000;

describe("one of two nodes killed with -9 under load (mysql)", () => {
	let redis: RedisService;
	let database: FreshDatabase;
	let here: ChatNode;
	let there: Program;
	let alice: Person;
	let bob: Person;

	before(async () => {
		redis = await startRedis();
		database = await freshMysql();
		const service = (node: string) => ({ node, redis: redis.url });
		here = await startChatNode({
			existing: database,
			service: service("here"),
		});
		there = start(
			process.execPath,
			[
				...["--import", "tsx", script, JSON.stringify(database.description)],
				...["0", JSON.stringify(service("there"))],
			],
			{ stdio: ["ignore", "pipe", "inherit"] },
		);
		const { stdout } = there.child;
		if (stdout === null) throw new Error("no output");
		const [line] = await once(stdout, "data");
		const { tcp } = JSON.parse(String(line)) as { readonly tcp: string };
		alice = await signIn(here, "alice");
		bob = await signIn({ server: () => tcp }, "bob");
		for (const { chat } of [alice, bob]) await chat.join(rooms.lobby);
		await until(() => alice.comings.includes("+Bob"), { what: "+Bob" });
	});
	after(async () => {
		await alice?.chat.close();
		await bob?.chat.close();
		await there?.stop("SIGKILL");
		await here?.close();
		await database?.drop();
		await redis?.stop();
	});

	describe("while both post", () => {
		const acknowledged: string[] = [];

		before(async () => {
			const posting = Promise.allSettled(
				[alice, bob].flatMap(({ chat }, who) =>
					Array.from({ length: 200 }, (_, i) =>
						chat
							.post(rooms.lobby, `${who} ${i}`)
							.then(() => acknowledged.push(`${who} ${i}`)),
					),
				),
			);
			await until(
				() => acknowledged.filter((each) => each.startsWith("1 ")).length >= 40,
				{ what: "forty posts of Bob" },
			);
			await there.stop("SIGKILL");
			await posting;
			await bob.chat.close();
		});

		it("leaves nobody behind: who was there is parted by the other node, and told so once", async () => {
			await until(() => alice.comings.includes("-Bob"), {
				what: "-Bob",
				withinMs: takeoverMs,
			});
			await alice.chat.post(rooms.lobby, "alone");
			acknowledged.push("alone");
			deepEqual(alice.comings, ["+Bob", "-Bob"]);
		});

		it("loses nothing that was acknowledged, and tells nothing twice, in one order", async () => {
			await until(() => alice.messages.at(-1)?.text === "alone", {
				what: "the last message",
				withinMs: takeoverMs,
			});
			const told = alice.messages.map(({ text }) => text);
			deepEqual(
				acknowledged.filter((text) => !told.includes(text)),
				[],
			);
			deepEqual(
				alice.messages.map(({ sequence }) => sequence),
				alice.messages.map((_, index) => index + 1),
			);
		});

		it("owes compliance every message once, and to each JOIN a PART", async () => {
			const knex = makeDatabase(database.description);
			try {
				const owed: readonly { payload: string }[] =
					await knex("outbox").orderBy("position");
				const events = owed.map(({ payload }) => JSON.parse(payload));
				const of = (type: string) =>
					events.filter((event) => event.type === type);
				deepEqual(
					of("posted").map(({ message }) => message.sequence),
					alice.messages.map(({ sequence }) => sequence),
				);
				deepEqual(
					of("parted").map(({ actor, lost }) => [actor.displayName, lost]),
					[["Bob", true]],
				);
			} finally {
				await knex.destroy();
			}
		});
	});
});
