/** The groups of the directory, as administrators keep them. */
import { randomUUID } from "node:crypto";
import { ChatError } from "../errors.ts";
import type { Transaction } from "../store/index.ts";
import { demandAdministrator } from "./administrators.ts";
import { checkPrincipals, demandFew, isUnknown } from "./checks.ts";
import { changeDirectory } from "./directory-changes.ts";
import { checkGroupName } from "./names.ts";
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
			checkGroupName(work, name);
			const id = randomUUID() as GroupId;
			const group: Group = { id, name, members: [...new Set(members)] };
			return changeDirectory(work, actor, `group:${id}`, async (tx) => {
				await tx.rights.change();
				await checkPrincipals(tx, members);
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
			return changeDirectory(work, actor, `group:${id}`, async (tx) => {
				const before = await tx.groups.lock(id);
				await checkGroup(work, tx, before, change);
				const after = groupAfter(before, change);
				await tx.groups.change(after);
				const { add = [], remove = [] } = change;
				const concerned = [...add, ...remove];
				return { before, after, result: after, concerned };
			});
		},
		async removeGroup(actor, id) {
			try {
				await changeDirectory(work, actor, `group:${id}`, async (tx) => {
					const before = await tx.groups.lock(id);
					await tx.groups.remove(id);
					const concerned = before.members;
					return { before, after: undefined, result: undefined, concerned };
				});
			} catch (error) {
				// Who asks again, because he was not answered, is to find nobody left; who was in it is owed already.
				if (!isUnknown(error)) throw error;
				await work.settling.catchUp();
				await work.reassessing.catchUp();
				throw error;
			}
		},
	};
}

/** As the transaction sees things, the group locked. Throws what is wrong with it. */
export async function checkGroup(
	work: RoomsWork,
	tx: Pick<Transaction, "directory" | "groups">,
	group: Group,
	{ name, add = [], remove = [] }: GroupChange,
): Promise<void> {
	if (name !== undefined && name !== group.name) checkGroupName(work, name);
	await checkPrincipals(tx, add);
	demandFew(remove);
	await demandNoCycle(tx, group, add);
}

export function groupAfter(
	{ id, members, ...before }: Group,
	{ name = before.name, add = [], remove = [] }: GroupChange,
): Group {
	const removed = new Set(remove);
	const kept = members.filter((each) => !removed.has(each));
	return { id, name, members: [...new Set([...kept, ...add])].sort() };
}

/** A group within itself says nothing that is meant. Throws `malformed`. */
async function demandNoCycle(
	{ groups }: Pick<Transaction, "groups">,
	{ id, name }: Group,
	added: readonly Principal[],
): Promise<void> {
	const own = `group:${id}` as Principal;
	if (added.includes(own)) {
		throw new ChatError("malformed", "A group cannot be a member of itself.");
	}
	if (!added.some((each) => each.startsWith("group:"))) return;
	const around = await groups.containing([own]);
	const back = added.find((each) => around.has(each));
	if (back === undefined) return;
	const other = await groups.find(back.slice("group:".length) as GroupId);
	throw new ChatError(
		"malformed",
		`${name} is in the group ${other?.name}, itself or by another group, so ${other?.name} cannot be in ${name}.`,
	);
}
