/** Events between nodes: what is sent is what is heard, what is not known is ignored, what is wrong is told to nobody. */
import { deepEqual, equal, throws } from "node:assert/strict";
import {
	decodePayload,
	encodeEvent,
	encodeMissed,
	maxPayloadCharacters,
} from "../../plugin/cluster/event-format.ts";
import type { RoomEvent } from "../../plugin/rooms/events.ts";
import type {
	CategoryId,
	Message,
	Participant,
	Principal,
	Room,
	RoomId,
	UserUri,
} from "../../plugin/rooms/types.ts";

const room = "00000000-0000-4000-8000-000000000001" as RoomId;
const uri = "sip:alice@example.com" as UserUri;
const user = { uri, displayName: "Alice", guid: "g" };
const at = new Date(1_700_000_000_123);
const standing = {
	inScope: true,
	administrator: false,
	member: true,
	manager: false,
	presenter: false,
};
const participants: readonly Participant[] = [{ user, standing }];
const message: Message = {
	room,
	text: "héllo",
	alert: true,
	extras: { attributes: { a: "1" }, children: ["<rtf/>"] },
	key: "k",
	sequence: 7,
	author: { uri, displayName: "Alice" },
	postedAt: at,
	replaced: { at, by: "Erin" },
};
const wholeRoom: Room = {
	id: room,
	name: "Lobby",
	description: "",
	category: {
		id: "00000000-0000-4000-8000-000000000009" as CategoryId,
		name: "General",
		description: "",
		invitations: true,
		files: true,
		history: true,
		compliance: "open",
		retainDays: 30,
	},
	privacy: "open",
	type: "normal",
	invitations: "inherit",
	disabled: false,
	addIn: { name: "Board", url: "https://board.example.com" },
	alias: "lobby",
	createdBy: "Erin",
	createdAt: at,
	updatedBy: "Erin",
	updatedAt: at,
	lastSequence: 7,
	revision: 2,
};

const samples: { [T in RoomEvent["type"]]: Extract<RoomEvent, { type: T }> } = {
	posted: { type: "posted", message },
	joined: {
		type: "joined",
		rooms: [{ room, type: "normal", standing }],
		user,
		batch: true,
	},
	parted: { type: "parted", rooms: [room], user },
	moved: { type: "moved", rooms: [room], user: uri, arrived: true },
	changed: {
		type: "changed",
		summary: { room: wholeRoom, participantCount: 3 },
	},
	standing: {
		type: "standing",
		room,
		roomType: "auditorium",
		participants,
		rosterHidden: false,
	},
	kicked: {
		type: "kicked",
		room,
		why: "the room is gone",
		users: [user],
		rosterHidden: true,
	},
	narrowed: { type: "narrowed", room },
	roster: { type: "roster", room, roomType: "normal", participants },
	rosterHidden: { type: "rosterHidden", room },
	deleted: { type: "deleted", room, sequences: [1, 2] },
	replaced: { type: "replaced", room, sequences: [3], text: "new" },
	invited: {
		type: "invited",
		room,
		principals: ["domain:example.com" as Principal],
		at,
	},
	presence: {
		type: "presence",
		user: uri,
		changed: [{ name: "state", instance: 1, container: 2 ** 32 - 1 }],
		by: { contact: "<sip:a>" },
	},
	policy: { type: "policy", users: [uri] },
};

describe("an event on its way to another node", () => {
	for (const event of Object.values(samples)) {
		it(`is heard as it was sent: ${event.type}`, () => {
			deepEqual(decodePayload(encodeEvent("run", event) ?? ""), {
				kind: "event",
				event,
			});
		});
	}

	it("says when something of its sender was missed", () => {
		deepEqual(decodePayload(encodeMissed("run")), { kind: "missed" });
	});

	it("is ignored when its version or its type is not known here, and so are fields", () => {
		equal(decodePayload('{"v":2,"n":"r","e":{"type":"policy"}}'), undefined);
		equal(decodePayload('{"v":1,"n":"r","e":{"type":"sung"}}'), undefined);
		equal(decodePayload('{"v":1,"n":"r","e":null}'), undefined);
		deepEqual(
			decodePayload('{"v":1,"n":"r","x":1,"e":{"type":"policy","y":[2]}}'),
			{ kind: "event", event: { type: "policy" } },
		);
	});

	it("is told to nobody when it is not as it should be", () => {
		const wrong = [
			"no JSON",
			'{"v":1,"n":"r","e":{"type":"posted","message":{}}}',
			'{"v":1,"n":"r","e":{"type":"deleted","room":7,"sequences":[1]}}',
			'{"v":1,"n":"r","e":{"type":"deleted","room":"r","sequences":[-1]}}',
			`{"v":1,"n":"r","e":{"type":"invited","room":"r","principals":[],"at":"then"}}`,
			`{"v":1,"e":{"type":"policy","x":"${"x".repeat(maxPayloadCharacters)}"}}`,
		];
		for (const each of wrong) throws(() => decodePayload(each));
	});

	it("is not sent when it is too large", () => {
		const text = "x".repeat(maxPayloadCharacters);
		equal(encodeEvent("run", { ...samples.replaced, text }), undefined);
	});
});
