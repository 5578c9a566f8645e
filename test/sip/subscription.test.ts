/** A subscription, against a scripted drachtio dialog: one NOTIFY at a time, an end that comes once, changes that do not pile up. */
import { deepEqual, equal, match } from "node:assert/strict";
import { pino } from "pino";
import type { Publication, UserUri } from "../../plugin/rooms/types.ts";
import type {
	DialogRequest,
	DrachtioDialog,
} from "../../plugin/sip/drachtio.ts";
import {
	createSubscription,
	type SubscriptionNeeds,
} from "../../plugin/sip/subscription.ts";
import { until } from "../support/until.ts";

type Callback = (error: unknown, reply?: { status: number }) => void;

const note = (instance: number): Publication => ({
	name: "note",
	instance,
	container: 1,
	version: 1,
	publishedAt: new Date(0),
	expireType: "static",
	data: "<n/>",
});

function setUp(changes: Partial<SubscriptionNeeds> = {}) {
	const asked: { request: DialogRequest; callback: Callback }[] = [];
	let ends = 0;
	let reads = 0;
	const subscription = createSubscription({
		dialog: {
			id: "call;from-tag=1",
			sip: { callId: "call" },
			request: (request: DialogRequest, callback: Callback) =>
				asked.push({ request, callback }),
			handle() {},
		} as unknown as DrachtioDialog,
		actor: {
			uri: "sip:alice@example.com" as UserUri,
			displayName: "Alice",
			guid: "",
		},
		traits: {},
		event: "vnd-microsoft-roaming-self",
		seconds: 600,
		rooms: {
			presence: async () => [],
			async publications(_, keys) {
				reads += 1;
				return keys.map(({ instance }) => note(instance));
			},
		},
		log: pino({ level: "silent" }),
		secondsOf: () => 600,
		onPublish() {},
		onEnd() {
			ends += 1;
		},
		...changes,
	});
	const state = (index: number) =>
		asked[index]?.request.headers?.["Subscription-State"] ?? "";
	return {
		subscription,
		asked,
		state,
		ends: () => ends,
		reads: () => reads,
		notified: (count: number) =>
			until(() => asked.length >= count, { what: `NOTIFY ${count}` }),
		answer: (status: number) => asked.at(-1)?.callback(null, { status }),
	};
}

describe("a subscription to a presence document", () => {
	it("ends by itself when its time is over, and says so", async () => {
		const { notified, answer, state, ends } = setUp({ seconds: 0.02 });
		await notified(1);
		answer(200);
		await notified(2);
		match(state(0), /^active;expires=1$/);
		equal(state(1), "terminated;reason=timeout");
		equal(ends(), 1);
	});

	it("tells all that has changed while a NOTIFY was out in the next one", async () => {
		const { subscription, notified, answer, asked, reads } = setUp();
		await notified(1);
		for (const instance of [1, 2, 1, 3]) subscription.changed([note(instance)]);
		equal(asked.length, 1);
		answer(200);
		await notified(2);
		const told = asked[1]?.request.body ?? "";
		deepEqual(
			[...told.matchAll(/instance="(\d+)"/g)].map(([, id]) => id),
			["1", "2", "3"],
		);
		equal(reads(), 1);
		answer(200);
		subscription.end("deactivated");
		await notified(3);
	});

	for (const status of [408, 481, 489, 500]) {
		it(`ends once and without a word when the client answers ${status}`, async () => {
			const { subscription, notified, answer, asked, ends } = setUp();
			await notified(1);
			answer(status);
			await until(() => ends() === 1, { what: "the end" });
			subscription.changed([note(1)]);
			subscription.end("timeout");
			subscription.lost();
			equal(ends(), 1);
			equal(asked.length, 1);
		});
	}

	it("ends on probation when the document cannot be read", async () => {
		const { notified, state, ends } = setUp({
			rooms: {
				presence: () => Promise.reject(new Error("away")),
				publications: async () => [],
			},
		});
		await notified(1);
		equal(state(0), "terminated;reason=probation");
		equal(ends(), 1);
	});

	it("is over without a word when the control connection is lost, also while a NOTIFY is out", async () => {
		const { subscription, notified, asked, ends } = setUp();
		await notified(1);
		subscription.lost();
		equal(ends(), 1);
		equal(asked.length, 1);
	});
});
