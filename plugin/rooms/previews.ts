/** Before something is changed: who would lose what by it. One question for every change, and nothing is changed. */
import { noSuchCategory, noSuchRoom } from "../errors.ts";
import type { Transaction } from "../store/index.ts";
import { mayAdminister, mayRemove } from "./access.ts";
import {
	type CategoryChange,
	categoryAfter,
	checkCategory,
} from "./categories.ts";
import { checkPrincipals } from "./checks.ts";
import { checkGroup, type GroupChange, groupAfter } from "./groups.ts";
import { lossesBy, type RoomState, type Supposed } from "./losses.ts";
import { checkScope } from "./policy.ts";
import { withHolder } from "./rights.ts";
import { planChange, type RoomChange } from "./room-changes.ts";
import type {
	Actor,
	CategoryId,
	CategoryRecord,
	GroupId,
	Holder,
	Losses,
	PolicyScope,
	Principal,
	Roles,
	Room,
	RoomId,
	UserUri,
} from "./types.ts";
import { checkUser, type UserChange } from "./users.ts";
import type { RoomsWork } from "./work.ts";

/** A change as it would be asked for: of what, and how. */
export type Proposal =
	| {
			readonly room: RoomId;
			readonly change: Omit<RoomChange, "readAt"> | "remove";
	  }
	| {
			readonly category: CategoryId;
			readonly change: CategoryChange | "remove";
	  }
	| { readonly group: GroupId; readonly change: GroupChange | "remove" }
	| { readonly user: UserUri; readonly change: UserChange | "remove" }
	/** `enabled` undefined: nothing is said of the scope any more. */
	| { readonly policy: PolicyScope; readonly enabled: boolean | undefined }
	/** The whole list. */
	| { readonly administrators: readonly Principal[] };

export interface Previews {
	/** Changes nothing; throws as the change would. `onRoom`: called with the number of rooms looked at. `gone`: nobody waits any more; throws its reason. */
	preview(
		actor: Actor,
		proposal: Proposal,
		onRoom?: (looked: number) => void,
		gone?: AbortSignal,
	): Promise<Losses>;
}

export function createPreviews(work: RoomsWork): Previews {
	return {
		preview: (actor, proposal, onRoom, gone) =>
			withHolder(work.rights, actor, async (holder, stale) => {
				const supposed = await suppose(work, holder, proposal);
				if (stale()) return undefined;
				const losses = await lossesBy(work, supposed, onRoom, gone);
				return stale() ? undefined : losses;
			}),
	};
}

async function suppose(
	work: RoomsWork,
	holder: Holder,
	proposal: Proposal,
): Promise<Supposed> {
	if ("room" in proposal) {
		const { room, change } = proposal;
		return change === "remove"
			? roomRemoved(work, holder, room)
			: roomChanged(work, holder, room, change);
	}
	mayAdminister(holder);
	if ("category" in proposal) {
		return categoryChanged(work, proposal.category, proposal.change);
	}
	if ("group" in proposal) {
		return groupChanged(work, proposal.group, proposal.change);
	}
	if ("user" in proposal) {
		return userChanged(work, proposal.user, proposal.change);
	}
	if ("policy" in proposal) {
		const { policy: scope, enabled } = proposal;
		checkScope(scope);
		return {
			of: "directory",
			supposing: { policy: { scope, enabled } },
			concerned:
				scope === "everybody" ? "everybody" : [scope as string as Principal],
		};
	}
	return administratorsChanged(work, proposal.administrators);
}

async function roomChanged(
	work: RoomsWork,
	holder: Holder,
	id: RoomId,
	{ properties = {}, roles = {} }: RoomChange,
): Promise<Supposed> {
	const plan = await planChange(work, holder, id, { properties, roles });
	const { room, before, category } = plan;
	await rehearse(work, async (tx) => {
		await tx.rooms.lock(id);
		await tx.rooms.change(id, properties, room.updatedBy, room.updatedAt);
	});
	const { privacy = room.privacy, disabled = room.disabled } = properties;
	return {
		of: "room",
		room,
		before: stateOf(room, before, await categoryOf(work, room)),
		after: stateOf({ privacy, disabled }, plan.roles, category),
	};
}

async function roomRemoved(
	work: RoomsWork,
	holder: Holder,
	id: RoomId,
): Promise<Supposed> {
	const known = await work.store.rooms.known(id, holder);
	if (known === undefined) throw noSuchRoom();
	const { room, standing } = known;
	mayRemove(room, standing);
	const roles = await work.store.rooms.roles(id);
	const before = stateOf(room, roles, await categoryOf(work, room));
	return { of: "room", room, before };
}

function stateOf(
	{ privacy, disabled }: Pick<Room, "privacy" | "disabled">,
	roles: Roles,
	scope: CategoryRecord,
): RoomState {
	return { privacy, disabled, roles, scope };
}

async function categoryOf(
	{ store }: RoomsWork,
	{ category }: Room,
): Promise<CategoryRecord> {
	const found = await store.categories.find(category.id);
	if (found === undefined) throw noSuchCategory();
	return found;
}

async function categoryChanged(
	work: RoomsWork,
	category: CategoryId,
	change: CategoryChange | "remove",
): Promise<Supposed> {
	const { before, after } = await rehearse(work, async (tx) => {
		const found = await tx.categories.lock(category);
		if (change === "remove") {
			await tx.categories.remove(category);
			return { before: found, after: found };
		}
		await checkCategory(work, tx, change, found);
		const changed = categoryAfter(found, change);
		await tx.categories.change(category, changed);
		return { before: found, after: changed };
	});
	return { of: "category", category, before, after };
}

async function groupChanged(
	work: RoomsWork,
	id: GroupId,
	change: GroupChange | "remove",
): Promise<Supposed> {
	const { before, after } = await rehearse(work, async (tx) => {
		const found = await tx.groups.lock(id);
		if (change === "remove") {
			await tx.groups.remove(id);
			return { before: found, after: { ...found, members: [] } };
		}
		await checkGroup(work, tx, found, change);
		const changed = groupAfter(found, change);
		await tx.groups.change(changed);
		return { before: found, after: changed };
	});
	return {
		of: "directory",
		supposing: { group: after },
		concerned: others(before.members, after.members),
	};
}

async function userChanged(
	work: RoomsWork,
	user: UserUri,
	change: UserChange | "remove",
): Promise<Supposed> {
	if (change !== "remove") checkUser(work, user, change);
	await rehearse(work, (tx) =>
		change === "remove" ? tx.users.remove(user) : tx.users.change(user, change),
	);
	const active = change === "remove" ? false : change.active;
	return {
		of: "directory",
		supposing: active === undefined ? {} : { account: { user, active } },
		concerned: active === undefined ? [] : [user as string as Principal],
	};
}

async function administratorsChanged(
	work: RoomsWork,
	administrators: readonly Principal[],
): Promise<Supposed> {
	await checkPrincipals(work, administrators);
	const before = await work.store.policies.administrators();
	return {
		of: "directory",
		supposing: { administrators },
		concerned: others(before, administrators),
	};
}

/** Those who are in one of the lists alone: for whoever is in both nothing changes. */
function others(
	before: readonly Principal[],
	after: readonly Principal[],
): readonly Principal[] {
	const [was, is] = [new Set(before), new Set(after)];
	return [
		...before.filter((each) => !is.has(each)),
		...after.filter((each) => !was.has(each)),
	];
}

/** Does it, and undoes it: what the change would be refused for is refused here. */
async function rehearse<T>(
	{ store }: RoomsWork,
	write: (tx: Transaction) => Promise<T>,
): Promise<T> {
	const done: T[] = [];
	const undo = new Error("Only a rehearsal");
	try {
		await store.transaction(async (tx) => {
			done.unshift(await write(tx));
			throw undo;
		});
	} catch (error) {
		if (error !== undo) throw error;
	}
	return done[0] as T;
}
