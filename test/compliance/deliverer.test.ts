/** Handing batches to an adapter: one at a time, while they are this node's to hand over, and with an end. */
import {
	deepEqual,
	equal,
	notEqual,
	ok,
	rejects,
	throws,
} from "node:assert/strict";
import { pino } from "pino";
import { LeaseLost } from "../../plugin/compliance/archive.ts";
import {
	createDeliverer,
	type Deliver,
} from "../../plugin/compliance/deliverer.ts";
import { filesIn } from "../../plugin/compliance/files.ts";
import { archived, posted } from "../adapters/events.ts";
import {
	type TakingAdapter,
	takingAdapter,
} from "../support/taking-adapter.ts";
import { until } from "../support/until.ts";

const tenure = { lease: "adapter taking", holder: "node-1/run/1" };
const live = { attempt: 1, replay: false };
const log = pino({ level: "silent" });

describe("a delivery", () => {
	let taking: TakingAdapter;
	let mine: boolean;
	let closing: AbortController;

	beforeEach(() => {
		taking = takingAdapter();
		mine = true;
		closing = new AbortController();
	});

	async function open(deliverTimeoutMs = 60_000): Promise<Deliver> {
		const source = { open: () => Promise.reject(new Error("There is none.")) };
		return createDeliverer({
			setting: {
				...{ use: taking.factory, name: "taking", runIntervalMs: 100 },
				...{ batchEvents: 10, deliverTimeoutMs },
			},
			adapter: await taking.factory({}, { name: "taking", log }),
			archive: { present: async () => [] },
			files: filesIn("unused", source),
			holding: {
				looked: Promise.resolve(),
				tenure: () => (mine ? tenure : undefined),
				lost: () => {},
				close: async () => {},
				abandon: async () => {},
			},
			log,
			closing: closing.signal,
		});
	}

	/** Ends no sooner than it is aborted; with what. */
	const untilAborted = () => {
		taking.before = (_, { signal }) =>
			new Promise((_, reject) => {
				signal.addEventListener("abort", () => reject(signal.reason));
			});
	};
	const batch = (text: string) => archived([posted(text)]);

	it("hands over an array of its own and events that nobody can change", async () => {
		const deliver = await open();
		const events = archived([posted("one"), posted("two")]);
		taking.before = (handed) => {
			const [event] = handed;
			throws(() => Object.assign(event ?? {}, { position: 99 }), TypeError);
			throws(() => Object.assign(event?.actor ?? {}, { uri: "" }), TypeError);
			(handed as unknown[]).length = 0;
		};
		await deliver(events, tenure, live);
		deepEqual(
			events.map(({ position }) => position),
			[1, 2],
		);
	});

	it("has the key of all its events, whatever the first is", async () => {
		const deliver = await open();
		const [one, two, three] = archived(["1", "2", "3"].map((n) => posted(n)));
		ok(one && two && three);
		await deliver([one, two], tenure, live);
		await deliver([one, three], tenure, live);
		await deliver([one, two], tenure, live);
		const [first, other, again] = taking.deliveries.map(
			({ delivery }) => delivery.key,
		);
		notEqual(first, other);
		equal(first, again);
	});

	it("waits until the one before has ended, well or badly", async () => {
		const deliver = await open();
		let fail = (_: Error): void => {};
		taking.before = () =>
			new Promise((_, reject) => {
				fail = reject;
			});
		const first = deliver(batch("one"), tenure, live);
		const second = deliver(batch("two"), tenure, { attempt: 1, replay: true });
		await until(() => taking.deliveries.length > 0, { what: "the first" });
		equal(taking.deliveries.length, 1);
		taking.before = () => {};
		fail(new Error("It cannot."));
		await rejects(first, /It cannot\./);
		await second;
		deepEqual(
			taking.deliveries.map(({ delivery }) => delivery.replay),
			[false, true],
		);
	});

	it("does not begin when it is another node's, also if that came while it waited", async () => {
		const deliver = await open();
		taking.before = () => {
			mine = false;
		};
		const first = deliver(batch("one"), tenure, live);
		const second = deliver(batch("two"), tenure, live);
		await first;
		await rejects(second, LeaseLost);
		equal(taking.deliveries.length, 1);
	});

	it("under an earlier holding of the same node does not begin", async () => {
		const deliver = await open();
		const earlier = { ...tenure, holder: "node-1/run/0" };
		await rejects(deliver(batch("one"), earlier, live), LeaseLost);
		equal(taking.deliveries.length, 0);
	});

	it("is aborted when it becomes another node's", async () => {
		const deliver = await open();
		untilAborted();
		const delivered = deliver(batch("one"), tenure, live);
		await until(() => taking.deliveries.length > 0, { what: "it" });
		mine = false;
		await rejects(delivered, LeaseLost);
	});

	it("is aborted when it takes too long", async () => {
		const deliver = await open(20);
		untilAborted();
		await rejects(
			deliver(batch("one"), tenure, live),
			/The delivery took longer than 20 ms\./,
		);
	});

	it("is aborted when the service stops", async () => {
		const deliver = await open();
		untilAborted();
		const delivered = deliver(batch("one"), tenure, live);
		await until(() => taking.deliveries.length > 0, { what: "it" });
		closing.abort(new Error("The service stops."));
		await rejects(delivered, /The service stops\./);
	});
});
