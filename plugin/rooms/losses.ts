/**
 * Who would lose what by a change: the same question asked of things as they are and as they would be. It is told what would
 * be other (`Supposed`), whatever the change is. Changes nothing.
 */
import { isDeepStrictEqual } from "node:util";
import { giveTurn } from "../turns.ts";
import { belongs } from "./access.ts";
import { known, type Person, peopleOf } from "./concerned.ts";
import type { Supposition } from "./directory.ts";
import {
	isIn,
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

/** `onRoom`: called with the number of rooms looked at. `gone`: ends the looking, with its reason. */
export async function lossesBy(
	work: RoomsWork,
	supposed: Supposed,
	onRoom: (looked: number) => void = () => {},
	gone?: AbortSignal,
): Promise<Losses> {
	const losses: Loss[] = [];
	let more = 0;
	let looked = 0;
	if (isAsBefore(supposed)) return { losses, more, cut: false };
	const people = await peopleOf(work, supposed, () => gone?.throwIfAborted());
	if (supposed.of === "directory" && people.size === 0) {
		return { losses, more, cut: false };
	}
	const candidates = candidatesAmong(supposed, people);
	for await (const place of placesOf(work, supposed)) {
		const { id, name } = place.room;
		const others = await othersIn(work, supposed, people, place);
		for (const person of [...(await candidates(place)), ...others]) {
			await giveTurn();
			const was = lost(place, person);
			if (was.length === 0) continue;
			const principal = person.user as string as Principal;
			if (losses.length === maxLosses) more += 1;
			else losses.push({ room: { id, name }, principal, was });
		}
		if (more >= maxCounted) return { losses, more: maxCounted, cut: true };
		looked += 1;
		onRoom(looked);
		gone?.throwIfAborted();
		await giveTurn();
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
): (place: Place) => Promise<Iterable<Person>> {
	if (supposed.of === "room") return async () => people.values();
	const holding = holdersAmong(people);
	const leaving = new Map<Judged["inScope"], readonly Person[]>();
	const leave = async ({ before, after }: Place) => {
		const known = leaving.get(before.inScope);
		if (known !== undefined || after === undefined) return known ?? [];
		const found: Person[] = [];
		for (const person of people.values()) {
			await giveTurn();
			if (isIn(before, person.before) && !isIn(after, person.after)) {
				found.push(person);
			}
		}
		leaving.clear();
		leaving.set(before.inScope, found);
		return found;
	};
	return async (place) => {
		const found = new Set<Person>();
		for (const role of roleNames) {
			for (const principal of place.before.roles[role]) {
				for (const each of await holding(principal)) found.add(each);
			}
		}
		for (const user of place.present) {
			const person = people.get(user);
			if (person !== undefined) found.add(person);
		}
		if (place.before.privacy === "open") {
			for (const each of await leave(place)) found.add(each);
		}
		return found;
	};
}

/** Those who hold a domain or a group are looked for once, when a room first names it: rooms name few of all that people hold. */
function holdersAmong(
	people: ReadonlyMap<UserUri, Person>,
): (principal: Principal) => Promise<readonly Person[]> {
	const known = new Map<Principal, readonly Person[]>();
	return async (principal) => {
		const person = people.get(principal as string as UserUri);
		if (principal.startsWith("sip:")) return person ? [person] : [];
		const before = known.get(principal);
		if (before !== undefined) return before;
		const found: Person[] = [];
		for (const each of people.values()) {
			await giveTurn();
			if (each.before.principals.includes(principal)) found.push(each);
		}
		known.set(principal, found);
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
