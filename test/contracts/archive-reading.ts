/** The archive's contract: events are read in order, in pieces, with who was in the room before them. */
import assert from "node:assert/strict";
import type { ArchivedRoom, Person } from "../../plugin/compliance/archived.ts";
import type { Happening } from "../adapters/events.ts";
import { testSign } from "../support/evidence.ts";
import {
	type ArchiveUnderTest,
	type OpenArchive,
	owed,
	person,
	posts,
	relaying,
	room,
} from "./archive-samples.ts";

const joined = (where: ArchivedRoom, actor: Person): Happening => ({
	type: "joined",
	actor,
	room: where,
});
const parted = (where: ArchivedRoom, actor: Person): Happening => ({
	type: "parted",
	actor,
	room: where,
});

export function readingContract(open: OpenArchive): void {
	describe("reading", () => {
		let opened: ArchiveUnderTest;
		beforeEach(async () => {
			opened = await open();
		});
		afterEach(() => opened?.close());

		const positions = async (
			position: number,
			page: { events: number; bytes: number; through?: number },
		) =>
			(await opened.archive.after(position, page)).map((one) => one.position);

		it("gives what is behind a position, by number, to another position at most", async () => {
			const { add } = await relaying(opened.archive);
			await add(posts(room("One"), ["a", "b", "c", "d"]));
			const bytes = 1e9;
			assert.deepEqual(await positions(0, { events: 3, bytes }), [1, 2, 3]);
			assert.deepEqual(await positions(3, { events: 3, bytes }), [4]);
			assert.deepEqual(await positions(4, { events: 3, bytes }), []);
			assert.deepEqual(
				await positions(1, { events: 9, bytes, through: 3 }),
				[2, 3],
			);
			assert.deepEqual(
				await positions(3, { events: 9, bytes, through: 3 }),
				[],
			);
		});

		it("gives by bytes of text too, but one in any case", async () => {
			const { add } = await relaying(opened.archive);
			const events = posts(room("One"), ["a", "b", "c"]);
			await add(events);
			const [first = "", second = ""] = events.map(({ text }) => text);
			const two = first.length + second.length;
			assert.deepEqual(await positions(0, { events: 9, bytes: two }), [1, 2]);
			assert.deepEqual(await positions(0, { events: 9, bytes: two - 1 }), [1]);
			assert.deepEqual(await positions(0, { events: 9, bytes: 0 }), [1]);
			assert.deepEqual(await positions(2, { events: 1, bytes: 0 }), [3]);
		});

		it("counts bytes as they are in UTF-8", async () => {
			const { add } = await relaying(opened.archive);
			const wide = posts(room("One"), ["会".repeat(1_000), "b"]);
			await add(wide);
			const characters = wide.reduce((sum, { text }) => sum + text.length, 0);
			assert.deepEqual(
				await positions(0, { events: 9, bytes: characters }),
				[1],
			);
		});

		it("gives pages of more than it reads at a time", async () => {
			const { add } = await relaying(opened.archive);
			const texts = Array.from({ length: 700 }, (_, index) => `${index}`);
			await add(posts(room("One"), texts));
			const wanted = (first: number, count: number) =>
				Array.from({ length: count }, (_, index) => first + index);
			const bytes = 1e9;
			assert.deepEqual(
				await positions(0, { events: 600, bytes }),
				wanted(1, 600),
			);
			assert.deepEqual(
				await positions(100, { events: 900, bytes }),
				wanted(101, 600),
			);
			assert.deepEqual(
				await positions(10, { events: 900, bytes, through: 510 }),
				wanted(11, 500),
			);
		});

		it("knows who was in a room just before an event, by URI, and as he was when he came", async () => {
			const { archive } = opened;
			const { add } = await relaying(archive);
			const [here, there] = [room("Here"), room("There")];
			const [ann, ben, cid] = [person("ann"), person("ben"), person("cid")];
			await add(owed([joined(here, ben), joined(there, cid)]));
			await add(owed([joined(here, ann), parted(here, ben)]));
			await add(owed([joined(here, ben), parted(there, cid)]));
			const inside = async (where: ArchivedRoom, position: number) =>
				(await archive.present(where.id, position)).map(
					({ displayName }) => displayName,
				);
			const seen = [];
			for (let at = 1; at <= 7; at++) seen.push(await inside(here, at));
			assert.deepEqual(seen, [
				...[[], ["ben"], ["ben"], ["ann", "ben"], ["ann"]],
				...[
					["ann", "ben"],
					["ann", "ben"],
				],
			]);
			assert.deepEqual(await inside(there, 6), ["cid"]);
			assert.deepEqual(await inside(there, 7), []);
			assert.deepEqual(await archive.present(here.id, 4), [ann, ben]);
			assert.deepEqual(await archive.present(room("Nowhere").id, 9), []);
		});

		it("takes a second coming for the first, and lets nobody leave who is not there", async () => {
			const { archive } = opened;
			const { add } = await relaying(archive);
			const here = room("Here");
			const ann = person("ann");
			const events = owed([
				...[parted(here, ann), joined(here, ann), joined(here, ann)],
				...[parted(here, ann), parted(here, ann)],
			]);
			await add(events);
			await add(events);
			const counts = [];
			for (let at = 1; at <= 6; at++) {
				counts.push((await archive.present(here.id, at)).length);
			}
			assert.deepEqual(counts, [0, 0, 1, 1, 0, 0]);
		});

		it("still knows it for an event that comes once more, when older ones have been deleted", async () => {
			const { archive } = opened;
			const { add, tenure } = await relaying(archive);
			const here = room("Here");
			const [ann, ben] = [person("ann"), person("ben")];
			await add(owed([joined(here, ann), joined(here, ben)]));
			await add(owed([parted(here, ben)]));
			await add(posts(here, ["a", "b"]));
			await archive.prune(
				{ before: new Date(), through: 2, events: 10 },
				testSign,
				tenure,
			);
			assert.deepEqual(await archive.present(here.id, 3), [ann, ben]);
			assert.deepEqual(await archive.present(here.id, 5), [ann]);
			await archive.prune(
				{ before: new Date(), through: 4, events: 10 },
				testSign,
				tenure,
			);
			assert.deepEqual(await archive.present(here.id, 5), [ann]);
		});
	});
}
