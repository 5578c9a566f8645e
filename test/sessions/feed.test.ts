import { deepEqual, equal } from "node:assert/strict";
import type { Message, RoomId, UserUri } from "../../plugin/rooms/types.ts";
import { RoomFeed } from "../../plugin/sessions/feed.ts";
import { answerLater } from "../support/answer-later.ts";
import { until } from "../support/until.ts";

const message = (sequence: number): Message => ({
	room: "r" as RoomId,
	text: "",
	alert: false,
	sequence,
	author: { uri: "sip:a@b" as UserUri, displayName: "A" },
	postedAt: new Date(0),
});

const said = (id: string) => ({ id, blocks: [] });
const listOf = (...uris: string[]) =>
	new Map(
		uris.map((uri) => [
			uri as UserUri,
			{ uri: uri as UserUri, displayName: uri, guid: uri },
		]),
	);

const numbers = (first: number, last: number) =>
	Array.from({ length: last - first + 1 }, (_, index) => first + index);

function setUp() {
	const passed: string[] = [];
	const asked: [number, number][] = [];
	const faults: unknown[] = [];
	let taking = true;
	let answer = async (after: number, through: number) =>
		Array.from({ length: through - after }, (_, i) => message(after + 1 + i));
	const feed = new RoomFeed({
		send: (_, body, taken) => {
			passed.push(body);
			if (taking) taken();
		},
		notify: ({ id }) => passed.push(id),
		listed: () => {},
		encode: ({ sequence }) => `store ${sequence}`,
		between: (after, through) => {
			asked.push([after, through]);
			return answer(after, through);
		},
		onFault: (error) => faults.push(error),
	});
	return {
		feed,
		passed,
		asked,
		faults,
		post: (sequence: number) =>
			feed.posted(message(sequence), `live ${sequence}`),
		takeNothing: () => {
			taking = false;
		},
		postThrough: (first: number, last: number) => {
			for (let each = first; each <= last; each += 1) {
				feed.posted(message(each), `live ${each}`);
			}
		},
		/** The store has only these, from when it is asked until it answers. */
		answering: (read: () => Promise<readonly number[]>) => {
			answer = async () => (await read()).map(message);
		},
		/** The store has only these. */
		holding: (sequences: readonly number[]) => {
			answer = async () => sequences.map(message);
		},
		failing: () => {
			answer = async () => {
				throw new Error("away");
			};
		},
	};
}

describe("a feed", () => {
	it("keeps what happens before it is released, and leaves out what the session has had", () => {
		const { feed, passed, post } = setUp();
		post(5);
		post(6);
		feed.roster("sip:b@b" as UserUri, true, said("b joins"));
		feed.roster("sip:c@b" as UserUri, true, said("c joins"));
		feed.roster("sip:d@b" as UserUri, false, said("d parts"));
		feed.release(5, listOf("sip:b@b"));
		deepEqual(passed, ["live 6", "c joins"]);
	});

	it("passes each message once, in order", () => {
		const { feed, passed, post } = setUp();
		feed.release(0);
		for (const sequence of [1, 2, 2, 1, 3]) post(sequence);
		deepEqual(passed, ["live 1", "live 2", "live 3"]);
	});

	it("fills a gap from the store before it goes on", async () => {
		const { feed, passed, asked, post } = setUp();
		feed.release(1);
		post(4);
		post(5);
		post(3);
		await until(() => passed.length === 4, { what: "the gap to be filled" });
		deepEqual(passed, ["store 2", "store 3", "live 4", "live 5"]);
		deepEqual(asked, [[1, 3]]);
	});

	it("goes on after a gap that cannot be filled", async () => {
		const { feed, passed, faults, post, failing } = setUp();
		failing();
		feed.release(1);
		post(3);
		await until(() => faults.length === 1, { what: "the fault" });
		deepEqual(passed, ["live 3"]);
	});

	it("does not repeat what history has shown", () => {
		const { feed, passed, post } = setUp();
		feed.release(1);
		feed.hold();
		post(2);
		post(3);
		feed.releaseAfterReading([message(1), message(2)]);
		deepEqual(passed, ["live 3"]);
	});

	it("passes what a short history did not reach", async () => {
		const { feed, passed, post } = setUp();
		feed.release(1);
		feed.hold();
		post(2);
		post(3);
		post(4);
		feed.releaseAfterReading([message(4)]);
		deepEqual(passed, ["live 2", "live 3", "live 4"]);
	});

	it("gives the list that was hidden at its join, and to who had one only what has changed", () => {
		const { feed, passed } = setUp();
		const shown = { whole: [said("whole")], difference: [said("difference")] };
		feed.shownAgain(shown);
		feed.release(0, "hidden");
		feed.shownAgain(shown);
		feed.hold();
		feed.shownAgain(shown);
		feed.release(0, listOf("sip:b@b"));
		deepEqual(passed, ["whole", "difference"]);
	});

	it("has been heard as far as the client took it, or read it in history", () => {
		const { feed, post, takeNothing } = setUp();
		feed.release(1);
		post(2);
		equal(feed.heard, 2);
		takeNothing();
		post(3);
		equal(feed.heard, 2);
		feed.hold();
		feed.releaseAfterReading([message(3), message(4)]);
		equal(feed.heard, 4);
	});

	it("brings what was missed before it goes on", async () => {
		const { feed, passed, asked, post } = setUp();
		post(5);
		feed.releaseWithMissed(2, 4);
		await until(() => passed.length === 3, { what: "what was missed" });
		deepEqual(passed, ["store 3", "store 4", "live 5"]);
		deepEqual(asked, [[2, 4]]);
	});

	it("is live again when history was empty", () => {
		const { feed, passed, post } = setUp();
		feed.release(0);
		feed.hold();
		equal(feed.held, true);
		feed.releaseAfterReading([]);
		post(1);
		deepEqual(passed, ["live 1"]);
	});

	it("passes the first thousand that it held, and reads the others from the store", async () => {
		const { feed, passed, asked, postThrough } = setUp();
		postThrough(1, 1_150);
		feed.release(0);
		postThrough(1_151, 1_151);
		await until(() => passed.length === 1_151, { what: "all of them" });
		deepEqual(passed.slice(998, 1_002), [
			"live 999",
			"live 1000",
			"store 1001",
			"store 1002",
		]);
		deepEqual(passed.slice(-2), ["store 1150", "live 1151"]);
		deepEqual(asked, [
			[1_000, 1_100],
			[1_100, 1_150],
		]);
	});

	describe("when messages are withdrawn", () => {
		it("passes nothing of any number of them as it was posted", async () => {
			const { feed, passed, asked, postThrough, post, holding } = setUp();
			holding([]);
			feed.release(0);
			feed.hold();
			postThrough(1, 2_100);
			feed.withdraw(numbers(1, 1_050));
			feed.withdraw(numbers(1_051, 2_100));
			feed.release();
			post(2_101);
			await until(() => passed.length > 0, { what: "the next one" });
			deepEqual(passed, ["live 2101"]);
			deepEqual(asked.at(-1), [2_000, 2_100]);
			equal(asked.length, 21);
		});

		for (const held of [true, false]) {
			it(`keeps in mind any number that has not come yet, ${held ? "held" : "live"}`, async () => {
				const { feed, passed, postThrough, post, holding } = setUp();
				holding([]);
				feed.release(0);
				if (held) feed.hold();
				feed.withdraw(numbers(1, 2_100));
				postThrough(1, 2_100);
				if (held) feed.release();
				await until(() => !feed.held, { what: "the store to be read" });
				post(2_101);
				deepEqual(passed, ["live 2101"]);
			});
		}

		it("reads again what was withdrawn while it was read", async () => {
			const { feed, passed, asked, post, answering } = setUp();
			const first = answerLater<readonly number[]>();
			const answers = [first.promise, Promise.resolve([3])];
			answering(async () => (await answers.shift()) ?? []);
			feed.release(1);
			post(4);
			feed.withdraw([2]);
			first.resolve([2, 3]);
			await until(() => passed.length === 2, { what: "what is left" });
			deepEqual(passed, ["store 3", "live 4"]);
			deepEqual(asked, [
				[1, 3],
				[1, 3],
			]);
		});

		it("passes what it held of them as it reads now, in its place", async () => {
			const { feed, passed, asked, post } = setUp();
			feed.release(1);
			feed.hold();
			for (const sequence of [2, 3, 4]) post(sequence);
			feed.withdraw([3]);
			feed.notify(said("3 is another"));
			feed.release();
			await until(() => passed.length === 4, { what: "all of them" });
			deepEqual(passed, ["live 2", "store 3", "live 4", "3 is another"]);
			deepEqual(asked, [[2, 3]]);
		});

		it("does not pass one that is told of late, after it was deleted", async () => {
			const { feed, passed, post, holding } = setUp();
			holding([]);
			feed.release(1);
			feed.withdraw([2]);
			post(2);
			post(3);
			await until(() => passed.length === 1, { what: "the next one" });
			deepEqual(passed, ["live 3"]);
		});

		it("knows that history joins up across those that are gone", () => {
			const { feed, passed, asked, post } = setUp();
			feed.release(1);
			feed.hold();
			for (const sequence of [2, 3, 4]) post(sequence);
			feed.withdraw([2, 3]);
			feed.releaseAfterReading([message(4)]);
			post(5);
			deepEqual(passed, ["live 5"]);
			deepEqual(asked, []);
		});

		it("asks once for a number that is gone, and goes on", async () => {
			const { feed, passed, asked, post, holding } = setUp();
			holding([]);
			feed.release(1);
			post(3);
			await until(() => passed.length === 1, { what: "the message" });
			post(4);
			deepEqual(passed, ["live 3", "live 4"]);
			deepEqual(asked, [[1, 2]]);
		});
	});
});
