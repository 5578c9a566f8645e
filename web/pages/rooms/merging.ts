/** Two people have changed the same room: what the other did, what of it collides, and both put together. */
import {
	type Draft,
	differs,
	type FieldName,
	fieldNames,
	missing,
} from "./draft.ts";
import { type Principal, type Role, roleNames } from "./room.ts";

export interface Merged {
	/** Theirs with what was typed here; what collides is as it was typed. */
	readonly draft: Draft;
	/** What they have changed. */
	readonly theirs: readonly TheirChange[];
	/** What both have changed, each to something else. */
	readonly collisions: readonly FieldName[];
}

export type TheirChange =
	| { readonly field: FieldName }
	| {
			readonly role: Role;
			readonly added: readonly Principal[];
			readonly removed: readonly Principal[];
	  };

/** `base` is what both have begun with. */
export function merge(base: Draft, mine: Draft, theirs: Draft): Merged {
	const isTheirs = (name: FieldName) => differs(base, theirs, name);
	const isMine = (name: FieldName) => differs(base, mine, name);
	const draft = {
		...theirs,
		...Object.fromEntries(
			fieldNames.filter(isMine).map((name) => [name, mine[name]]),
		),
		roles: {
			manager: mergedList("manager", base, mine, theirs),
			member: mergedList("member", base, mine, theirs),
			presenter: mergedList("presenter", base, mine, theirs),
		},
	};
	return {
		draft,
		theirs: [
			...fieldNames.filter(isTheirs).map((field) => ({ field })),
			...roleNames
				.map((role) => ({
					role,
					added: missing(theirs.roles[role], base.roles[role]),
					removed: missing(base.roles[role], theirs.roles[role]),
				}))
				.filter(({ added, removed }) => added.length + removed.length > 0),
		],
		collisions: fieldNames.filter(
			(name) => isTheirs(name) && isMine(name) && differs(mine, theirs, name),
		),
	};
}

/** Lists never collide: who was added here is there, who was taken away here is not. */
function mergedList(
	role: Role,
	base: Draft,
	mine: Draft,
	theirs: Draft,
): readonly Principal[] {
	const added = missing(mine.roles[role], base.roles[role]);
	const removed = missing(base.roles[role], mine.roles[role]);
	const kept = missing(theirs.roles[role], removed);
	return [...kept, ...missing(added, kept)];
}
