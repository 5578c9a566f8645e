/** The archive's contract: what is old and has been had by everybody is deleted, so that what stays can still be proved. */
import assert from "node:assert/strict";
import { LeaseLost } from "../../plugin/compliance/archive.ts";
import { testSign } from "../support/evidence.ts";
import {
	type ArchiveUnderTest,
	all,
	firstAt,
	type OpenArchive,
	owed,
	person,
	posts,
	proveChains,
	type Relaying,
	relaying,
	room,
	take,
} from "./archive-samples.ts";

const late = new Date(firstAt + 3_600_000);

export function pruneContract(open: OpenArchive): void {
	describe("deleting", () => {
		let opened: ArchiveUnderTest;
		let relay: Relaying;
		const [one, two] = [room("One"), room("Two")];
		/** Positions 1–4 of one room, 5–6 of another. */
		beforeEach(async () => {
			opened = await open();
			relay = await relaying(opened.archive);
			await relay.add(posts(one, ["a", "b", "c", "d"]));
			await relay.add(posts(two, ["e", "f"]));
		});
		afterEach(() => opened?.close());

		const prune = (through: number, { before = late, events = 100 } = {}) =>
			opened.archive.prune({ before, through, events }, testSign, relay.tenure);
		const left = async () =>
			(await all(opened.archive)).map(({ position }) => position);
		const park = async (positions: readonly number[]) => {
			const tenure = await take(opened.archive, "adapter x", "me");
			await opened.archive.adapters.register("x");
			await opened.archive.adapters.advance(
				"x",
				{
					position: 6,
					delivered: 0,
					at: late,
					parked: positions.map((position) => ({
						position,
						event: `event-${position}`,
						reason: "no",
					})),
				},
				tenure,
			);
			return tenure;
		};

		it("takes the oldest, so many at a time, no farther than it may, and says how many", async () => {
			assert.equal(await prune(4, { events: 3 }), 3);
			assert.deepEqual(await left(), [4, 5, 6]);
			assert.equal(await prune(4, { events: 3 }), 1);
			assert.equal(await prune(4, { events: 3 }), 0);
			assert.deepEqual(await left(), [5, 6]);
			assert.equal(await prune(0), 0);
			assert.equal(await opened.archive.head(), 6);
		});

		it("leaves what is young, and what is behind it", async () => {
			assert.equal(await prune(6, { before: new Date(firstAt) }), 0);
			assert.equal(await prune(6, { before: new Date(firstAt + 2_000) }), 2);
			assert.deepEqual(await left(), [3, 4, 5, 6]);
		});

		it("takes what a wrong clock has dated into the future by the age of its checkpoint", async () => {
			const [misdated] = posts(one, ["from the future"]);
			assert.ok(misdated);
			const at = "2099-01-01T00:00:00.000Z";
			const record = { ...misdated.record, at };
			await relay.add([{ record, text: JSON.stringify(record) }]);
			await relay.add(posts(two, ["behind it"]));
			const { archive } = opened;
			await archive.checkpoints.add(testSign, relay.tenure);
			const signedAt = (await archive.checkpoints.newest())?.at.getTime() ?? 0;
			const tried = (beforeMs: number, isProven: boolean) =>
				archive.prune(
					{
						before: new Date(beforeMs),
						...{ through: 8, events: 100 },
						misdated: {
							now: new Date(beforeMs + 3_600_000),
							isProven: () => isProven,
						},
					},
					testSign,
					relay.tenure,
				);
			assert.equal(await tried(signedAt, true), 6);
			assert.equal(await tried(signedAt + 1, false), 0);
			assert.equal(await tried(signedAt + 1, true), 2);
			assert.deepEqual(await left(), []);
		});

		it("says where each chain now begins, and goes on from there", async () => {
			const [, second] = await all(opened.archive);
			assert.equal(await prune(2), 2);
			const chains: readonly {
				room_id: string;
				pruned_number: number;
				pruned_hash: string;
			}[] = await opened.knex("archive_chains");
			const base = chains.find(({ room_id }) => room_id === one.id);
			assert.deepEqual(
				[base?.pruned_number, base?.pruned_hash],
				[2, second?.evidence.hash],
			);
			assert.equal(await prune(6), 4);
			await relay.add(posts(one, ["g"]));
			const [next] = await all(opened.archive);
			assert.deepEqual([next?.position, next?.evidence.number], [7, 5]);
			proveChains(
				await all(opened.archive),
				new Map([[one.id, { number: 4, hash: next?.evidence.previous ?? "" }]]),
			);
		});

		it("leaves what is set aside for an adapter, until it has it or it is given up", async () => {
			const tenure = await park([2, 3, 5]);
			const { parked } = opened.archive;
			await parked.decide("x", "again", "root", ["event-3"]);
			assert.equal(await prune(6), 3);
			assert.deepEqual(await left(), [2, 3, 5]);
			assert.equal(await prune(6), 0);
			await parked.settle("x", 3, "delivered", tenure);
			await parked.decide("x", "dropped", "root", ["event-5"]);
			assert.equal(await prune(6), 2);
			assert.deepEqual(await left(), [2]);
			await parked.decide("x", "dropped", "root");
			assert.equal(await prune(6, { events: 1 }), 1);
			assert.deepEqual(await left(), []);
			assert.equal(await prune(6), 0);
		});

		it("forgets who was there once nobody can ask any more", async () => {
			const ann = person("ann");
			await relay.add(
				owed([
					{ type: "joined", actor: ann, room: one },
					{ type: "parted", actor: ann, room: one },
				]),
			);
			await prune(7);
			assert.deepEqual(await opened.archive.present(one.id, 8), [ann]);
			await prune(8);
			assert.deepEqual(await opened.knex("archive_attendance"), []);
		});

		it("is nobody's who has lost the lease", async () => {
			await relaying(opened.archive);
			await assert.rejects(prune(6), LeaseLost);
			assert.equal((await left()).length, 6);
		});
	});
}
