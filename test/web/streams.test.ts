/** How many event streams there may be, and what a change of policy costs those who have one. */
import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { pino } from "pino";
import type { UserUri, WebSession } from "../../plugin/index.ts";
import type { RoomEvent } from "../../plugin/rooms/events.ts";
import { DoorError } from "../../web/errors.ts";
import type { EventStream } from "../../web/events/stream.ts";
import { createStreams, most, type Streams } from "../../web/events/streams.ts";
import { until } from "../support/until.ts";

const uriOf = (number: number) => `sip:user-${number}@example.com` as UserUri;
const session = (id: string, user: UserUri): WebSession => {
	const at = new Date();
	const endsAt = new Date(at.getTime() + 3_600_000);
	return { id, user, begunAt: at, seenAt: at, endsAt };
};

describe("event streams of a node", () => {
	let streams: Streams;
	let opened: EventStream[];
	let tell: (event: RoomEvent) => void;
	/** What the database is asked for, as many users at a time. */
	let asked: number[];
	let enabled: (users: readonly UserUri[]) => Promise<ReadonlySet<UserUri>>;

	beforeEach(() => {
		opened = [];
		asked = [];
		enabled = async (users) => new Set(users);
		streams = createStreams({
			accounts: {
				enabled(users) {
					asked.push(users.length);
					return enabled(users);
				},
				webSessions: { living: async (ids) => [...ids], seen: async () => {} },
			},
			onEvent(listener) {
				tell = listener;
				return () => {};
			},
			log: pino({ level: "silent" }),
			now: () => new Date(),
		});
	});
	afterEach(async () => {
		await streams.close();
		for (const { body } of opened) body.destroy();
	});

	function open(user: number, browser = 0): EventStream {
		const one = session(`${user}-${browser}`, uriOf(user));
		const stream = streams.open(one, () => {});
		opened.push(stream);
		return stream;
	}
	/** One for each of so many users. */
	const openFor = (users: number) =>
		Array.from({ length: users }, (_, user) => open(user));
	const refused = (act: () => void) =>
		throws(act, (error: unknown) => {
			return error instanceof DoorError && error.reason === "too-often";
		});

	it("are bounded for each user, however many browsers he has", () => {
		for (let count = 0; count < most.ofUser; count += 1) open(1, count);
		refused(() => open(1, most.ofUser));
		open(2).end("stopping");
		opened[0]?.end("stopping");
		open(1, most.ofUser);
		equal(streams.count(), most.ofUser);
	});

	it("are bounded for all users together", () => {
		openFor(most.here);
		refused(() => open(most.here));
		opened[0]?.end("stopping");
		open(most.here);
		equal(streams.count(), most.here);
	});

	it("are asked about by 200 users at a time, and others have their turn in between", async () => {
		const all = openFor(1_000);
		enabled = async (users) => new Set(users.filter((one) => one !== uriOf(7)));
		let turns = 0;
		let over = false;
		const count = () => {
			turns += 1;
			if (!over) setImmediate(count);
		};
		setImmediate(count);
		tell({ type: "policy" });
		await until(() => asked.length === 5, { what: "all asked about" });
		over = true;
		deepEqual(asked, [200, 200, 200, 200, 200]);
		ok(turns >= 4, `${turns} turns`);
		deepEqual(
			all.flatMap((stream, user) => (stream.isOver() ? [user] : [])),
			[7],
		);
	});

	it("end when it cannot be known whether they may go on, but for those of whom it was", async () => {
		const all = openFor(300);
		enabled = async (users) => {
			if (users.length < 200) throw new Error("The database is away");
			return new Set(users);
		};
		tell({ type: "policy" });
		await until(() => streams.count() === 200, { what: "the rest ended" });
		ok(all.slice(0, 200).every((stream) => !stream.isOver()));
	});
});
