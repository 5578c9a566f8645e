/** What waits for one client: order, packing, what is dropped. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Message, RoomId, UserUri } from "../../plugin/rooms/types.ts";
import { createOutgoing } from "../../plugin/sessions/outgoing.ts";
import {
	forgetting,
	losing,
	type Reply,
	withdrawing,
} from "../../plugin/sessions/queue-items.ts";
import { joinedNotice, partedNotice } from "../../plugin/xccos/notices.ts";

const standing = {
	inScope: true,
	administrator: false,
	member: true,
	manager: false,
	presenter: false,
};
const user = (name: string) => ({
	uri: `sip:${name}@example.com` as UserUri,
	displayName: name,
	guid: name,
});
const joins = (name: string, ...rooms: string[]) =>
	joinedNotice(
		"example.com",
		{ user: user(name), batch: rooms.length > 1 },
		rooms.map((room) => ({
			room: room as RoomId,
			type: "normal" as const,
			standing,
		})),
	);
const parts = (name: string, room: string) =>
	partedNotice("example.com", [user(name)], [room as RoomId]);

const messageOf = (room: string, sequence: number): Message => ({
	room: room as RoomId,
	sequence,
	text: `original ${sequence}`,
	alert: false,
	author: { uri: "sip:a@example.com" as UserUri, displayName: "a" },
	postedAt: new Date(0),
});

/** Its parts are of a room each, and of the messages named. */
const replyOf = (
	name: string,
	...parts: readonly { room: string; sequences?: readonly number[] }[]
): Reply => ({
	parts: parts.map(({ room, sequences = [] }, index) => ({
		body: `${name} ${index}`,
		content: { rooms: [room as RoomId], sequences },
	})),
	refuse: (why) => `${name}: ${why}`,
});

function setUp() {
	let nowMs = 0;
	let envid = 0;
	const outgoing = createOutgoing({
		nextEnvid: () => String(++envid),
		now: () => nowMs,
	});
	const take = (): string[] => {
		const bodies: string[] = [];
		for (;;) {
			const next = outgoing.next();
			if (next === undefined || "waitMs" in next) return bodies;
			bodies.push(next.body);
		}
	};
	return {
		outgoing,
		take,
		pass: (ms: number) => {
			nowMs += ms;
		},
	};
}

/** `+a r` and `-a r` for the people and rooms of a body; the body itself when it is no notice. */
function told(body: string): string {
	if (!body.includes("<ntc")) return body;
	const words: string[] = [];
	const pattern =
		/<uib uri="sip:(\w+)@[^>]*>((?:<aib [^>]*>)+)|<chanib uri="[^"]*\/(\w+)"><uib uri="sip:(\w+)@/g;
	for (const [, who, aibs = "", left, whoLeft] of body.matchAll(pattern)) {
		for (const [, room] of aibs.matchAll(/value="(\w+)"/g)) {
			words.push(`+${who} ${room}`);
		}
		if (left !== undefined) words.push(`-${whoLeft} ${left}`);
	}
	return words.join(", ");
}

describe("what waits for a client", () => {
	it("goes at once while it is little", () => {
		const { outgoing, take } = setUp();
		outgoing.addNotice(joins("a", "r"));
		deepEqual(take().map(told), ["+a r"]);
		outgoing.addNotice(parts("a", "r"));
		deepEqual(take().map(told), ["-a r"]);
		outgoing.add("reply");
		deepEqual(take(), ["reply"]);
	});

	it("is packed while the client is busy, one <ntc> for each run of a kind, in order", () => {
		const { outgoing, take } = setUp();
		outgoing.addNotice(joins("a", "r"));
		outgoing.addNotice(joins("b", "r"));
		outgoing.addNotice(parts("a", "r"));
		outgoing.addNotice(joins("a", "r", "s"));
		const bodies = take();
		deepEqual(bodies.map(told), ["+a r, +b r, -a r, +a r, +a s"]);
		deepEqual(
			[...(bodies[0] ?? "").matchAll(/<ntc id="([^"]+)"/g)].map(([, id]) => id),
			["ntc:join", "ntc:part", "ntc:bjoin"],
		);
	});

	it("never lets a message overtake the arrival of its author, nor his parting overtake it", () => {
		const { outgoing, take } = setUp();
		outgoing.addNotice(joins("a", "r"));
		outgoing.add("a speaks");
		outgoing.addNotice(parts("a", "r"));
		deepEqual(take().map(told), ["+a r", "a speaks", "-a r"]);
	});

	it("waits a moment when notices are many, and no longer when something follows them", () => {
		const { outgoing, take, pass } = setUp();
		for (const name of ["a", "b", "c"]) {
			outgoing.addNotice(joins(name, "r"));
			equal(take().length, 1);
		}
		outgoing.addNotice(joins("d", "r"));
		deepEqual(outgoing.next(), { waitMs: 500 });
		pass(200);
		outgoing.addNotice(joins("e", "r"));
		deepEqual(outgoing.next(), { waitMs: 300 });
		pass(300);
		deepEqual(take().map(told), ["+d r, +e r"]);
		for (const name of ["f", "g"]) {
			outgoing.addNotice(joins(name, "r"));
			take();
		}
		outgoing.addNotice(joins("h", "r"));
		outgoing.add("h speaks");
		deepEqual(take().map(told), ["+h r", "h speaks"]);
	});

	it("is cut into bodies that share the connection to the SIP server, whatever names people have", () => {
		const { outgoing, take } = setUp();
		const names = Array.from({ length: 500 }, (_, i) => `u${i}`);
		outgoing.addNotice(
			partedNotice("example.com", names.map(user), ["r" as RoomId]),
		);
		const long = { ...user("long"), displayName: "&".repeat(256) };
		outgoing.addNotice(
			joinedNotice(
				"example.com",
				{ user: long, batch: true },
				Array.from({ length: 100 }, (_, i) => ({
					room: `00000000-0000-4000-8000-0000000000${i}` as RoomId,
					type: "normal" as const,
					standing,
				})),
			),
		);
		outgoing.add("end");
		const bodies = take();
		for (const body of bodies) ok(Buffer.byteLength(body) <= 3_300);
		ok(bodies.length < 60, `${bodies.length} bodies`);
		const parted = bodies.flatMap((body) => body.match(/<chanib /g) ?? []);
		equal(parted.length, 500);
		const joined = bodies.flatMap((body) => body.match(/<aib /g) ?? []);
		equal(joined.length, 100);
		equal(outgoing.bytes, 0);
	});

	it("is not told of a lost room, nor is a reply of it: it ends by one refusal, in its place", () => {
		const { outgoing, take } = setUp();
		const of = (room: string) => ({ room });
		outgoing.addReply(replyOf("search", of("s"), of("r"), of("r"), of("s")));
		outgoing.add("of r", { message: messageOf("r", 1), taken() {} });
		outgoing.addNotice(joins("a", "r", "s"));
		outgoing.addReply(replyOf("info", of("s")));
		const lost = (room: RoomId) => room === "r";
		outgoing.revise(losing(lost, "right lost"));
		outgoing.revise(losing(lost, "right lost"));
		deepEqual(take().map(told), [
			"search 0",
			"search: right lost",
			"+a s",
			"info 0",
		]);
		equal(outgoing.bytes, 0);
	});

	it("ends a reply once, whatever is withheld of it later", () => {
		const { outgoing, take } = setUp();
		outgoing.addReply(replyOf("search", { room: "s" }, { room: "r" }));
		outgoing.revise(losing((room) => room === "r", "right lost"));
		outgoing.revise(losing((room) => room === "s", "rights changed"));
		deepEqual(take(), ["search: rights changed"]);
	});

	it("is told of the other rooms where a part can be", () => {
		const { outgoing, take } = setUp();
		const rooms = ["r", "s", "t"] as RoomId[];
		outgoing.addReply({
			parts: [
				{ body: "r,s,t", content: { rooms }, only: (left) => left.join() },
			],
			refuse: (why) => why,
		});
		outgoing.revise(losing((room) => room === "r", "right lost"));
		outgoing.revise(losing((room) => room === "s", "right lost"));
		deepEqual(take(), ["t"]);
	});

	it("has no message any more that was deleted, and reads as it was replaced", () => {
		const { outgoing, take } = setUp();
		for (const [room, sequence] of [
			["r", 1],
			["r", 2],
			["s", 2],
		] as const) {
			const message = messageOf(room, sequence);
			outgoing.add(`${room} ${sequence}`, { message, taken() {} });
		}
		outgoing.addReply(
			replyOf(
				"history",
				{ room: "r", sequences: [1] },
				{ room: "r", sequences: [2, 3] },
				{ room: "r", sequences: [4] },
			),
		);
		outgoing.addReply(replyOf("other", { room: "s", sequences: [2] }));
		const room = "r" as RoomId;
		outgoing.revise(
			withdrawing(room, new Set([2]), ({ sequence }) => `new ${sequence}`),
		);
		outgoing.revise(withdrawing(room, new Set([7])));
		deepEqual(take(), [
			"r 1",
			"new 2",
			"s 2",
			"history 0",
			"history: messages changed",
			"other 0",
		]);
		outgoing.add("r 1", { message: messageOf("r", 1), taken() {} });
		outgoing.revise(withdrawing(room, new Set([1])));
		equal(outgoing.count, 0);
		equal(outgoing.bytes, 0);
	});

	it("says when a reply has been taken as a whole, once, or will not be", () => {
		const { outgoing } = setUp();
		const ends: string[] = [];
		const reply = (name: string): Reply => ({
			...replyOf(name, { room: "r" }, { room: "r" }),
			taken: () => ends.push(name),
		});
		outgoing.addReply(reply("first"));
		outgoing.addReply(reply("second"));
		outgoing.addReply({ ...reply("empty"), parts: [] });
		const takeOne = () => {
			const parcel = outgoing.next();
			if (parcel && "taken" in parcel) parcel.taken();
		};
		takeOne();
		deepEqual(ends, ["empty"]);
		takeOne();
		takeOne();
		deepEqual(ends, ["empty", "first"]);
		outgoing.clear();
		deepEqual(ends, ["empty", "first", "second"]);
	});

	it("says nothing more of a room that was left, and all the rest", () => {
		const { outgoing, take } = setUp();
		outgoing.add("of r", { message: messageOf("r", 1), taken() {} });
		outgoing.addNotice(joins("a", "r", "s"));
		outgoing.addNotice(parts("b", "r"));
		outgoing.add("reply");
		outgoing.addReply(replyOf("info", { room: "r" }));
		outgoing.revise(forgetting("r" as RoomId));
		deepEqual(take().map(told), ["+a s", "reply", "info 0"]);
		equal(outgoing.bytes, 0);
		equal(outgoing.count, 0);
	});
});
