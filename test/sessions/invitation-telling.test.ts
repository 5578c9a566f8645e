/** Who is told of new memberships while he is here. */
import { deepEqual, equal } from "node:assert/strict";
import { pino } from "pino";
import type { RoomEvent } from "../../plugin/rooms/events.ts";
import type {
	CategoryId,
	Invitation,
	Principal,
	RoomId,
	SessionId,
	UserUri,
} from "../../plugin/rooms/types.ts";
import {
	createInvitationTelling,
	createSession,
	type Session,
	tellInvited,
} from "../../plugin/sessions/index.ts";
import { until } from "../support/until.ts";

const at = new Date(0);
const room = "r" as RoomId;
const invitation: Invitation = {
	serial: 2,
	grantedAt: at,
	invitedAt: at,
	room: {
		participantCount: 0,
		room: {
			id: room,
			name: "Room",
			description: "",
			category: {
				id: "c" as CategoryId,
				name: "General",
				description: "",
				invitations: true,
				files: false,
				history: true,
				compliance: "open",
				retainDays: null,
			},
			privacy: "closed",
			type: "normal",
			invitations: "inherit",
			disabled: false,
			createdBy: "test",
			createdAt: at,
			updatedBy: "test",
			updatedAt: at,
			lastSequence: 0,
			revision: 0,
		},
	},
};
const group = "group:all" as Principal;
const invited: RoomEvent = { type: "invited", room, principals: [group], at };

function setUp(users: readonly string[]) {
	const told: string[] = [];
	const asked: string[] = [];
	const sizes: number[] = [];
	const session = (name: string, index: number): Session =>
		createSession(
			`${index}` as SessionId,
			{ uri: name as UserUri, displayName: name, guid: name },
			{
				callId: `${index}`,
				frameBytes: 3_500,
				send: () => {},
				notify: ({ id }) => told.push(`${id} ${name}`),
				reply: () => {},
				revise: () => {},
			},
		);
	const here = users.map(session);
	const telling = createInvitationTelling<Session>({
		log: pino({ level: "silent" }),
		sessions: () => here,
		tell: tellInvited("example.com"),
		async holding(some) {
			sizes.push(some.length);
			return some.filter((user) => !user.startsWith("stranger"));
		},
		async invitationTo({ uri }) {
			asked.push(uri);
			return uri.startsWith("told") ? undefined : invitation;
		},
	});
	return { telling, told, asked, sizes };
}

describe("new memberships", () => {
	it("are told to every session of those who hold them, asked for once a user", async () => {
		const { telling, told, asked } = setUp(["a", "b", "a", "stranger", "told"]);
		telling.deliver(invited);
		await until(() => asked.length === 3, { what: "the last one" });
		await telling.close();
		deepEqual(told, ["ntc:inv a", "ntc:inv a", "ntc:inv b"]);
		deepEqual(asked, ["a", "b", "told"]);
	});

	it("of a group of 1,000 are told by and by, 200 looked at by one question", async () => {
		const many = Array.from({ length: 1_000 }, (_, index) => `user-${index}`);
		const { telling, told, sizes } = setUp(many);
		telling.deliver(invited);
		equal(told.length, 0);
		await until(() => told.length === 1_000, { what: "everybody told" });
		deepEqual(sizes, [200, 200, 200, 200, 200]);
		await telling.close();
	});

	it("are told to nobody any more once the node ends", async () => {
		const many = Array.from({ length: 1_000 }, (_, index) => `user-${index}`);
		const { telling, told } = setUp(many);
		telling.deliver(invited);
		telling.deliver(invited);
		await telling.close();
		const count = told.length;
		telling.deliver(invited);
		await telling.close();
		equal(told.length, count);
	});
});
