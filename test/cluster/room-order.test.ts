/** One order for all that is said in a room, wherever it comes from; what is missing comes from the store, once. */
import { deepEqual } from "node:assert/strict";
import { pino } from "pino";
import {
	createRoomOrder,
	type RoomOrder,
} from "../../plugin/cluster/room-order.ts";
import type { RoomEvent } from "../../plugin/rooms/events.ts";
import type { Message, RoomId, UserUri } from "../../plugin/rooms/types.ts";
import { until } from "../support/until.ts";

const room = "r" as RoomId;
const author = { uri: "sip:a@example.com" as UserUri, displayName: "A" };

function message(sequence: number): Message {
	const postedAt = new Date(sequence);
	return {
		room,
		text: `${sequence}`,
		alert: false,
		sequence,
		author,
		postedAt,
	};
}

function posted(sequence: number): RoomEvent {
	return { type: "posted", message: message(sequence) };
}

describe("the order of a room", () => {
	let order: RoomOrder;
	let told: string[];
	let reads: string[];
	let stored: number[];
	let away: boolean;

	beforeEach(() => {
		told = [];
		reads = [];
		stored = [];
		away = false;
		order = createRoomOrder({
			log: pino({ level: "silent" }),
			tell: (event) =>
				told.push(
					event.type === "posted" ? String(event.message.sequence) : event.type,
				),
			async between(_, after, through) {
				reads.push(`${after}-${through}`);
				if (away) throw new Error("away");
				return stored
					.filter((each) => each > after && each <= through)
					.map(message);
			},
			latest: async (_, count) => stored.slice(-count).map(message),
			waitMs: 1,
		});
		order.keep(room);
	});
	afterEach(() => order.close());

	const come = (...sequences: number[]) => {
		for (const each of sequences) order.put(posted(each));
	};
	const toldAre = (count: number) =>
		until(() => told.length >= count, { what: `${count} told` });

	it("is that of the numbers, and nothing is told twice, when messages overtake each other", () => {
		come(1, 3, 2, 2, 3, 4);
		deepEqual(told, ["1", "2", "3", "4"]);
		deepEqual(reads, []);
	});

	it("has what did not come from the store, by one read", async () => {
		stored = [1, 2, 3, 4, 5];
		come(1, 4, 5);
		await toldAre(5);
		deepEqual(told, ["1", "2", "3", "4", "5"]);
		deepEqual(reads, ["1-3"]);
		come(2, 3, 6);
		deepEqual(told.slice(5), ["6"]);
	});

	it("goes on after what was deleted meanwhile", async () => {
		stored = [1, 4];
		come(1, 4);
		await toldAre(2);
		come(5);
		deepEqual(told, ["1", "4", "5"]);
	});

	it("goes on where the store cannot be had", async () => {
		away = true;
		come(1, 3);
		await toldAre(2);
		deepEqual(told, ["1", "3"]);
	});

	it("keeps a deletion behind the message that it is about", async () => {
		stored = [1, 2, 3];
		come(1, 3);
		order.put({ type: "deleted", room, sequences: [3] });
		await toldAre(4);
		deepEqual(told, ["1", "2", "3", "deleted"]);
	});

	it("is caught up with the store, from the newest where nothing is known", async () => {
		stored = [1, 2];
		await order.stored(room, 2);
		deepEqual(told, ["2"]);
		stored = [1, 2, 3, 4];
		await order.stored(room, 4);
		await order.stored(room, 4);
		come(3, 4, 5);
		deepEqual(told, ["2", "3", "4", "5"]);
	});

	it("is not kept for rooms that nobody hears", () => {
		order.forget(room);
		come(5, 3);
		deepEqual(told, ["5", "3"]);
	});
});
