/** What cannot be delivered is found, whether the adapter names it or not, and the rest is delivered in order. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import {
	type ArchivedEvent,
	Undeliverable,
} from "../../plugin/compliance/adapter.ts";
import { deliverWithoutPoison } from "../../plugin/compliance/poison.ts";
import { archived, posted } from "../adapters/events.ts";

const events = archived(
	Array.from({ length: 9 }, (_, index) => posted(`text ${index}`)),
);

function idAt(index: number): string {
	return events[index]?.id ?? "";
}

/** Takes what has none of the bad ones in it; names those of them that are in `named`. */
function adapterThatRefuses(
	bad: readonly string[],
	named: readonly string[] = [],
) {
	const taken: string[] = [];
	let calls = 0;
	return {
		taken,
		calls: () => calls,
		async deliver(piece: readonly ArchivedEvent[]) {
			calls += 1;
			const ids = piece.map(({ id }) => id);
			const found = ids.filter((id) => bad.includes(id));
			if (found.length > 0) {
				throw new Undeliverable(
					"it does not fit",
					found.filter((id) => named.includes(id)),
				);
			}
			taken.push(...ids);
		},
	};
}

const without = (bad: readonly string[]) =>
	events.map(({ id }) => id).filter((id) => !bad.includes(id));

describe("poison in a batch", () => {
	const cases: readonly {
		what: string;
		bad: readonly string[];
		named: readonly string[];
	}[] = [
		{ what: "by halves", bad: [idAt(0), idAt(5)], named: [] },
		{ what: "by name", bad: [idAt(2), idAt(8)], named: [idAt(2), idAt(8)] },
		{
			what: "one by name, one by halves",
			bad: [idAt(1), idAt(6)],
			named: [idAt(6)],
		},
		{ what: "though it is everything", bad: without([]), named: [] },
	];
	for (const { what, bad, named } of cases) {
		it(`is found ${what}, and each of the others is taken once, in order`, async () => {
			const adapter = adapterThatRefuses(bad, named);
			const parked = await deliverWithoutPoison(events, adapter.deliver);
			deepEqual(parked.map(({ event }) => event).toSorted(), bad.toSorted());
			for (const { event, position, reason } of parked) {
				equal(events.find(({ id }) => id === event)?.position, position);
				equal(reason, "it does not fit");
			}
			deepEqual(adapter.taken, without(bad));
		});
	}

	it("that names events of another batch is looked for by halves", async () => {
		const bad = [idAt(4)];
		const { deliver, taken } = adapterThatRefuses(bad);
		const parked = await deliverWithoutPoison(events, async (piece) => {
			await deliver(piece).catch(() => {
				throw new Undeliverable("no", ["of another batch"]);
			});
		});
		deepEqual(
			parked.map(({ event }) => event),
			bad,
		);
		deepEqual(taken, without(bad));
	});

	it("is known by its name, from whichever copy of the class", async () => {
		const parked = await deliverWithoutPoison(events.slice(0, 1), async () => {
			throw Object.assign(new Error("of a copy"), {
				name: "Undeliverable",
				events: [],
			});
		});
		deepEqual(
			parked.map(({ event, reason }) => ({ event, reason })),
			[{ event: idAt(0), reason: "of a copy" }],
		);
	});

	it("is not what fails otherwise: all comes again", async () => {
		const full = new Error("no room on the disk");
		await rejects(
			deliverWithoutPoison(events, async () => {
				throw full;
			}),
			full,
		);
	});

	it("found, and then a failure: nothing is set aside, all comes again", async () => {
		const { deliver, calls } = adapterThatRefuses([idAt(0)], [idAt(0)]);
		await rejects(
			deliverWithoutPoison(events, async (piece) => {
				await deliver(piece);
				throw new Error("gone");
			}),
			/gone/,
		);
		equal(calls(), 2);
	});

	it("cannot be in nothing: the adapter is not asked", async () => {
		const { deliver, calls } = adapterThatRefuses([]);
		deepEqual(await deliverWithoutPoison([], deliver), []);
		equal(calls(), 0);
	});
});
