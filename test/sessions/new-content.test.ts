/** News of followed rooms while the node ends. */
import { deepEqual, equal } from "node:assert/strict";
import { pino } from "pino";
import type { NewContent } from "../../plugin/rooms/new-content.ts";
import type { RoomId, SessionId, UserUri } from "../../plugin/rooms/types.ts";
import { createSession } from "../../plugin/sessions/index.ts";
import { createFollowers } from "../../plugin/sessions/new-content.ts";
import { answerLater } from "../support/answer-later.ts";
import { until } from "../support/until.ts";

const rooms = ["a", "b"] as RoomId[];

describe("news of followed rooms", () => {
	it("are waited for when the node ends, and not begun any more", async () => {
		const asked: RoomId[] = [];
		const told: string[] = [];
		const answer = answerLater<NewContent>();
		const followers = createFollowers({
			domain: "example.com",
			log: pino({ level: "silent" }),
			newContentEveryMs: 1,
			hear: () => () => {},
			roomsFollowed: async () => rooms,
			newContent(room) {
				asked.push(room);
				return answer.promise;
			},
		});
		const uri = "sip:alice@example.com" as UserUri;
		const actor = { uri, displayName: "Alice", guid: "g" };
		const session = createSession("s" as SessionId, actor, {
			callId: "call",
			frameBytes: 3_500,
			send: () => {},
			notify: ({ id }) => told.push(id),
			reply: () => {},
			revise: () => {},
		});
		await followers.add(session);
		for (const room of rooms) followers.posted(room);
		await until(() => asked.length === 1, { what: "the first question" });
		let closed = false;
		const closing = followers.close().then(() => {
			closed = true;
		});
		await new Promise(setImmediate);
		equal(closed, false);
		answer.resolve({ unread: new Map() });
		await closing;
		followers.posted("b" as RoomId);
		await followers.close();
		deepEqual(asked, ["a"]);
		deepEqual(told, []);
	});

	it("whose followed rooms are being read are waited for too", async () => {
		const answer = answerLater<readonly RoomId[]>();
		const followers = createFollowers({
			domain: "example.com",
			log: pino({ level: "silent" }),
			newContentEveryMs: 1,
			hear: () => () => {},
			roomsFollowed: () => answer.promise,
			newContent: async () => ({ unread: new Map() }),
		});
		const uri = "sip:alice@example.com" as UserUri;
		const actor = { uri, displayName: "Alice", guid: "g" };
		const added = followers.add(
			createSession("s" as SessionId, actor, {
				callId: "call",
				frameBytes: 3_500,
				send: () => {},
				notify: () => {},
				reply: () => {},
				revise: () => {},
			}),
		);
		let closed = false;
		const closing = followers.close().then(() => {
			closed = true;
		});
		await new Promise(setImmediate);
		equal(closed, false);
		answer.resolve([]);
		await Promise.all([added, closing]);
	});
});
