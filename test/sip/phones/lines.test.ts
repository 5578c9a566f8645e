/** What waits for phones: one at a time, in order, again and again or not any more. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { pino } from "pino";
import type { PhoneNews, PhoneRooms } from "../../../plugin/rooms/index.ts";
import type {
	Message,
	Room,
	RoomId,
	UserUri,
} from "../../../plugin/rooms/types.ts";
import { createLines, type Lines } from "../../../plugin/sip/phones/lines.ts";
import type { Answered } from "../../../plugin/sip/phones/sending.ts";
import { until } from "../../support/until.ts";

const alice = "sip:alice@example.com" as UserUri;
const lobby = { id: "lobby" as RoomId, name: "Lobby" } as Room;
const day = 24 * 60 * 60 * 1000;

/** What a room holds for its phones, as if the store did. */
function setUp({ failedMs = 0 } = {}) {
	const backlog = new Map<UserUri, string[]>();
	const out: {
		readonly user: UserUri;
		readonly body: string;
		answer(status: number, sent?: boolean): void;
	}[] = [];
	const claims: number[] = [];
	const ended: UserUri[] = [];
	let released = 0;
	let mine = true;
	const rooms: PhoneRooms = {
		phoneRooms: async () => [lobby.id],
		duePhones: async ({ after = "" }) =>
			[...backlog.keys()].filter((user) => user > after).sort(),
		releasePhones: async () => {
			released += 1;
		},
		async claimPhone(_, forMs) {
			claims.push(forMs);
			return mine;
		},
		async nextForPhone(user): Promise<PhoneNews | undefined> {
			const [text] = backlog.get(user) ?? [];
			if (text === undefined) return undefined;
			const author = { uri: "sip:bob@example.com", displayName: "Bob" };
			const message = { author, text } as Message;
			return { type: "message", room: lobby, message, through: 1 };
		},
		async phoneHad(user) {
			backlog.get(user)?.shift();
			if (backlog.get(user)?.length === 0) backlog.delete(user);
		},
		isPhoneIn: async () => true,
		phoneFailed: async () => failedMs,
		async endPhone(user) {
			ended.push(user);
			backlog.delete(user);
		},
	};
	const lines = createLines({
		rooms,
		log: pino({ level: "silent" }),
		addressOf: () => "sip:room.lobby@example.com",
		giveUp() {
			for (const { answer } of out) answer(408);
		},
		send: ({ user, body }) =>
			new Promise<Answered>((resolve) => {
				const answer = (status: number, sent = true) =>
					resolve({ status, retryAfterMs: 0, sent });
				out.push({ user, body, answer });
			}),
	});
	return {
		lines,
		backlog,
		out,
		claims,
		ended,
		released: () => released,
		/** Another node sends from now on. */
		loseAll: () => {
			mine = false;
		},
		said: (...texts: string[]) => backlog.set(alice, texts),
		sent: (count: number) =>
			until(() => out.length >= count, { what: `MESSAGE ${count}` }),
	};
}

const asked = (body: string) => ({
	from: { name: "Lobby", uri: "sip:room.lobby@example.com" },
	type: "text/plain",
	body,
});

describe("what waits for a phone", () => {
	let lines: Lines | undefined;
	afterEach(() => lines?.close());

	it("goes out one at a time: what was asked for first, then what is said", async () => {
		const set = setUp();
		({ lines } = set);
		set.said("one", "two");
		lines.put(alice, [asked("help"), asked("more")]);
		for (const at of [1, 2, 3, 4]) {
			await set.sent(at);
			equal(set.out.length, at);
			set.out[at - 1]?.answer(200);
		}
		deepEqual(
			set.out.map(({ body }) => body),
			["help", "more", "Bob: one", "Bob: two"],
		);
	});

	it("goes to many at the same time", async () => {
		const set = setUp();
		({ lines } = set);
		for (const at of Array.from({ length: 300 }, (_, index) => index)) {
			set.backlog.set(`sip:u${at}@example.com` as UserUri, ["hello"]);
		}
		await lines.look();
		await set.sent(200);
		equal(set.out.length, 200);
		for (const { answer } of set.out) answer(200);
		await set.sent(300);
		for (const { answer } of set.out) answer(200);
		equal(new Set(set.out.map(({ user }) => user)).size, 300);
	});

	it("is bounded", async () => {
		const set = setUp();
		({ lines } = set);
		const many = (count: number) =>
			Array.from({ length: count }, () => asked("x"));
		equal(lines.put(alice, many(199)), true);
		equal(lines.isFull(alice), false);
		equal(lines.put(alice, many(300)), true);
		equal(lines.isFull(alice), true);
		equal(lines.put(alice, many(1)), false);
	});

	it("waits when he is not there, and goes out when he is", async () => {
		const set = setUp();
		({ lines } = set);
		set.said("one");
		await lines.look();
		await set.sent(1);
		set.out[0]?.answer(480);
		await until(() => set.claims.includes(5_000), { what: "a longer claim" });
		await lines.look();
		equal(set.out.length, 1);
		lines.there(alice);
		await set.sent(2);
		equal(set.out[1]?.body, "Bob: one");
		set.out[1]?.answer(200);
		await until(() => set.backlog.size === 0, { what: "the end of it" });
	});

	for (const whose of ["nobody's", "another node's"] as const) {
		it(`is looked for no more when what could not be sent is ${whose} now`, async () => {
			const set = setUp();
			({ lines } = set);
			set.said("one");
			await lines.look();
			await set.sent(1);
			set.out[0]?.answer(480);
			await until(() => set.claims.includes(5_000), { what: "a longer claim" });
			set.backlog.clear();
			if (whose === "another node's") set.loseAll();
			const before = set.claims.length;
			lines.there(alice);
			await until(() => set.claims.length > before, { what: "a look" });
			await setImmediate();
			const after = set.claims.length;
			await lines.look();
			await setImmediate();
			equal(set.claims.length, after);
		});
	}

	it("is left to other nodes where this one does not know where he is", async () => {
		const set = setUp();
		({ lines } = set);
		set.said("one");
		await lines.look();
		await set.sent(1);
		set.out[0]?.answer(480, false);
		await until(() => set.claims.at(-1) === 0, { what: "a claim given back" });
	});

	it("is passed over when he refuses it", async () => {
		const set = setUp();
		({ lines } = set);
		set.said("one", "two");
		await lines.look();
		await set.sent(1);
		set.out[0]?.answer(415);
		await set.sent(2);
		equal(set.out[1]?.body, "Bob: two");
		deepEqual(set.ended, []);
	});

	it("is over when there is nobody any more, or nobody was there for a day", async () => {
		const gone = setUp();
		({ lines } = gone);
		gone.said("one");
		await lines.look();
		await gone.sent(1);
		gone.out[0]?.answer(404);
		await until(() => gone.ended.length === 1, { what: "his parting" });
		await lines.close();
		const away = setUp({ failedMs: day });
		({ lines } = away);
		away.said("one");
		await lines.look();
		await away.sent(1);
		away.out[0]?.answer(480);
		await until(() => away.ended.length === 1, { what: "his parting" });
	});

	it("is looked for only where somebody takes part by MESSAGE", async () => {
		const set = setUp();
		({ lines } = set);
		const posted = (room: RoomId) => {
			const message = { room } as Message;
			return set.lines.concerns({ type: "posted", message });
		};
		equal(posted(lobby.id), false);
		await lines.look();
		equal(posted(lobby.id), true);
		const other = "other" as RoomId;
		equal(posted(other), false);
		lines.joined(other);
		equal(posted(other), true);
	});

	it("ends with the service: what is out is waited for, claims are given back", async () => {
		const set = setUp();
		({ lines } = set);
		set.said("one", "two");
		await lines.look();
		await set.sent(1);
		const closing = lines.close();
		set.out[0]?.answer(200);
		await closing;
		deepEqual(set.backlog.get(alice), ["two"]);
		equal(set.out.length, 1);
		equal(set.released(), 1);
		ok(!lines.put(alice, [asked("late")]));
	});
});
