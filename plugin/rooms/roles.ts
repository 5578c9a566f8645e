/** Lists of who has which role in a room: as they were, as they are to be, and what must hold of them. */
import { randomUUID } from "node:crypto";
import { ChatError } from "../errors.ts";
import type { Transaction } from "../store/index.ts";
import { giveTurn } from "../turns.ts";
import { scopeOf } from "./access.ts";
import { checkPrincipals, demandFew } from "./checks.ts";
import { changedList } from "./lists.ts";
import { placeOf } from "./telling.ts";
import type {
	Actor,
	CategoryRecord,
	Principal,
	Role,
	RoleChanges,
	Roles,
	Room,
	RoomProperties,
	UserUri,
} from "./types.ts";
import type { RoomsWork } from "./work.ts";

export const roleNames = ["member", "manager", "presenter"] as const;

export function mapRoles(each: (role: Role) => readonly Principal[]): Roles {
	return {
		member: each("member"),
		manager: each("manager"),
		presenter: each("presenter"),
	};
}

export function changedRoles(before: Roles, changes: RoleChanges): Roles {
	return mapRoles((role) => {
		const change = changes[role];
		return change === undefined
			? before[role]
			: changedList(before[role], change);
	});
}

/** What is in `all` and not in `without`, role by role. */
export function difference(all: Roles, without: Roles): Roles {
	return mapRoles((role) => {
		const left = new Set(without[role]);
		return all[role].filter((each) => !left.has(each));
	});
}

/** Whom the category does not allow loses his role; domains and groups keep theirs, their people are judged one by one. */
export async function withinScope(
	{ directory }: RoomsWork,
	roles: Roles,
	category: CategoryRecord,
): Promise<Roles> {
	const outside = new Set<string>(
		await outsideOf(directory, usersIn(roles), category),
	);
	return mapRoles((role) => roles[role].filter((each) => !outside.has(each)));
}

/** Those of the users whom the category does not allow. */
async function outsideOf(
	directory: RoomsWork["directory"],
	users: readonly UserUri[],
	category: CategoryRecord,
): Promise<readonly UserUri[]> {
	const inScope = scopeOf(category);
	const outside: UserUri[] = [];
	for (const [user, holder] of await directory.holders(users)) {
		if (!inScope(holder)) outside.push(user);
		await giveTurn();
	}
	return outside;
}

/** Throws `no-such-principal`, `not-in-scope`, `presenter-not-member`, `malformed`, `too-large`. */
export async function checkRoles(
	work: RoomsWork,
	added: Roles,
	all: Roles,
	category: CategoryRecord,
	room: Pick<RoomProperties, "privacy">,
): Promise<void> {
	for (const role of roleNames) demandFew(all[role]);
	await checkKnown(work, added);
	const users = usersIn(added);
	const outside = await outsideOf(work.directory, users, category);
	if (outside.length > 0) {
		throw new ChatError(
			"not-in-scope",
			`The category ${category.name} does not allow ${listed(outside)}.`,
		);
	}
	if (room.privacy === "open") return;
	const members = new Set(all.member);
	const presenters = usersIn({ ...nobody, presenter: added.presenter });
	const holders = await work.directory.holders(presenters);
	const strangers = added.presenter.filter((each) => {
		const holder = holders.get(each as string as UserUri);
		const held = holder?.principals ?? [each];
		return !held.some((principal) => members.has(principal));
	});
	if (strangers.length > 0) {
		throw new ChatError(
			"presenter-not-member",
			`A presenter must be a member: ${listed(strangers)} must be made one first.`,
		);
	}
}

/** Throws `no-such-principal`, `malformed`, `too-large`. */
export async function checkKnown(
	work: Pick<RoomsWork, "directory">,
	added: Roles,
): Promise<void> {
	for (const role of roleNames) await checkPrincipals(work, added[role]);
}

export async function recordRoles(
	tx: Transaction,
	actor: Actor,
	room: Room,
	{ added, removed }: { readonly added: Roles; readonly removed: Roles },
	at: Date,
): Promise<void> {
	for (const role of roleNames) {
		if (added[role].length + removed[role].length === 0) continue;
		await tx.outbox.add({
			id: randomUUID(),
			type: "roles-changed",
			at,
			actor,
			room: placeOf(room),
			role,
			added: added[role],
			removed: removed[role],
		});
	}
}

export const nobody: Roles = mapRoles(() => []);

/** Those who are named themselves. */
function usersIn(roles: Roles): readonly UserUri[] {
	return [...new Set(roleNames.flatMap((role) => roles[role]))]
		.filter((principal) => principal.startsWith("sip:"))
		.map((principal) => principal as string as UserUri);
}

function listed(principals: readonly string[]): string {
	const some = principals.slice(0, 5).join(", ");
	const more = principals.length - 5;
	return more > 0 ? `${some} and ${more} more` : some;
}
