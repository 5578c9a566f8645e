/** Which rooms there are: those that one may see, has a role in or follows; and who is in one. */
import { element, optionalAttribute } from "../plugin/xccos/xml.ts";
import type { Ask } from "./ask.ts";
import type { FollowedRoom, ParticipantPage, RoomInfo } from "./types.ts";
import { readFollowed, readJoins, readRooms } from "./xccos/blocks.ts";
import { isTrue, named } from "./xccos/read.ts";

/** Rooms whose name has all the words; all of them without words. */
export async function findRooms(
	ask: Ask,
	words: string,
): Promise<readonly RoomInfo[]> {
	const parts = await ask(
		"chansrch",
		element("qib", { qtype: "BYNAME", criteria: words, extended: "false" }),
	);
	return parts.flatMap((part) => readRooms(part.data));
}

/** Rooms of exactly this name, else those that differ in letter case. */
export async function findRoomsNamed(
	ask: Ask,
	name: string,
): Promise<readonly RoomInfo[]> {
	const found = await findRooms(ask, name);
	const same = found.filter((room) => room.name === name);
	if (same.length > 0) return same;
	const wanted = name.toLowerCase();
	return found.filter((room) => room.name.toLowerCase() === wanted);
}

/** What associations are asked for. */
export interface AssociationScope {
	/** Of the service. */
	readonly domain: string;
	readonly limit: number;
}

export async function roomsWithRole(
	ask: Ask,
	type: "MEMBER" | "MANAGER",
	scope: AssociationScope,
): Promise<readonly RoomInfo[]> {
	const parts = await associations(ask, type, scope);
	return parts.flatMap((part) => readRooms(part.data));
}

export async function followedRooms(
	ask: Ask,
	scope: AssociationScope,
): Promise<readonly FollowedRoom[]> {
	const parts = await associations(ask, "FOLLOWED", scope);
	return parts.flatMap((part) => readFollowed(part.data));
}

function associations(
	ask: Ask,
	type: string,
	{ domain, limit }: AssociationScope,
): ReturnType<Ask> {
	return ask(
		"getassociations",
		element("association", { domain, type, maxResults: limit }),
	);
}

/** As many as `limit`, after the URI `after`. */
export async function readParticipants(
	ask: Ask,
	room: string,
	{ after, limit = 100 }: { after?: string; limit?: number },
): Promise<ParticipantPage> {
	const parts = await ask(
		"getparticipants",
		element("chanib", { uri: room }),
		element("page", { after, maxResults: limit }),
	);
	const data = parts.flatMap((part) => part.data);
	const [info] = readRooms(data);
	const [page] = named(data, "page");
	const people = readJoins(data).map(({ person }) => person);
	return {
		people,
		count: info?.participantCount ?? people.length,
		more: isTrue(page && optionalAttribute(page, "moreAvailable")),
	};
}
