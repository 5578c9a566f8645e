/**
 * One change of a room: planned from what is read, then made if the room is still as it was read. Who loses a right by it is
 * out before it is answered.
 */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { ChatError, noSuchCategory, noSuchRoom } from "../errors.ts";
import type { Transaction } from "../store/index.ts";
import { mayManage, mayMove } from "./access.ts";
import type { Effect } from "./effect.ts";
import { afterwards, makeFelt } from "./felt.ts";
import { pick } from "./pick.ts";
import { checkProperties } from "./properties.ts";
import type { Scope } from "./reassessing.ts";
import { withHolder, writeUnless } from "./rights.ts";
import {
	changedRoles,
	checkKnown,
	checkRoles,
	difference,
	recordRoles,
	roleNames,
	withinScope,
} from "./roles.ts";
import { placeOf, tell } from "./telling.ts";
import type {
	Actor,
	CategoryRecord,
	Holder,
	Principal,
	RoleChanges,
	Roles,
	Room,
	RoomId,
	RoomProperties,
} from "./types.ts";
import type { RoomsWork } from "./work.ts";

export interface RoomChange {
	/** What is not named stays. An add-in or alias that is `undefined` is taken away. */
	readonly properties?: Partial<RoomProperties>;
	readonly roles?: RoleChanges;
	/** The `updatedAt` of the room as it was read: throws `conflict` when it has been changed since. */
	readonly readAt?: Date | undefined;
}

export async function changeRoom(
	work: RoomsWork,
	actor: Actor,
	id: RoomId,
	{ properties = {}, roles = {}, readAt }: RoomChange,
): Promise<void> {
	const { store, rights, now } = work;
	const done = await makeFelt(work, (note) =>
		withHolder(rights, actor, async (holder, stale) => {
			const plan = await planChange(work, holder, id, { properties, roles });
			return writeUnless(stale, store, async (tx) => {
				const room = await lockChangeable(tx, holder, id, plan);
				if (readAt !== undefined) demandUnchanged(room, readAt);
				// What was planned for another state would undo the change in between.
				demandUnchanged(room, plan.room.updatedAt);
				const done = await applyChange(tx, actor, room, plan, now());
				note(effectOf(id, { properties, roles }, done));
				return done;
			});
		}),
	);
	if (!done.changed) return;
	await afterwards(() => invite(work, id, done.newMembers, done.at));
}

/** Also of a change that changes nothing: who asks again, because he was not answered, is to find nobody left. */
function effectOf(
	room: RoomId,
	{ properties, roles }: RoomChange,
	done: Done,
): Effect {
	const narrowed = done.narrows || done.properties.has("disabled");
	const asked = Object.keys(properties ?? {}) as (keyof RoomProperties)[];
	const scope: Scope = {
		of: "room",
		room,
		how: { typeChanged: done.properties.has("type") },
		// Who is out by the change is not to read in it what the room is from now on.
		...(done.properties.size > 0 && {
			shown: done.narrows ? "after" : "before",
		}),
	};
	const felt =
		done.changed ||
		asked.some((name) => deciding.has(name)) ||
		Object.keys(roles ?? {}).length > 0;
	return {
		rights: done.rights,
		first: narrowed ? [{ type: "narrowed", room }] : [],
		...(felt && { scope }),
	};
}

/** Throws unless the plan may still be carried out by the holder. */
async function lockChangeable(
	tx: Transaction,
	holder: Holder,
	id: RoomId,
	{ properties: { category }, roles, before }: Plan,
): Promise<Room> {
	const added = difference(roles, before);
	if (roleNames.some((role) => added[role].length > 0)) {
		// They were known when this was planned; from now on nobody is removed until it is kept.
		await tx.rights.change();
		await checkKnown(tx, added);
	}
	const known = await tx.rooms.lockKnown(id, holder);
	if (known === undefined) throw noSuchRoom();
	const { room, standing } = known;
	mayManage(room, standing);
	if (category !== undefined && category !== room.category.id) {
		mayMove(room, standing, await tx.categories.standing(category, holder));
	}
	return room;
}

/** Those who became members then may have invitations. */
export async function invite(
	work: RoomsWork,
	id: RoomId,
	principals: readonly Principal[],
	at: Date,
): Promise<void> {
	const room = await work.store.rooms.find(id);
	if (room === undefined || principals.length === 0) return;
	if (room.disabled || room.invitations === "off") return;
	if (!room.category.invitations) return;
	await tell(work, { type: "invited", room: id, principals, at });
}

export interface Plan {
	/** As it was when this was planned. */
	readonly room: Room;
	readonly properties: Partial<RoomProperties>;
	readonly roles: Roles;
	readonly before: Roles;
	/** Where it is to lie. */
	readonly category: CategoryRecord;
}

/** What the change comes to: who is given and who loses each role. Throws what is wrong with it. */
export async function planChange(
	work: RoomsWork,
	holder: Holder,
	id: RoomId,
	{ properties: given, roles }: Required<Omit<RoomChange, "readAt">>,
): Promise<Plan> {
	const { store } = work;
	const known = await store.rooms.known(id, holder);
	if (known === undefined) throw noSuchRoom();
	const { room, standing } = known;
	mayManage(room, standing);
	const properties = withoutAlias(given, room);
	const wanted: RoomProperties = { ...propertiesOf(room), ...properties };
	checkProperties(work, wanted, propertiesOf(room));
	const moves = wanted.category !== room.category.id;
	if (moves) {
		const destination = await store.categories.standing(
			wanted.category,
			holder,
		);
		mayMove(room, standing, destination);
	}
	const category = await store.categories.find(wanted.category);
	if (category === undefined) throw noSuchCategory();
	const before = await store.rooms.roles(id);
	const kept = moves ? await withinScope(work, before, category) : before;
	const after = changedRoles(kept, roles);
	const added = difference(after, before);
	await checkRoles(work, added, after, category, wanted);
	return { room, properties, roles: after, before, category };
}

/** A room that becomes secret loses its alias: somebody else's that is refused would tell of it. */
function withoutAlias(
	properties: Partial<RoomProperties>,
	{ alias }: Room,
): Partial<RoomProperties> {
	return properties.privacy === "secret" &&
		alias !== undefined &&
		!("alias" in properties)
		? { ...properties, alias: undefined }
		: properties;
}

interface Done {
	readonly changed: boolean;
	/** Those that are others now. */
	readonly properties: ReadonlySet<keyof RoomProperties>;
	/** Somebody's rights in the room may be others now. */
	readonly rights: boolean;
	/** Somebody may have lost his right to be in the room, even if it is enabled. */
	readonly narrows: boolean;
	readonly newMembers: readonly Principal[];
	/** The room's `updatedAt` now. */
	readonly at: Date;
}

/** What `access.ts` decides by. */
const deciding: ReadonlySet<keyof RoomProperties> = new Set([
	"privacy",
	"type",
	"disabled",
	"category",
]);

async function applyChange(
	tx: Transaction,
	actor: Actor,
	room: Room,
	plan: Plan,
	at: Date,
): Promise<Done> {
	const before = propertiesOf(room);
	const names = (
		Object.keys(plan.properties) as (keyof RoomProperties)[]
	).filter((name) => !isDeepStrictEqual(before[name], plan.properties[name]));
	const added = difference(plan.roles, plan.before);
	const removed = difference(plan.before, plan.roles);
	const rolesChange = roleNames.some(
		(role) => added[role].length + removed[role].length > 0,
	);
	const changed = names.length > 0 || rolesChange;
	const properties = new Set(names);
	const done: Done = {
		changed,
		properties,
		rights: rolesChange || names.some((name) => deciding.has(name)),
		narrows:
			properties.has("disabled") ||
			properties.has("privacy") ||
			properties.has("category") ||
			removed.member.length > 0,
		newMembers: added.member,
		at: room.updatedAt,
	};
	if (!changed) return done;
	const changes = pick(plan.properties, names);
	// Also when only roles change: who had read the room before is to read it again.
	const now = await tx.rooms.change(room.id, changes, actor.uri, at);
	if (names.length > 0) {
		await tx.outbox.add({
			id: randomUUID(),
			type: "room-changed",
			at,
			actor,
			room: placeOf(now),
			before: pick(before, names),
			after: changes,
			...(properties.has("category") && {
				movedFrom: placeOf(room).category,
			}),
		});
	}
	for (const role of roleNames) {
		const change = { add: added[role], remove: removed[role] };
		// Later than every change before, so that who is added again is known to be.
		await tx.rooms.changeRole(room.id, role, change, actor.uri, now.updatedAt);
	}
	await recordRoles(tx, actor, now, { added, removed }, at);
	return { ...done, at: now.updatedAt };
}

function demandUnchanged(room: Room, readAt: Date): void {
	if (room.updatedAt.getTime() === readAt.getTime()) return;
	throw new ChatError(
		"conflict",
		`${room.name} has been changed in the meantime; read it again before you change it.`,
	);
}

export function propertiesOf(room: Room): RoomProperties {
	const { name, description, privacy, type, invitations, disabled } = room;
	const { addIn, alias } = room;
	return {
		name,
		description,
		privacy,
		type,
		invitations,
		disabled,
		category: room.category.id,
		...(addIn !== undefined && { addIn }),
		...(alias !== undefined && { alias }),
	};
}
