/** What becomes of requests that wait for their turn in their session. */
import { deepEqual, equal, match } from "node:assert/strict";
import { pino } from "pino";
import { createDispatcher } from "../../plugin/commands/dispatch.ts";
import type { Asked } from "../../plugin/load/index.ts";
import { createPacing } from "../../plugin/load/pacing.ts";
import type { Rooms } from "../../plugin/rooms/index.ts";
import type { RoomId, SessionId } from "../../plugin/rooms/types.ts";
import {
	createSession,
	createSessions,
	type Outlet,
	type Session,
} from "../../plugin/sessions/index.ts";
import {
	addCategory,
	type Domain,
	openDomain,
	operator,
} from "../support/domain.ts";

const post = (room: RoomId, envid: number) =>
	`<xccos ver="1" envid="${envid}" xmlns="urn:parlano:xml:ns:xccos"><grpchat id="grpchat" seqid="1" chanUri="ma-chan://example.com/${room}" author="sip:alice@example.com" ts="2026-11-22T10:02:46Z"><chat>text ${envid}</chat></grpchat></xccos>`;

describe("the dispatcher", () => {
	let domain: Domain;
	let session: Session;
	let room: RoomId;
	let nowMs = 0;
	let refused: readonly Asked[] = [];
	const bodies: string[] = [];
	/** By which the client takes answers that are paced. */
	const taking: (() => void)[] = [];
	const outlet: Outlet = {
		callId: "call",
		frameBytes: 3_500,
		send: (body) => bodies.push(body),
		notify: () => {},
		reply({ parts, taken }) {
			bodies.push(...parts.map(({ body }) => body));
			if (taken !== undefined) taking.push(taken);
		},
		revise: () => {},
	};

	beforeEach(async () => {
		bodies.length = 0;
		taking.length = 0;
		refused = [];
		domain = await openDomain();
		const alice = await domain.person("alice");
		const category = await addCategory(domain);
		const record = await domain.rooms.createRoom(operator, {
			name: "A room",
			category: category.id,
			privacy: "open",
		});
		room = record.room.id;
		session = createSession("s1" as SessionId, alice, outlet);
	});
	afterEach(() => domain.close());

	function dispatcher(
		rooms: Rooms = domain.rooms,
		log = pino({ level: "silent" }),
	) {
		const sessions = createSessions({
			domain: "example.com",
			log,
			between: async () => [],
			newContentEveryMs: 5_000,
			hear: () => () => {},
			roomsFollowed: async () => [],
			newContent: async () => ({ unread: new Map() }),
		});
		sessions.add(session);
		if (session.device === undefined) sessions.enter(session, room);
		return createDispatcher(
			{
				load: { refuses: (asked) => refused.includes(asked) },
				pacing: createPacing(1),
				sessions,
				rooms,
				onOtherAuthor: () => {},
				now: () => new Date(),
				log,
				signInLink: async () => ({ url: "", expiresAt: new Date() }),
				service: {
					domain: "example.com",
					poolUri: "sip:persistentchat@example.com",
					nextChannel: () => "sip:channel@example.com",
					rootUri: "ma-cat://example.com/root",
					displayName: "",
					databaseId: "",
					searchResults: 999,
					messageBytes: 4_000,
					storyBytes: 9_000,
					fileServiceUrl: () => undefined,
				},
			},
			() => nowMs,
		);
	}

	it("refuses a message that has waited for five seconds, and stores nothing of it", async () => {
		const { dispatch, settled } = dispatcher();
		const first = dispatch(session, post(room, 1));
		const second = dispatch(session, post(room, 2));
		nowMs += 5_001;
		const third = dispatch(session, post(room, 3));
		equal((await first).status, 503);
		const late = await second;
		deepEqual([late.status, late.retryAfterSeconds], [503, 5]);
		match(late.reason ?? "", /waited? too long|had to wait too long/);
		equal((await third).status, 200);
		await settled(session);
		match(
			bodies[0] ?? "",
			/<commandid seqid="1" envid="1"\/><resp code="503">/,
		);
		const kept = await domain.store.messages.between(room, 0, 10);
		deepEqual(
			kept.map(({ text }) => text),
			["text 3"],
		);
	});

	it("logs what fails when a device that came back is let in, and goes on", async () => {
		const { actor } = session;
		const earlier = "s0" as SessionId;
		await domain.rooms.join(actor, earlier, [room], false, "device");
		const heard = new Map([[room, 0]]);
		await domain.rooms.part(actor, earlier, [room], {
			device: "device",
			heard,
		});
		const notify = () => {
			throw new Error("no way out");
		};
		session = createSession(
			"s2" as SessionId,
			actor,
			{ ...outlet, notify },
			{ device: { key: "device", free: async () => {} } },
		);
		const rooms: Rooms = {
			...domain.rooms,
			async join(...asked) {
				// Something happens in the room, and waits until it is entered.
				session.feeds.get(room)?.notify({ id: "ntc:any", blocks: [] });
				return await domain.rooms.join(...asked);
			},
		};
		const logged: string[] = [];
		const write = (line: string) => logged.push(JSON.parse(line).msg);
		const log = pino({ level: "error" }, { write });
		const { dispatch, settled } = dispatcher(rooms, log);
		equal((await dispatch(session, post(room, 1))).status, 403);
		await settled(session);
		deepEqual(logged, ["session not welcomed"]);
		equal((await dispatch(session, post(room, 2))).status, 200);
	});

	const command = (envid: number, id: string, data: string) =>
		`<xccos ver="1" envid="${envid}" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:${id}" seqid="1"><data>${data}</data></cmd></xccos>`;

	it("answers the next bjoin when the client has taken the answer to the one before it", async () => {
		const { dispatch, settled } = dispatcher();
		const chanid = `<chanid key="0" domain="example.com" value="${room}"/>`;
		await dispatch(session, command(1, "bjoin", chanid));
		await settled(session);
		await dispatch(session, command(2, "bjoin", chanid));
		equal(bodies.length, 1);
		taking[0]?.();
		await settled(session);
		match(bodies[1] ?? "", /rpl:bjoin.*envid="2"/);
		taking[1]?.();
	});

	it("refuses what there is too much of, but nobody who leaves a room", async () => {
		refused = ["post", "command"];
		const { dispatch, settled } = dispatcher();
		const asked = await dispatch(session, post(room, 1));
		deepEqual([asked.status, asked.retryAfterSeconds], [503, 5]);
		const part = `<chanib uri="ma-chan://example.com/${room}"/>`;
		for (const [envid, id, data, status] of [
			[2, "getserverinfo", "", 503],
			[3, "part", part, 200],
		] as const) {
			const told = await dispatch(session, command(envid, id, data));
			equal(told.status, status);
		}
		await settled(session);
		deepEqual(
			bodies.map((body) => /id="(rpl:[a-z]+)"/.exec(body)?.[1]),
			["rpl:part"],
		);
	});

	it("takes one that has waited for less", async () => {
		const { dispatch } = dispatcher();
		const one = dispatch(session, post(room, 1));
		nowMs += 5_000;
		equal((await one).status, 200);
	});
});
