/** A room as it stands in the form, and what of it is to be asked for. */
import {
	type NewRoom,
	type Principal,
	type Properties,
	type Role,
	type Roles,
	type RoomChange,
	roleNames,
	type SeenRoom,
} from "./room.ts";

export interface Draft extends Properties {
	readonly roles: Roles;
}

export type FieldName = keyof Properties;

export const fieldNames: readonly FieldName[] = [
	"name",
	"description",
	"category",
	"privacy",
	"type",
	"invitations",
	"addIn",
];

export function draftOf(room: SeenRoom): Draft {
	const { name, description, category, privacy, type, invitations } = room;
	return {
		name,
		// As a field gives it back.
		description: description.replace(/\r\n?/g, "\n").trim(),
		category: category.id,
		privacy,
		type,
		invitations,
		addIn: room.addIn ?? null,
		roles: room.roles ?? { manager: [], member: [], presenter: [] },
	};
}

/** Closed; whoever makes it manages it and is its first member, so that he can enter it. */
export function newDraft(category: string, me: Principal): Draft {
	return {
		name: "",
		description: "",
		category,
		privacy: "closed",
		type: "normal",
		invitations: "inherit",
		addIn: null,
		roles: { manager: [me], member: [me], presenter: [] },
	};
}

export function newRoomOf({ addIn, roles, ...properties }: Draft): NewRoom {
	return {
		...properties,
		...(addIn && { addIn }),
		roles: {
			manager: principalsOf(roles.manager),
			member: principalsOf(roles.member),
			presenter: principalsOf(roles.presenter),
		},
	};
}

/** What has become another, and nothing else. */
export function changeOf(base: Draft, mine: Draft): RoomChange {
	const names = fieldNames.filter((name) => differs(base, mine, name));
	const properties = Object.fromEntries(
		names.map((name) => [name, mine[name]]),
	) as Partial<Properties>;
	const roles: Partial<Record<Role, ListChange>> = {};
	for (const role of roleNames) {
		const change = listChange(base.roles[role], mine.roles[role]);
		if (change.add.length + change.remove.length > 0) roles[role] = change;
	}
	return {
		...(names.length > 0 && { properties }),
		...(Object.keys(roles).length > 0 && { roles }),
	};
}

export function isSame(base: Draft, mine: Draft): boolean {
	return Object.keys(changeOf(base, mine)).length === 0;
}

export function differs(one: Draft, other: Draft, name: FieldName): boolean {
	if (name !== "addIn") return one[name] !== other[name];
	return (
		one.addIn?.name !== other.addIn?.name || one.addIn?.url !== other.addIn?.url
	);
}

/** In `all` and not in `without`. */
export function missing(
	all: readonly Principal[],
	without: readonly Principal[],
): readonly Principal[] {
	const left = new Set(principalsOf(without));
	return all.filter(({ principal }) => !left.has(principal));
}

interface ListChange {
	readonly add: readonly string[];
	readonly remove: readonly string[];
}

function listChange(
	before: readonly Principal[],
	after: readonly Principal[],
): ListChange {
	return {
		add: principalsOf(missing(after, before)),
		remove: principalsOf(missing(before, after)),
	};
}

const principalsOf = (all: readonly Principal[]): readonly string[] =>
	all.map(({ principal }) => principal);
