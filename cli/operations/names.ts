/** What an operator writes (`alice`, `group:Traders`, a room's name) → what the rooms know it by. */
import { z } from "zod";
import { ChatError } from "../../plugin/errors.ts";
import type {
	CategoryRecord,
	Group,
	Principal,
	Room,
	UserUri,
} from "../../plugin/rooms/types.ts";
import { giveTurn } from "../../plugin/turns.ts";
import type { OperationWork } from "./operation.ts";

/** What stands for a user, a group, a category, a room or a principal. */
export const written = z.string().min(1).max(300);
const list = z.array(written).max(10_000);

/** How a list is to be changed: to what, or by what. */
export const listChange = z.strictObject({
	set: list.optional(),
	add: list.optional(),
	remove: list.optional(),
});
export type ListChange = z.output<typeof listChange>;
export const writtenList = list;

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `alice`, `alice@example.com` or `sip:alice@example.com` → `sip:alice@example.com`, whether there is one or not. */
export function userUri({ domain }: OperationWork, text: string): UserUri {
	const plain = text.replace(/^sip:/i, "");
	if (plain === "" || /[\s:]/.test(plain)) {
		throw new ChatError(
			"malformed",
			`"${text}" is no user: write alice, or alice@example.com; a group is written group:NAME, a domain domain:NAME.`,
		);
	}
	return (
		plain.includes("@") ? `sip:${plain}` : `sip:${plain}@${domain}`
	).toLowerCase() as UserUri;
}

/** Throws `no-such-principal`. */
export async function groupNamed(
	{ rooms, actor }: OperationWork,
	text: string,
): Promise<Group> {
	const name = text.replace(/^group:/i, "");
	const group = await rooms.group(actor, name);
	if (group !== undefined) return group;
	throw new ChatError(
		"no-such-principal",
		`There is no group "${name}"; "group list" shows those that there are.`,
	);
}

/** Throws `no-such-category`. */
export async function categoryNamed(
	{ rooms, actor }: OperationWork,
	text: string,
): Promise<CategoryRecord> {
	const category = await rooms.category(actor, text);
	if (category !== undefined) return category;
	throw new ChatError(
		"no-such-category",
		`There is no category "${text}"; "category list" shows those that there are.`,
	);
}

/** Throws `no-such-room`; `conflict` when several have the name. */
export async function roomNamed(
	{ rooms, actor }: OperationWork,
	text: string,
): Promise<Room> {
	const [room, ...others] = await rooms.roomsNamed(actor, text);
	if (room === undefined) {
		throw new ChatError(
			"no-such-room",
			`There is no room "${text}"; "room list" shows those that there are.`,
		);
	}
	if (others.length === 0) return room;
	const ids = [room, ...others]
		.slice(0, 10)
		.map(({ id, category }) => `${id} (in ${category.name})`);
	throw new ChatError(
		"conflict",
		`${others.length + 1} rooms are named "${text}": say which by its id, ${ids.join(", ")}.`,
	);
}

/** Principals that the directory knows. Throws `malformed`, `no-such-principal`. */
export async function principals(
	work: OperationWork,
	texts: readonly string[] = [],
): Promise<readonly Principal[]> {
	const found = await principalsOf(work, texts);
	const named = await work.rooms.named(work.actor, found);
	for (const [index, { known }] of named.entries()) {
		const text = texts[index] ?? "";
		if (known || /[:@]/.test(text)) continue;
		const group = await work.rooms.group(work.actor, text);
		const hint =
			group === undefined
				? `"user add ${text}" makes one.`
				: `There is a group of that name: write group:${group.name}.`;
		throw new ChatError(
			"no-such-principal",
			`There is no user ${text} (${found[index]}). ${hint}`,
		);
	}
	return found;
}

/**
 * What is asked for, in principals: the whole list where one is given, else what is added and taken away. Throws as `principals`
 * does, and for what is to be taken away and is not there.
 */
export async function changeOf(
	work: OperationWork,
	what: string,
	before: readonly Principal[],
	{ set, add = [], remove = [] }: ListChange,
): Promise<PrincipalsChange> {
	const base = new Set(
		set === undefined ? before : await principals(work, set),
	);
	const removed = await principalsOf(work, remove);
	const missing = removed.findIndex((each) => !base.has(each));
	if (missing >= 0) {
		throw new ChatError(
			"no-such-principal",
			`${remove[missing]} (${removed[missing]}) is not among the ${what}, so it cannot be taken away.`,
		);
	}
	const added = await principals(work, add);
	if (set === undefined) return { add: added, remove: removed };
	return { set: listAfter([...base], { add: added, remove: removed }) };
}

export type PrincipalsChange =
	| { readonly set: readonly Principal[] }
	| Difference;

interface Difference {
	readonly add: readonly Principal[];
	readonly remove: readonly Principal[];
}

/** What the change comes to, for a list that is as it was read. */
export function differenceTo(
	before: readonly Principal[],
	change: PrincipalsChange,
): Difference {
	const after = new Set(listAfter(before, change));
	const known = new Set(before);
	return {
		add: [...after].filter((each) => !known.has(each)),
		remove: before.filter((each) => !after.has(each)),
	};
}

export function listAfter(
	before: readonly Principal[],
	change: PrincipalsChange,
): readonly Principal[] {
	if ("set" in change) return change.set;
	const removed = new Set(change.remove);
	const kept = before.filter((each) => !removed.has(each));
	return [...new Set([...kept, ...change.add])];
}

/** One after another: a list may name thousands of groups. */
async function principalsOf(
	work: OperationWork,
	texts: readonly string[],
): Promise<readonly Principal[]> {
	const found: Principal[] = [];
	for (const text of texts) {
		found.push(await principal(work, text));
		await giveTurn();
	}
	return found;
}

async function principal(
	work: OperationWork,
	text: string,
): Promise<Principal> {
	if (/^domain:/i.test(text)) return text.toLowerCase() as Principal;
	if (!/^group:/i.test(text)) return userUri(work, text) as string as Principal;
	const id = text.slice("group:".length);
	// Whoever has been removed from the directory is still to be taken away by his id.
	if (guid.test(id)) return `group:${id.toLowerCase()}` as Principal;
	return `group:${(await groupNamed(work, text)).id}` as Principal;
}
