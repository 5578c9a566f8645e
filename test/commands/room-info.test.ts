import { deepEqual, equal, ok } from "node:assert/strict";
import type { ServiceInfo } from "../../plugin/commands/command.ts";
import {
	encodeRoomInfo,
	type RoomInfo,
} from "../../plugin/commands/room-info.ts";
import type { Category, Principal, RoomId } from "../../plugin/rooms/types.ts";
import { optionalAttribute, sizeOf } from "../../plugin/xccos/xml.ts";

const service = { domain: "example.com" } as ServiceInfo;
const budget = { frameBytes: 3_500, bodyBytes: 11_150 };

function info(members: number, text = "x"): RoomInfo {
	const member = Array.from(
		{ length: members },
		(_, n) => `sip:user-${n}@example.com` as Principal,
	);
	return {
		participantCount: 0,
		roles: { member, manager: [], presenter: [] },
		names: new Map(),
		room: {
			id: "00000000-0000-4000-8000-000000000001" as RoomId,
			name: text.repeat(256),
			description: text.repeat(256),
			category: { id: "c", history: true } as unknown as Category,
			privacy: "closed",
			type: "normal",
			invitations: "inherit",
			disabled: false,
			addIn: {
				name: text.repeat(256),
				url: `https://example.com/?${"&".repeat(1_000)}`,
			},
			createdBy: "sip:a@example.com",
			createdAt: new Date(0),
			updatedBy: "sip:a@example.com",
			updatedAt: new Date(0),
			lastSequence: 0,
			revision: 0,
		},
	};
}

describe("the answer to cmd:chaninfo", () => {
	it("goes on with a long list in the next part, in order, each part within a frame", () => {
		const { parts } = encodeRoomInfo(info(1_000), { service }, budget);
		ok(parts.length > 10);
		for (const part of parts.slice(1)) ok(sizeOf(...part) <= budget.frameBytes);
		const uris = parts
			.flat()
			.filter(({ name }) => name === "members")
			.flatMap(({ nodes }) => nodes)
			.map((node) =>
				typeof node === "object" && "name" in node
					? optionalAttribute(node, "uri")
					: "",
			);
		deepEqual(uris, info(1_000).roles?.member);
	});

	it("has an empty list where nobody has the role", () => {
		const { parts } = encodeRoomInfo(info(0), { service }, budget);
		deepEqual(
			parts.flat().map(({ name }) => name),
			["chanib", "members", "managers", "presenters"],
		);
	});

	it("fits one body even if every text of the room is as long as it may be, and needs escaping", () => {
		const { parts } = encodeRoomInfo(info(0, '"'), { service }, budget);
		equal(parts[0]?.length, 1);
		ok(sizeOf(...(parts[0] ?? [])) <= budget.bodyBytes);
	});
});
