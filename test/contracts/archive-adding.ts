/** The archive's contract: events are added once each, in order, chained, all or nothing, by whoever holds the lease. */
import assert from "node:assert/strict";
import { LeaseLost, Overtaken } from "../../plugin/compliance/archive.ts";
import { happenings } from "../adapters/events.ts";
import { testSign } from "../support/evidence.ts";
import {
	type ArchiveUnderTest,
	all,
	everything,
	idsOf,
	type OpenArchive,
	owed,
	posts,
	proveChains,
	relaying,
	room,
	take,
} from "./archive-samples.ts";

export function addingContract(open: OpenArchive): void {
	describe("adding", () => {
		let opened: ArchiveUnderTest;
		beforeEach(async () => {
			opened = await open();
		});
		afterEach(() => opened?.close());

		it("keeps every type of event word for word, in order, from position 1 on", async () => {
			const { archive } = opened;
			assert.equal(await archive.head(), 0);
			const { add } = await relaying(archive);
			const events = owed(Object.values(happenings));
			await add(events);
			const kept = await all(archive);
			assert.deepEqual(
				kept.map(({ position, evidence: _, ...record }) => [
					position,
					JSON.stringify(record),
				]),
				events.map(({ text }, index) => [index + 1, text]),
			);
			assert.equal(await archive.head(), events.length);
			proveChains(kept);
		});

		it("chains each room by itself, and what is of no room under the empty id", async () => {
			const { archive } = opened;
			const { add } = await relaying(archive);
			const [one, two] = [room("One"), room("Two")];
			await add([...posts(one, ["a", "b"]), ...posts(two, ["c"])]);
			await add([
				...posts(two, ["d 会議 😀"]),
				...owed([happenings["directory-changed"]]),
				...posts(one, ["e"]),
			]);
			const kept = await all(archive);
			proveChains(kept);
			assert.deepEqual(
				kept.map(({ evidence: { chain, number } }) => [chain, number]),
				[
					...[
						[one.id, 1],
						[one.id, 2],
						[two.id, 1],
						[two.id, 2],
					],
					...[
						["", 1],
						[one.id, 3],
					],
				],
			);
		});

		it("adds once what comes again, alone, among others, and twice in a batch", async () => {
			const { archive } = opened;
			const { add } = await relaying(archive);
			const [a, b, c] = posts(room("One"), ["a", "b", "c"]);
			assert.ok(a && b && c);
			await add([a, b, a]);
			await add([a, b]);
			await add([a, c, b]);
			await add([]);
			const kept = await all(archive);
			assert.deepEqual(idsOf(kept), idsOf([a, b, c]));
			proveChains(kept);
		});

		it("adds thousands at once", async () => {
			const { archive } = opened;
			const { add } = await relaying(archive);
			const events = Array.from({ length: 1_000 }, (_, index) =>
				posts(room(`${index}`), ["a", "b"]),
			).flat();
			await add(events);
			await add(events);
			const kept = await all(archive);
			assert.deepEqual(idsOf(kept), idsOf(events));
			proveChains(kept);
		});

		it("keeps nothing of a batch of which one cannot be kept", async () => {
			const { archive, knex } = opened;
			const { add } = await relaying(archive);
			const here = room("One");
			await add(posts(here, ["a"]));
			const events = posts(here, ["b", "c"]);
			const [{ record } = { record: undefined }] = posts(here, ["d"]);
			assert.ok(record);
			await assert.rejects(
				add([...events, { record, text: null as unknown as string }]),
			);
			assert.equal((await all(archive)).length, 1);
			assert.equal(await archive.head(), 1);
			assert.equal((await knex("archive_chains")).length, 1);
			await add(events);
			proveChains(await all(archive));
		});

		it("gives each position once when two connections add at once", async () => {
			const { archive } = opened;
			const other = await opened.another();
			const { turn } = await relaying(archive);
			const rooms = [room("One"), room("Two")] as const;
			const batches = Array.from({ length: 12 }, (_, index) =>
				rooms.flatMap((each) => posts(each, [`${index}`, `${index}'`])),
			);
			// In their turn, each to both, as a queue does that gives a job twice; who comes late is told so.
			for (const batch of batches) {
				const mine = turn();
				const outcomes = await Promise.allSettled([
					archive.add(batch, mine),
					other.add(batch, mine),
				]);
				assert.equal(
					outcomes.filter(({ status }) => status === "fulfilled").length,
					1,
				);
			}
			const kept = await all(archive);
			assert.deepEqual(idsOf(kept), idsOf(batches.flat()));
			assert.deepEqual(
				kept.map(({ position }) => position),
				kept.map((_, index) => index + 1),
			);
			proveChains(kept);
		});

		it("takes nothing from whoever has lost the lease, or never had it", async () => {
			const { archive } = opened;
			const old = await relaying(archive);
			await old.add(posts(room("One"), ["a"]));
			const other = await opened.another();
			const now = await relaying(other);
			await assert.rejects(old.add(posts(room("One"), ["b"])), LeaseLost);
			const never = { lease: "never", holder: "x", turn: 1 };
			await assert.rejects(
				archive.add(posts(room("One"), ["c"]), never),
				LeaseLost,
			);
			await now.add(posts(room("One"), ["d"]));
			assert.equal((await all(archive)).length, 2);
		});

		it("takes no batch that comes after a later one, or a second time: it may be pruned by then", async () => {
			const { archive } = opened;
			const { turn, tenure } = await relaying(archive);
			const events = posts(room("One"), ["a", "b", "c"]);
			const [first, second, third] = [turn(), turn(), turn()];
			await archive.add(events.slice(0, 2), second);
			await archive.prune(
				{ before: new Date(), through: 2, events: 10 },
				testSign,
				tenure,
			);
			for (const late of [first, second]) {
				await assert.rejects(archive.add(events.slice(0, 2), late), Overtaken);
			}
			await archive.add(events.slice(2), third);
			assert.deepEqual(idsOf(await all(archive)), idsOf(events.slice(2)));
		});

		it("begins again with the first turn for the next holder", async () => {
			const { archive } = opened;
			const first = await relaying(archive);
			await first.add(posts(room("One"), ["a"]));
			await first.add(posts(room("One"), ["b"]));
			const second = await relaying(archive);
			await second.add(posts(room("One"), ["c"]));
			assert.equal((await all(archive)).length, 3);
		});

		it("does not leave a turn taken by a batch that failed", async () => {
			const { archive } = opened;
			const { turn } = await relaying(archive);
			const mine = turn();
			const events = posts(room("One"), ["a"]);
			const [broken] = posts(room("One"), ["b"]);
			assert.ok(broken);
			await assert.rejects(
				archive.add([{ ...broken, text: null as unknown as string }], mine),
			);
			await archive.add(events, mine);
			assert.deepEqual(idsOf(await all(archive)), idsOf(events));
		});

		it("is seen by others at once", async () => {
			const other = await opened.another();
			const { add } = await relaying(opened.archive);
			await add(posts(room("One"), ["a"]));
			assert.equal(await other.head(), 1);
			assert.equal((await other.after(0, everything)).length, 1);
			await take(other, "relay", "somebody else");
		});
	});
}
