/**
 * Who would lose what by a change: the same question asked of things as they are and as they would be. It is told what would
 * be other (`Supposed`), whatever the change is. Changes nothing.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { belongs } from "./access.ts";
import { known, type Person, peopleOf } from "./concerned.ts";
import type { Supposition } from "./directory.ts";
import {
	type Judged,
	nothing,
	type Place,
	placesOf,
	standingIn,
} from "./places.ts";
import { roleNames } from "./roles.ts";
import type {
	CategoryId,
	CategoryScope,
	Loss,
	Losses,
	Principal,
	Roles,
	Room,
	UserUri,
} from "./types.ts";
import type { RoomsWork } from "./work.ts";

export type Scope = Pick<CategoryScope, "allowed" | "denied">;

/** What decides who may do what in a room. */
export interface RoomState extends Pick<Room, "privacy" | "disabled"> {
	readonly roles: Roles;
	readonly scope: Scope;
}

export type Supposed =
	| {
			readonly of: "room";
			readonly room: Room;
			readonly before: RoomState;
			/** Absent: the room is gone. */
			readonly after?: RoomState;
	  }
	| {
			readonly of: "category";
			readonly category: CategoryId;
			readonly before: Scope;
			readonly after: Scope;
	  }
	| {
			readonly of: "directory";
			readonly supposing: Supposition;
			/** Nobody else's rights hang on it. */
			readonly concerned: readonly Principal[] | "everybody";
	  };

/** Losses that are kept; the rest is counted, up to so many: who turns everybody off is not to wait for their number. */
const maxLosses = 1_000;
const maxCounted = 100_000;

/** `onRoom`: called with the number of rooms looked at. */
export async function lossesBy(
	work: RoomsWork,
	supposed: Supposed,
	onRoom: (looked: number) => void = () => {},
): Promise<Losses> {
	const losses: Loss[] = [];
	let more = 0;
	let looked = 0;
	if (isAsBefore(supposed)) return { losses, more, cut: false };
	const people = await peopleOf(work, supposed);
	if (supposed.of === "directory" && people.size === 0) {
		return { losses, more, cut: false };
	}
	const candidates = candidatesAmong(supposed, people);
	for await (const place of placesOf(work, supposed)) {
		const { id, name } = place.room;
		const others = await othersIn(work, supposed, people, place);
		for (const person of [...candidates(place), ...others]) {
			const was = lost(place, person);
			if (was.length === 0) continue;
			const principal = person.user as string as Principal;
			if (losses.length === maxLosses) more += 1;
			else losses.push({ room: { id, name }, principal, was });
		}
		if (more >= maxCounted) return { losses, more: maxCounted, cut: true };
		looked += 1;
		onRoom(looked);
		await nextTurn();
	}
	return { losses, more, cut: false };
}

/**
 * Those of the people to be looked at in a room. Most have nothing in most rooms, so they are found by the roles; by an open
 * room all those whom its category is closed to from then on.
 */
function candidatesAmong(
	supposed: Supposed,
	people: ReadonlyMap<UserUri, Person>,
): (place: Place) => Iterable<Person> {
	if (supposed.of === "room") return () => people.values();
	const holding = new Map<Principal, Person[]>();
	for (const person of people.values()) {
		for (const principal of person.before.principals) {
			const known = holding.get(principal) ?? [];
			holding.set(principal, known);
			known.push(person);
		}
	}
	const leaving = new Map<Judged["inScope"], readonly Person[]>();
	const leave = ({ before, after }: Place) => {
		const known = leaving.get(before.inScope);
		if (known !== undefined || after === undefined) return known ?? [];
		const found = [...people.values()].filter(
			(person) =>
				standingIn(before, person.before).inScope &&
				!standingIn(after, person.after).inScope,
		);
		leaving.clear();
		leaving.set(before.inScope, found);
		return found;
	};
	return (place) => {
		const found = new Set<Person>();
		for (const role of roleNames) {
			for (const principal of place.before.roles[role]) {
				for (const each of holding.get(principal) ?? []) found.add(each);
			}
		}
		for (const user of place.present) {
			const person = people.get(user);
			if (person !== undefined) found.add(person);
		}
		if (place.before.privacy === "open") {
			for (const each of leave(place)) found.add(each);
		}
		return found;
	};
}

/** Most changes are of names and descriptions: for those nobody is looked at. */
function isAsBefore(supposed: Supposed): boolean {
	if (supposed.of === "directory") return supposed.concerned.length === 0;
	if (supposed.of === "room") {
		return isDeepStrictEqual(supposed.before, supposed.after);
	}
	const { before, after } = supposed;
	return (
		isDeepStrictEqual(before.allowed, after.allowed) &&
		isDeepStrictEqual(before.denied, after.denied)
	);
}

function lost({ before, after, present }: Place, person: Person): Loss["was"] {
	// What a disabled room's people have is what they have when it is enabled again.
	const shut = after?.disabled === true && !before.disabled;
	const had = standingIn(before, person.before);
	const has =
		after === undefined ? nothing : standingIn(after, person.after, shut);
	const self = person.user as string as Principal;
	const was: Loss["was"][number][] = roleNames.filter((role) => {
		// Whoever is named, but not in scope, has it to lose once he is named no more.
		const taken =
			before.roles[role].has(self) && after?.roles[role].has(self) !== true;
		return (had[role] || taken) && !has[role];
	});
	const stays = after !== undefined && !shut && belongs(after, has);
	if (present.has(person.user) && !stays) was.push("participant");
	if (was.length === 0 && belongs(before, had) && !stays) was.push("visitor");
	return was;
}

/** Those who are in the room of a category without being covered by it. */
async function othersIn(
	work: RoomsWork,
	supposed: Supposed,
	people: ReadonlyMap<UserUri, Person>,
	{ present }: Place,
): Promise<readonly Person[]> {
	if (supposed.of !== "category") return [];
	const others = [...present].filter((user) => !people.has(user));
	return known(work, supposed, others);
}
