/** The queue in Redis when Redis does not answer: what waits for it is bounded, and its end leaves no connection behind. */
import { deepEqual, ok, rejects } from "node:assert/strict";
import { connectRedis } from "../../plugin/cluster/redis.ts";
import { type Archive, Unstorable } from "../../plugin/compliance/archive.ts";
import type { Carrier } from "../../plugin/compliance/carrier.ts";
import { throughRedis } from "../../plugin/compliance/queue.ts";
import {
	type Knex,
	makeDatabase,
	openArchive,
} from "../../plugin/store/index.ts";
import {
	everything,
	posts,
	type Relaying,
	relaying,
	room,
} from "../contracts/archive-samples.ts";
import { type RedisService, startRedis } from "../support/services.ts";
import { until } from "../support/until.ts";

describe("the queue of batches in Redis (mysql)", () => {
	let redis: RedisService;
	let database: Knex;
	let archive: Archive;
	let relay: Relaying;
	let carrier: Carrier | undefined;
	const lobby = room("Lobby");

	beforeEach(async () => {
		redis = await startRedis();
		database = makeDatabase({ client: "sqlite", file: ":memory:" });
		archive = await openArchive(database);
		relay = await relaying(archive);
	});
	afterEach(async () => {
		await carrier?.close();
		carrier = undefined;
		await redis.stop();
		await database.destroy();
	});

	const openWith = (archiveOfNode: Archive): Carrier =>
		throughRedis({
			connect: () => connectRedis(redis.url, () => {}),
			id: "test",
			archive: archiveOfNode,
			log: { warn: () => {} },
		});
	const open = () => {
		carrier = openWith(archive);
		return carrier;
	};
	const carry = (text: string) =>
		(carrier ?? open()).carry(posts(lobby, [text]), relay.turn());
	const texts = async () =>
		(await archive.after(0, everything)).map((event) =>
			event.type === "posted" ? event.message.text : "",
		);

	it("holds one batch that Redis does not answer for, and refuses more until it has", async () => {
		open();
		await carry("one");
		process.kill(redis.processId, "SIGSTOP");
		const waiting = carry("two");
		for (const text of ["three", "four"]) {
			await rejects(carry(text), /has not answered for the batch before/);
		}
		process.kill(redis.processId, "SIGCONT");
		await waiting;
		await carry("five");
		deepEqual(await texts(), ["one", "two", "five"]);
	});

	it("does not take a batch that failed for one that was archived before it", async () => {
		let refusal: Error | undefined;
		carrier = openWith({
			...archive,
			async add(events, turn) {
				if (refusal !== undefined) throw refusal;
				await archive.add(events, turn);
			},
		});
		await carry("one");
		refusal = new Error("the archive fails");
		await rejects(carry("two"));
		refusal = new Unstorable("too long");
		await rejects(carry("two"), Unstorable);
		refusal = undefined;
		await carry("two");
		deepEqual(await texts(), ["one", "two"]);
	});

	it("archives once, and in order, a batch that takes longer than its lock, so that two nodes have it", async () => {
		let tried = 0;
		let letOn = () => {};
		const held = new Promise<void>((resolve) => {
			letOn = resolve;
		});
		const slow: Archive = {
			...archive,
			async add(events, turn) {
				tried += 1;
				await held;
				await archive.add(events, turn);
			},
		};
		carrier = openWith(slow);
		const another = openWith(slow);
		const waiting = carry("one");
		// Nobody renews the lock of the first: the second takes the batch for one that its node died with.
		await until(() => tried === 2, { what: "a second node", withinMs: 20_000 });
		letOn();
		await waiting;
		await carry("two");
		await carry("three");
		await another.close();
		deepEqual(await texts(), ["one", "two", "three"]);
	});

	for (const [how, carried] of [
		["killed", true],
		["frozen", false],
	] as const) {
		it(`is closed with Redis ${how}${carried ? "" : " before it was asked for anything"}, and leaves nothing behind`, async () => {
			const before = sockets();
			if (!carried) await takeAway(how);
			const { close } = open();
			if (carried) {
				await carry("one");
				ok(sockets() > before);
				await takeAway(how);
			}
			const refused = rejects(carry("two"), /The queue is closed\./);
			await close();
			await refused;
			carrier = undefined;
			// Whoever still tries to connect has a timer or a socket at any time.
			await until(() => sockets() <= before, { what: "no connection" });
			if (how === "frozen") process.kill(redis.processId, "SIGCONT");
		});
	}

	async function takeAway(how: "killed" | "frozen"): Promise<void> {
		if (how === "killed") await redis.kill();
		else process.kill(redis.processId, "SIGSTOP");
	}
});

function sockets(): number {
	return process
		.getActiveResourcesInfo()
		.filter((kind) => /^(TCPSocketWrap|TCPConnectWrap|Timeout)$/.test(kind))
		.length;
}
