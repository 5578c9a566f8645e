/** Ways to take from somebody what lets him be in a room, or use persistent chat at all: for tests of how that is felt. */
import { randomUUID } from "node:crypto";
import type {
	Actor,
	CategoryRecord,
	GroupId,
	Principal,
	RoomRecord,
} from "../../plugin/rooms/types.ts";
import {
	addCategory,
	type Domain,
	enter,
	operator,
	principalOf,
} from "./domain.ts";

/** Bob, who is in the room because he is in the crew. */
export interface Walls {
	readonly category: CategoryRecord;
	readonly room: RoomRecord;
	readonly crew: Principal;
	readonly bob: Actor;
}

export async function buildWalls(domain: Domain, name: string): Promise<Walls> {
	const bob = await domain.person(name);
	const { id } = await domain.rooms.createGroup(operator, randomUUID(), [
		principalOf(bob),
	]);
	const crew = `group:${id}` as Principal;
	const category = await addCategory(domain);
	const room = await domain.rooms.createRoom(operator, {
		name: randomUUID(),
		category: category.id,
		roles: { member: [crew] },
	});
	await enter(domain, bob, room);
	return { category, room, crew, bob };
}

export type Taking = (domain: Domain, walls: Walls) => Promise<unknown>;

/** Each takes from bob what lets him be in the room. */
export const takings: Readonly<Record<string, Taking>> = {
	"a category's denial": ({ rooms }, { category, bob }) =>
		rooms.changeCategory(operator, category.id, { denied: [principalOf(bob)] }),
	"a role taken away": ({ rooms }, { room, crew }) =>
		rooms.changeRoom(operator, room.room.id, {
			roles: { member: { remove: [crew] } },
		}),
	"a room disabled": ({ rooms }, { room }) =>
		rooms.changeRoom(operator, room.room.id, {
			properties: { disabled: true },
		}),
	"a group he is taken out of": ({ rooms }, { crew, bob }) =>
		rooms.changeGroup(operator, groupOf(crew), { remove: [principalOf(bob)] }),
	"a group removed": ({ rooms }, { crew }) =>
		rooms.removeGroup(operator, groupOf(crew)),
	"an account removed": ({ rooms }, { bob }) =>
		rooms.removeUser(operator, bob.uri),
	"a room removed": ({ rooms }, { room }) =>
		rooms.removeRoom(operator, room.room.id),
};

/** After each bob may not use persistent chat any more. */
export const dismissals: Readonly<Record<string, Taking>> = {
	"a policy that turns him off": ({ rooms }, { bob }) =>
		rooms.setPolicy(operator, { scope: bob.uri, enabled: false, admit: false }),
	"an account switched off": ({ rooms }, { bob }) =>
		rooms.changeUser(operator, bob.uri, { active: false }),
	"an account removed": ({ rooms }, { bob }) =>
		rooms.removeUser(operator, bob.uri),
};

function groupOf(crew: Principal): GroupId {
	return crew.slice("group:".length) as GroupId;
}
