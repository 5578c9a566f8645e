/** Whose dialogs end when policy changes, whatever becomes of the directory meanwhile. */
import { deepEqual, equal } from "node:assert/strict";
import { pino } from "pino";
import { createInProcessFanOut } from "../../plugin/cluster/in-process.ts";
import type { UserUri } from "../../plugin/rooms/types.ts";
import { createDismissal } from "../../plugin/sip/dismissal.ts";
import { answerLater } from "../support/answer-later.ts";
import { until } from "../support/until.ts";

const alice = "sip:alice@example.com" as UserUri;
const bob = "sip:bob@example.com" as UserUri;
const carol = "sip:carol@example.com" as UserUri;

/** `answer`: who of them is enabled; what else it does is the directory's affair. */
function setUp(
	answer: (users: readonly UserUri[]) => Promise<readonly UserUri[]>,
	retryMs: number,
) {
	const asked: (readonly UserUri[])[] = [];
	const ended: UserUri[] = [];
	let asking = 0;
	let mostAtOnce = 0;
	const events = createInProcessFanOut();
	const dismissal = createDismissal(
		{
			directory: {
				async enabled(users) {
					asked.push(users);
					asking += 1;
					mostAtOnce = Math.max(mostAtOnce, asking);
					try {
						return new Set(await answer(users));
					} finally {
						asking -= 1;
					}
				},
			},
			guests: {
				users: () => [alice, bob, carol],
				endOf: (user) => ended.push(user),
			},
			events,
			log: pino({ level: "silent" }),
		},
		retryMs,
	);
	return {
		dismissal,
		asked,
		ended,
		mostAtOnce: () => mostAtOnce,
		policy: (users?: readonly UserUri[]) =>
			events.publish({ type: "policy", ...(users && { users }) }),
	};
}

describe("who is turned off by policy", () => {
	it("has his dialogs ended when the directory, which was away, can be asked again", async () => {
		let failures = 3;
		const { dismissal, asked, ended, policy } = setUp(async () => {
			failures -= 1;
			if (failures >= 0) throw new Error("away");
			return [bob];
		}, 1);
		await policy([alice, bob]);
		await until(() => ended.length > 0, { what: "the end" });
		await dismissal.stop();
		deepEqual(ended, [alice]);
		equal(asked.length, 4);
	});

	it("is kept in mind during an outage, which one question at a time looks out for", async () => {
		let away = true;
		const { dismissal, asked, ended, mostAtOnce, policy } = setUp(async () => {
			if (away) throw new Error("away");
			return [];
		}, 1);
		await policy([alice]);
		for (let each = 0; each < 20; each += 1) await policy([bob]);
		dismissal.dismiss([carol]);
		await until(() => asked.some(({ length }) => length === 3), {
			what: "a question about all of them",
		});
		equal(mostAtOnce(), 1);
		away = false;
		await until(() => ended.length === 3, { what: "the ends" });
		await dismissal.stop();
		deepEqual(ended.toSorted(), [alice, bob, carol]);
		equal(mostAtOnce(), 1);
	});

	it("is asked about again when policy changes while the directory answers", async () => {
		const first = answerLater<readonly UserUri[]>();
		const answers = [first.promise, Promise.resolve([])];
		const { dismissal, asked, ended, policy } = setUp(
			async () => (await answers.shift()) ?? [],
			1,
		);
		await policy([alice]);
		await policy([alice]);
		first.resolve([alice]);
		await until(() => ended.length > 0, { what: "the end" });
		await dismissal.stop();
		deepEqual(asked, [[alice], [alice]]);
	});

	it("is not asked about any more when the node ends, which waits for the question under way", async () => {
		const first = answerLater<readonly UserUri[]>();
		const { dismissal, asked, policy } = setUp(() => first.promise, 60_000);
		await policy([alice]);
		await policy([bob]);
		let stopped = false;
		const stopping = dismissal.stop().then(() => {
			stopped = true;
		});
		await new Promise(setImmediate);
		equal(stopped, false);
		first.reject(new Error("away"));
		await stopping;
		dismissal.dismiss();
		deepEqual(asked, [[alice]]);
	});
});
