/**
 * The database of two nodes away under load, frozen and then killed: nothing acknowledged is lost, nobody is told anything twice,
 * nobody is put out. `TEST_OUTAGE_MS` makes it longer (30,000 is what docs/faults.md tells of), and says then how long it took.
 */
import { deepEqual, ok } from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { freshMysql } from "../support/databases.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import {
	type MariadbService,
	type RedisService,
	startMariadb,
	startRedis,
} from "../support/services.ts";
import {
	type SteadyPoster,
	startSteadyPoster,
} from "../support/steady-posters.ts";
import { until } from "../support/until.ts";

/** Longer than a node may be silent before others take it for dead. */
const outageMs = Number(process.env.TEST_OUTAGE_MS ?? 7_000);
const normalMs = 30_000;
const names = ["alice", "bob", "carol"] as const;

describe("two nodes whose database is away under load (mysql)", function () {
	this.timeout(6 * normalMs + 4 * outageMs);
	let server: MariadbService;
	let redis: RedisService;
	let nodes: readonly ChatNode[] = [];
	let posters: readonly SteadyPoster[] = [];
	let witness: Person;

	before(async () => {
		[server, redis] = await Promise.all([
			startMariadb({ durable: true }),
			startRedis(),
		]);
		const existing = await freshMysql(server.url);
		const start = (node: string) =>
			startChatNode({ existing, service: { node, redis: redis.url } });
		const [one, two] = [await start("node-1"), await start("node-2")];
		nodes = [one, two];
		for (const { chat } of nodes) {
			await until(() => chat.condition.redisConnected(), { what: "Redis" });
		}
		witness = await signIn(two, "dave");
		await witness.chat.join(rooms.lobby);
		posters = await Promise.all(
			names.map((name, index) =>
				startSteadyPoster(index % 2 === 0 ? one : two, name),
			),
		);
		await until(() => witness.comings.length === names.length, {
			what: "everybody",
		});
	});
	after(async () => {
		await Promise.all(posters.map((poster) => poster.close()));
		await witness?.chat.close();
		await Promise.all(nodes.map((node) => node.close()));
		await Promise.all([server?.stop(), redis?.stop()]);
	});

	const refused = () =>
		posters.reduce((sum, { refusals }) => sum + refusals.length, 0);

	/** Everybody posts, it goes, and it comes back; how long after that everybody posts again. */
	async function outage(act: {
		goes(): Promise<void>;
		comes(): Promise<void>;
	}): Promise<void> {
		await everybodyPosts();
		const before = refused();
		await act.goes();
		await pause(outageMs);
		ok(refused() > before, "nothing was refused");
		await act.comes();
		const begunAt = performance.now();
		await everybodyPosts();
		if (process.env.TEST_OUTAGE_MS === undefined) return;
		const tookMs = Math.round(performance.now() - begunAt);
		console.log(
			`away for ${outageMs} ms, ${refused() - before} refusals; everybody posts again ${tookMs} ms after`,
		);
	}

	async function everybodyPosts(): Promise<void> {
		await Promise.all(posters.map((poster) => poster.postsAgain(normalMs)));
	}

	it("refuse posts while it is frozen, and take them when it goes on", () =>
		outage({
			goes: async () => void process.kill(server.processId, "SIGSTOP"),
			comes: async () => void process.kill(server.processId, "SIGCONT"),
		}));

	it("refuse posts while it is killed, and take them when it has started again", () =>
		outage({
			goes: () => server.kill(),
			comes: () => server.startAgain(),
		}));

	it("have kept each post once, and told it once to everybody, in one order", async () => {
		await Promise.all(posters.map((poster) => poster.stop()));
		const acknowledged = posters.flatMap((poster) => poster.acknowledged);
		await witness.heard(acknowledged.length);
		const heard = witness.messages.map(({ sequence, text }) => ({
			sequence,
			text,
		}));
		deepEqual(
			heard.map(({ sequence }) => sequence),
			heard.map((_, index) => index + 1),
		);
		deepEqual(
			heard.map(({ text }) => text).toSorted(),
			acknowledged.toSorted(),
		);
		for (const { told } of posters) {
			// Each came into the room while others were posting already.
			const first = told[0]?.sequence ?? 0;
			await until(() => told.length >= heard.length - first + 1, {
				what: "the last message",
			});
			deepEqual(told, heard.slice(first - 1));
		}
	});

	it("have put nobody out", () => {
		deepEqual(
			posters.flatMap(({ ended }) => ended),
			[],
		);
		deepEqual(witness.comings.toSorted(), ["+Alice", "+Bob", "+Carol"]);
	});
});
