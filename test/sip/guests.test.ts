/** Open dialogs: which of them have been idle for too long. */
import { deepEqual } from "node:assert/strict";
import { pino } from "pino";
import type { SessionId, UserUri } from "../../plugin/rooms/types.ts";
import { createSession, createSessions } from "../../plugin/sessions/index.ts";
import type { ChatDialog } from "../../plugin/sip/dialog.ts";
import { createGuests, type Guest } from "../../plugin/sip/guests.ts";

describe("an open dialog", () => {
	it("ends when its client has been idle for longer than the B2BUA may keep it, and no other does", () => {
		const guests = createGuests(
			createSessions({
				domain: "example.com",
				log: pino({ level: "silent" }),
				between: async () => [],
				newContentEveryMs: 100,
				hear: () => () => {},
				roomsFollowed: async () => [],
				newContent: async () => ({ unread: new Map() }),
			}),
			{ part: () => {}, free: async () => {}, close: async () => {} },
		);
		const ended: string[] = [];
		const add = (name: string, idleMs: number, maxIdleMs?: number) => {
			const dialog = {
				callId: name,
				idleMs: () => idleMs,
				end: (reason: string) => ended.push(`${name}: ${reason}`),
			} as unknown as ChatDialog;
			const uri = `sip:${name}@example.com` as UserUri;
			guests.add({
				session: createSession(
					name as SessionId,
					{ uri, displayName: name, guid: name },
					dialog,
				),
				dialog,
				socket: {} as Guest["socket"],
				device: undefined,
				maxIdleMs,
			});
		};
		add("quiet", 60_001, 60_000);
		add("busy", 59_000, 60_000);
		add("direct", 9_999_999);
		guests.endIdle();
		deepEqual(ended, ["quiet: idle"]);
	});
});
