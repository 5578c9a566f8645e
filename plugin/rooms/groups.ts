/** The groups of the directory, as administrators keep them. */
import { randomUUID } from "node:crypto";
import { ChatError } from "../errors.ts";
import { demandAdministrator } from "./administrators.ts";
import { checkName, checkPrincipals, demandFew } from "./checks.ts";
import { changeDirectory } from "./directory-changes.ts";
import type { Actor, Group, GroupId, Principal } from "./types.ts";
import type { RoomsWork } from "./work.ts";

/** What is not named stays; members are added and removed. */
export interface GroupChange {
	readonly name?: string;
	readonly add?: readonly Principal[];
	readonly remove?: readonly Principal[];
}

/** All throw `forbidden` for anybody but administrators. */
export interface Groups {
	groups(actor: Actor): Promise<readonly Group[]>;
	/** Throws `name-taken`, `malformed`, `no-such-principal`. */
	createGroup(
		actor: Actor,
		name: string,
		members: readonly Principal[],
	): Promise<Group>;
	/** Throws as `createGroup`, and `malformed` for a group that this one is in, however deep. */
	changeGroup(actor: Actor, id: GroupId, change: GroupChange): Promise<Group>;
	/** With every right given to it. Throws `no-such-principal`, `in-use` while a category denies it, or a group that it is in. */
	removeGroup(actor: Actor, id: GroupId): Promise<void>;
}

export function createGroups(work: RoomsWork): Groups {
	const { store } = work;
	return {
		async groups(actor) {
			await demandAdministrator(work, actor);
			return store.groups.list();
		},
		async createGroup(actor, name, members) {
			await demandAdministrator(work, actor);
			checkName(work, "group", name);
			await checkPrincipals(work, members);
			const id = randomUUID() as GroupId;
			const group: Group = { id, name, members: [...new Set(members)] };
			return changeDirectory(work, actor, `group:${id}`, async (tx) => {
				await tx.groups.add(group);
				// A new group gives its members nothing yet.
				return {
					before: undefined,
					after: group,
					result: group,
					concerned: [],
				};
			});
		},
		async changeGroup(actor, id, change) {
			await demandAdministrator(work, actor);
			await checkGroup(work, id, change);
			return changeDirectory(work, actor, `group:${id}`, async (tx) => {
				const before = await tx.groups.lock(id);
				const after = groupAfter(before, change);
				await tx.groups.change(after);
				const { add = [], remove = [] } = change;
				const concerned = [...add, ...remove];
				return { before, after, result: after, concerned };
			});
		},
		async removeGroup(actor, id) {
			await changeDirectory(work, actor, `group:${id}`, async (tx) => {
				const before = await tx.groups.lock(id);
				await tx.groups.remove(id);
				const concerned = before.members;
				return { before, after: undefined, result: undefined, concerned };
			});
		},
	};
}

/** Throws what is wrong with it. */
export async function checkGroup(
	work: RoomsWork,
	id: GroupId,
	{ name, add = [], remove = [] }: GroupChange,
): Promise<void> {
	if (name !== undefined) checkName(work, "group", name);
	await checkPrincipals(work, add);
	demandFew(remove);
	await demandNoCycle(work, id, add);
}

export function groupAfter(
	{ id, members, ...before }: Group,
	{ name = before.name, add = [], remove = [] }: GroupChange,
): Group {
	const removed = new Set(remove);
	const kept = members.filter((each) => !removed.has(each));
	return { id, name, members: [...new Set([...kept, ...add])].sort() };
}

/**
 * A group within itself says nothing that is meant. (Of two changes at once that make one together neither sees the other: who
 * expands groups passes over what he has seen.) Throws `malformed`.
 */
async function demandNoCycle(
	{ store }: RoomsWork,
	id: GroupId,
	added: readonly Principal[],
): Promise<void> {
	const own = `group:${id}` as Principal;
	if (added.includes(own)) {
		throw new ChatError("malformed", "A group cannot be a member of itself.");
	}
	for (const principal of added) {
		const seen = new Set<Principal>();
		for (let next = [principal]; next.length > 0; ) {
			const inside: Principal[] = [];
			for (const each of next) {
				if (!each.startsWith("group:") || seen.has(each)) continue;
				seen.add(each);
				const group = await store.groups.find(groupIdOf(each));
				inside.push(...(group?.members ?? []));
			}
			if (inside.includes(own)) throw await cycle(store, id, principal);
			next = inside;
		}
	}
}

async function cycle(
	{ groups }: RoomsWork["store"],
	id: GroupId,
	added: Principal,
): Promise<ChatError> {
	const name = (await groups.find(id))?.name;
	const other = (await groups.find(groupIdOf(added)))?.name;
	return new ChatError(
		"malformed",
		`${name} is in the group ${other}, itself or by another group, so ${other} cannot be in ${name}.`,
	);
}

function groupIdOf(principal: Principal): GroupId {
	return principal.slice("group:".length) as GroupId;
}
