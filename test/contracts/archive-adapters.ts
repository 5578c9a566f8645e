/** The archive's contract: how far each adapter is, what it could not take, and what it is to have once more. */
import assert from "node:assert/strict";
import { LeaseLost, type Tenure } from "../../plugin/compliance/archive.ts";
import { testSign } from "../support/evidence.ts";
import {
	type ArchiveUnderTest,
	all,
	firstAt,
	type OpenArchive,
	posts,
	relaying,
	room,
	take,
} from "./archive-samples.ts";

const at = new Date(1_700_000_000_123);
const nobody: Tenure = { lease: "adapter one", holder: "somebody else" };

export function adaptersContract(open: OpenArchive): void {
	describe("adapters", () => {
		let opened: ArchiveUnderTest;
		let tenure: Tenure;
		/** Five events, and the adapter `one` that has had none. */
		beforeEach(async () => {
			opened = await open();
			const { archive } = opened;
			const { add } = await relaying(archive);
			await add(posts(room("One"), ["a", "b", "c", "d", "e"]));
			await archive.adapters.register("one");
			tenure = await take(archive, "adapter one", "me");
		});
		afterEach(() => opened?.close());

		const advance = (
			position: number,
			delivered: number,
			parked: number[] = [],
		) =>
			opened.archive.adapters.advance(
				"one",
				{
					position,
					delivered,
					at,
					parked: parked.map((one) => ({
						position: one,
						event: `event-${one}`,
						reason: `because of ${one}`,
					})),
				},
				tenure,
			);
		const state = () => opened.archive.adapters.register("one");

		it("begin with the oldest event, and stay where they are when they come again", async () => {
			const fresh = {
				name: "one",
				position: 0,
				delivered: 0,
				deliveredAt: undefined,
				failures: 0,
				attempt: 0,
				failedAt: undefined,
				failure: undefined,
				nextAt: undefined,
			};
			assert.deepEqual(await state(), fresh);
			await advance(2, 2);
			assert.equal((await state()).position, 2);
			const other = await opened.another();
			await Promise.all([
				other.adapters.register("zwei"),
				opened.archive.adapters.register("zwei"),
			]);
			const list = await other.adapters.list();
			assert.deepEqual(
				list.map(({ name, position }) => [name, position]),
				[
					["one", 2],
					["zwei", 0],
				],
			);
		});

		it("that are new begin behind what has been deleted", async () => {
			const relay = await take(opened.archive, "relay", "again");
			await opened.archive.prune(
				{ before: new Date(), through: 3, events: 10 },
				testSign,
				relay,
			);
			const { position } = await opened.archive.adapters.register("new");
			assert.equal(position, 3);
		});

		it("have set aside again, and not as before, what fails again; and what the operator says that is before them", async () => {
			const { parked } = opened.archive;
			await advance(2, 1, [2]);
			await parked.decide("one", "dropped", "root");
			await advance(2, 0, [2]);
			const [again] = await parked.list("one", { limit: 9 });
			assert.equal(again?.state, "parked");
			const why = { reason: "by hand", by: "root", at };
			const events = await opened.archive.after(0, { events: 9, bytes: 1e6 });
			const ids = events.map(({ id }) => id);
			const aside = await parked.setAside("one", ids, why);
			assert.equal(aside, ids.length - 2);
			const list = await parked.list("one", { limit: 9, after: 2 });
			assert.deepEqual(
				list.map(({ event, reason, by }) => ({ event, reason, by })),
				ids.slice(2).map((event) => ({ event, reason: "by hand", by: "root" })),
			);
		});

		it("advance, count what they have had, and when", async () => {
			await advance(2, 2);
			await advance(4, 1, [4]);
			const { position, delivered, deliveredAt } = await state();
			assert.deepEqual(
				{ position, delivered, deliveredAt },
				{
					position: 4,
					delivered: 3,
					deliveredAt: at,
				},
			);
			await advance(5, 0);
			assert.equal((await state()).position, 5);
		});

		it("do not advance for whoever has lost the lease, nor set anything aside", async () => {
			const { adapters, parked } = opened.archive;
			await take(opened.archive, "adapter one", "another");
			await assert.rejects(advance(2, 1, [1]), LeaseLost);
			assert.equal((await adapters.register("one")).position, 0);
			assert.equal(await parked.count("one"), 0);
		});

		it("say how often they failed, in all and in a row, and why", async () => {
			const { adapters } = opened.archive;
			await adapters.failed("one", "no room on the disk", at);
			await adapters.failed(
				"one",
				"x".repeat(5_000),
				new Date(at.getTime() + 1),
				new Date(at.getTime() + 9),
			);
			const failed = await state();
			assert.deepEqual(
				[failed.failures, failed.attempt, failed.failedAt],
				[2, 2, new Date(at.getTime() + 1)],
			);
			assert.equal(failed.failure, "x".repeat(1_000));
			assert.deepEqual(failed.nextAt, new Date(at.getTime() + 9));
			await advance(1, 1);
			const well = await state();
			assert.deepEqual(
				[well.failures, well.attempt, well.nextAt],
				[2, 0, undefined],
			);
		});

		it("know what is before them, and how old it is", async () => {
			const { adapters } = opened.archive;
			assert.deepEqual(await adapters.backlog("one"), {
				events: 5,
				oldestAt: new Date(firstAt),
			});
			await advance(3, 3);
			assert.deepEqual(await adapters.backlog("one"), {
				events: 2,
				oldestAt: new Date(firstAt + 3_000),
			});
			await advance(5, 2);
			assert.deepEqual(await adapters.backlog("one"), {
				events: 0,
				oldestAt: undefined,
			});
			assert.equal((await adapters.backlog("unknown")).events, 5);
		});

		describe("what they could not take", () => {
			it("is listed by position, in pages, by state", async () => {
				const { parked } = opened.archive;
				await advance(5, 2, [1, 3, 5]);
				assert.equal(await parked.count("one"), 3);
				assert.equal(await parked.count("two"), 0);
				const list = await parked.list("one", { limit: 2 });
				assert.deepEqual(list, [
					{
						adapter: "one",
						position: 1,
						event: "event-1",
						reason: "because of 1",
						state: "parked",
						at,
						by: undefined,
					},
					{ ...list[0], position: 3, event: "event-3", reason: "because of 3" },
				]);
				const rest = await parked.list("one", { after: 3, limit: 9 });
				assert.deepEqual(
					rest.map(({ position }) => position),
					[5],
				);
				assert.deepEqual(
					await parked.list("one", { state: "again", limit: 9 }),
					[],
				);
				assert.deepEqual(await parked.list("two", { limit: 9 }), []);
			});

			it("is tried again, or given up: those named, or all that still wait", async () => {
				const { parked } = opened.archive;
				await advance(5, 2, [1, 3, 5]);
				assert.equal(
					await parked.decide("one", "again", "root", ["event-3", "event-9"]),
					1,
				);
				assert.equal(
					await parked.decide("one", "again", "root", ["event-3"]),
					0,
				);
				assert.equal(await parked.decide("one", "dropped", "eve"), 2);
				assert.equal(await parked.decide("one", "again", "root"), 0);
				assert.equal(await parked.decide("one", "dropped", "eve", []), 0);
				const list = await parked.list("one", { limit: 9 });
				assert.deepEqual(
					list.map(({ position, state, by }) => [position, state, by]),
					[
						[1, "dropped", "eve"],
						[3, "again", "root"],
						[5, "dropped", "eve"],
					],
				);
				assert.equal(await parked.count("one"), 0);
			});

			it("is gone when it is delivered at last, and waits again when it failed again", async () => {
				const { parked } = opened.archive;
				await advance(5, 3, [1, 3]);
				await parked.decide("one", "again", "root");
				await parked.settle("one", 1, "delivered", tenure);
				const later = new Date(at.getTime() + 5);
				await parked.settle("one", 3, { reason: "still", at: later }, tenure);
				const list = await parked.list("one", { limit: 9 });
				assert.deepEqual(
					list.map(({ position, state, reason, at }) => [
						...[position, state, reason],
						at.getTime(),
					]),
					[[3, "parked", "still", later.getTime()]],
				);
				await assert.rejects(
					parked.settle("one", 3, "delivered", nobody),
					LeaseLost,
				);
				assert.equal(await parked.count("one"), 1);
			});

			it("is kept once, however often it is set aside", async () => {
				await advance(2, 0, [1, 2]);
				await advance(2, 0, [1, 2]);
				assert.equal(await opened.archive.parked.count("one"), 2);
			});
		});

		describe("what they are to have once more", () => {
			const ask = (from: number, to: number, adapter = "one") =>
				opened.archive.replays.begin({
					adapter,
					from: new Date(firstAt + from),
					to: new Date(firstAt + to),
					by: "root",
					at,
				});

			it("is what happened in a time and has been delivered", async () => {
				await advance(4, 4);
				const replay = await ask(1_000, 10_000);
				assert.deepEqual(replay, {
					id: replay?.id,
					adapter: "one",
					from: new Date(firstAt + 1_000),
					to: new Date(firstAt + 10_000),
					first: 2,
					last: 4,
					next: 2,
					delivered: 0,
					askedBy: "root",
					askedAt: at,
					endedAt: undefined,
					stoppedBy: undefined,
				});
				assert.deepEqual(await opened.archive.replays.find(replay.id), replay);
				const until = await ask(0, 2_000);
				assert.deepEqual([until?.first, until?.last], [1, 2]);
			});

			it("is nothing when nothing of it is there or has been delivered", async () => {
				assert.equal(await ask(0, 10_000), undefined);
				await advance(2, 2);
				assert.equal(await ask(3_000, 10_000), undefined);
				assert.equal(await ask(0, 10_000, "unknown"), undefined);
				assert.equal(await ask(1_000, 1_000), undefined);
				const { replays } = opened.archive;
				assert.equal(await replays.current("one"), undefined);
				assert.equal(await replays.find("none"), undefined);
			});

			it("goes on from where it is, one after the other, until it has ended", async () => {
				const { replays } = opened.archive;
				await advance(5, 5);
				const asked = [await ask(0, 2_000), await ask(0, 9_000)];
				const current = await replays.current("one");
				assert.ok(current && asked.some((one) => one?.id === current.id));
				const step = { at, parked: [], ended: false };
				await replays.advance(
					current.id,
					{ ...step, next: 2, delivered: 1 },
					tenure,
				);
				const on = await replays.current("one");
				assert.deepEqual([on?.id, on?.next, on?.delivered], [current.id, 2, 1]);
				await replays.advance(
					current.id,
					{
						next: 3,
						delivered: 1,
						at,
						parked: [{ position: 2, event: "poison", reason: "cannot" }],
						ended: true,
					},
					tenure,
				);
				const ended = await replays.find(current.id);
				assert.deepEqual([ended?.delivered, ended?.endedAt], [2, at]);
				const [parked] = await opened.archive.parked.list("one", { limit: 9 });
				assert.deepEqual(
					[parked?.position, parked?.reason, parked?.state],
					[2, "cannot", "parked"],
				);
				const next = await replays.current("one");
				assert.ok(next && next.id !== current.id);
				assert.equal(await replays.current("two"), undefined);
			});

			it("ends before its end for who stops it, but what is under way is counted", async () => {
				const { replays } = opened.archive;
				await advance(5, 5);
				const asked = await ask(0, 9_000);
				assert.ok(asked);
				const stopped = await replays.stop(asked.id, "root", at);
				assert.deepEqual([stopped?.endedAt, stopped?.stoppedBy], [at, "root"]);
				assert.equal(await replays.current("one"), undefined);
				await replays.advance(
					asked.id,
					{ next: 3, delivered: 2, at, parked: [], ended: false },
					tenure,
				);
				const late = new Date(at.getTime() + 1_000);
				const again = await replays.stop(asked.id, "another", late);
				assert.deepEqual(
					[again?.next, again?.delivered, again?.stoppedBy, again?.endedAt],
					[3, 2, "root", at],
				);
				assert.equal(await replays.stop("none", "root", at), undefined);
			});

			it("does not go on for whoever has lost the lease", async () => {
				const { replays } = opened.archive;
				await advance(5, 5);
				const asked = await ask(0, 9_000);
				assert.ok(asked);
				await assert.rejects(
					replays.advance(
						asked.id,
						{ next: 5, delivered: 4, at, parked: [], ended: false },
						nobody,
					),
					LeaseLost,
				);
				assert.equal((await replays.find(asked.id))?.next, 1);
			});
		});

		it("leave the events as they are", async () => {
			await advance(5, 4, [2]);
			assert.equal((await all(opened.archive)).length, 5);
		});
	});
}
