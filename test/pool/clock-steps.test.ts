/** The clock of one of two nodes set an hour forward, then two back, under load: nobody is taken for gone, and what is said stays in one order. */
import { deepEqual, ok } from "node:assert/strict";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { type FreshDatabase, freshMysql } from "../support/databases.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { type Program, start } from "../support/processes.ts";
import { type RedisService, startRedis } from "../support/services.ts";
import { type SteppedClock, steppedClock } from "../support/stepped-clock.ts";
import { until } from "../support/until.ts";

const script = fileURLToPath(new URL("node-process.ts", import.meta.url));
const hour = 3_600;

describe("the clock of one of two nodes set forward and back (mysql)", function () {
	this.timeout(90_000);
	let redis: RedisService;
	let database: FreshDatabase;
	let clock: SteppedClock;
	let here: ChatNode;
	let there: Program;
	let server: string;
	let alice: Person;
	let bob: Person;
	const acknowledged: string[] = [];

	before(async () => {
		redis = await startRedis();
		database = await freshMysql();
		clock = steppedClock();
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
			{
				stdio: ["ignore", "pipe", "inherit"],
				env: { ...process.env, ...clock.environment },
			},
		);
		const { stdout } = there.child;
		if (stdout === null) throw new Error("no output");
		const [line] = await once(stdout, "data");
		({ tcp: server } = JSON.parse(String(line)) as { readonly tcp: string });
		alice = await signIn(here, "alice");
		bob = await signIn({ server: () => server }, "bob");
		for (const { chat } of [alice, bob]) await chat.join(rooms.lobby);
		await until(() => alice.comings.includes("+Bob"), { what: "+Bob" });
	});
	after(async () => {
		await alice?.chat.close();
		await bob?.chat.close();
		await there?.stop("SIGKILL");
		await here?.close();
		clock?.remove();
		await database?.drop();
		await redis?.stop();
	});

	/** Both post until the clock there is seen to be set, and a little more. */
	async function postAcross(seconds: number): Promise<void> {
		clock.step(seconds);
		let seen = false;
		const isSeen = () => {
			const last = bob.messages.filter(({ text }) => text.startsWith("bob"));
			const at = last.at(-1)?.at.getTime() ?? Date.now();
			return Math.abs(at - Date.now() - seconds * 1_000) < hour * 500;
		};
		await Promise.all([
			...Object.entries({ alice, bob }).map(async ([name, { chat }]) => {
				for (let i = 0; !seen || i < 20; i += 1) {
					const text = `${name} ${seconds} ${i}`;
					await chat.post(rooms.lobby, text);
					acknowledged.push(text);
				}
			}),
			until(isSeen, { what: `a clock ${seconds} s away` }).finally(() => {
				seen = true;
			}),
		]);
	}

	for (const [how, seconds] of [
		["an hour forward", hour],
		["two hours back", -hour],
		["right again", 0],
	] as const) {
		it(`keeps everybody in, and everything in order and once, when it is set ${how}`, async () => {
			await postAcross(seconds);
			for (const each of [alice, bob]) await each.heard(acknowledged.length);
			deepEqual(
				alice.messages.map(({ sequence }) => sequence),
				acknowledged.map((_, index) => index + 1),
			);
			deepEqual(
				bob.messages.map(({ text }) => text),
				alice.messages.map(({ text }) => text),
			);
			deepEqual(
				alice.comings.filter((one) => one !== "+Bob"),
				[],
			);
			ok(!bob.comings.includes("-Alice"));
		});

		it(`lets people sign in on either node when it is set ${how}`, async () => {
			for (const on of [here, { server: () => server }]) {
				const carol = await signIn(on, "carol");
				await carol.chat.join(rooms.announcements);
				await carol.chat.close();
			}
		});
	}
});
