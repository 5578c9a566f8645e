/** Making, changing and removing rooms and their roles: checked, recorded, told, and at once felt by those who lose a right. */
import { randomUUID } from "node:crypto";
import { ChatError } from "../errors.ts";
import type { Transaction } from "../store/index.ts";
import {
	inScope,
	manages,
	mayCreate,
	mayManage,
	mayMove,
	mayRemove,
	maySee,
	noSuchRoom,
} from "./access.ts";
import { checkPrincipals, checkProperties } from "./checks.ts";
import { reassessRoom } from "./reassessment.ts";
import { placeOf, tell } from "./telling.ts";
import type {
	Actor,
	Category,
	CategoryId,
	CategoryRecord,
	Holder,
	Loss,
	Principal,
	Role,
	RoleChanges,
	Roles,
	Room,
	RoomId,
	RoomProperties,
	RoomRecord,
	RoomSummary,
	Standing,
	User,
	UserUri,
} from "./types.ts";
import type { RoomsWork } from "./work.ts";

export interface RoomRequest
	extends Partial<Omit<RoomProperties, "name" | "category">> {
	readonly name: string;
	readonly category: CategoryId;
	readonly roles?: Partial<Roles>;
}

export interface RoomChange {
	/** What is not named stays. An empty add-in (`undefined`) takes it away. */
	readonly properties?: Partial<RoomProperties>;
	readonly roles?: RoleChanges;
	/** The `updatedAt` of the room as it was read: throws `conflict` when it has been changed since. */
	readonly readAt?: Date | undefined;
}

export interface Administration {
	/** Throws `no-such-room`. Without roles for those who may not manage it. */
	room(
		actor: Actor,
		room: RoomId,
	): Promise<
		RoomSummary & { readonly roles?: Roles; readonly standing: Standing }
	>;
	/** The room of this name, letter case apart, that lists show the actor; of several the one that is not secret. Throws `no-such-room`. */
	roomNamed(actor: Actor, name: string): ReturnType<Administration["room"]>;
	/** Where the actor may make rooms, by name. */
	creatable(actor: Actor): Promise<readonly Category[]>;
	/**
	 * The actor becomes a manager of it. Throws `cannot-create`, `name-taken`, `malformed`, `too-large`, `not-in-scope`,
	 * `presenter-not-member`.
	 */
	createRoom(actor: Actor, request: RoomRequest): Promise<RoomRecord>;
	/**
	 * Whom a new category does not allow loses his roles; whoever has lost his right is out of the room when this
	 * resolves. Throws as `createRoom` does, and `no-such-room`, `forbidden`, `conflict`.
	 */
	changeRoom(
		actor: Actor,
		room: RoomId,
		change: RoomChange,
	): Promise<RoomRecord>;
	/** Who would lose what if the room were moved there. Changes nothing; throws as the change would. */
	previewMove(
		actor: Actor,
		room: RoomId,
		category: CategoryId,
	): Promise<readonly Loss[]>;
	/** With all its messages, for ever. Throws `no-such-room`, `forbidden`. */
	removeRoom(actor: Actor, room: RoomId): Promise<void>;
	/**
	 * Who could be given a role in the room, or in a new one of the category: users known here who are in scope, by URI.
	 * Throws as changing the room, or making one, would.
	 */
	eligible(
		actor: Actor,
		of: { readonly room: RoomId } | { readonly category: CategoryId },
		page: { readonly after?: UserUri | undefined; readonly limit: number },
	): Promise<readonly User[]>;
}

const roleNames = ["member", "manager", "presenter"] as const;

export function createAdministration(work: RoomsWork): Administration {
	return {
		room: (actor, id) => roomFor(work, actor, id),
		roomNamed: (actor, name) => roomNamed(work, actor, name),
		creatable: async (actor) =>
			work.store.categories.creatable(await work.rights.of(actor)),
		createRoom: (actor, request) => createRoom(work, actor, request),
		changeRoom: (actor, id, change) => changeRoom(work, actor, id, change),
		previewMove: (actor, id, category) =>
			previewMove(work, actor, id, category),
		removeRoom: (actor, id) => removeRoom(work, actor, id),
		eligible: (actor, of, page) => eligible(work, actor, of, page),
	};
}

async function roomFor({ store, rights }: RoomsWork, actor: Actor, id: RoomId) {
	const known = await store.rooms.known(id, await rights.of(actor));
	if (known === undefined) throw noSuchRoom();
	maySee(known.room, known.standing);
	const summary = await store.rooms.summary(id);
	if (summary === undefined) throw noSuchRoom();
	const { standing } = known;
	return manages(standing)
		? { ...summary, standing, roles: await store.rooms.roles(id) }
		: { ...summary, standing };
}

async function roomNamed(work: RoomsWork, actor: Actor, name: string) {
	const found = await work.store.rooms.search(
		{ words: [], descriptions: false, named: name, limit: 100 },
		await work.rights.of(actor),
	);
	const summary =
		found.find(({ room }) => room.privacy !== "secret") ?? found[0];
	if (summary === undefined) throw noSuchRoom();
	return roomFor(work, actor, summary.room.id);
}

async function createRoom(
	work: RoomsWork,
	actor: Actor,
	request: RoomRequest,
): Promise<RoomRecord> {
	const { store, now, rights } = work;
	const holder = await rights.of(actor);
	mayCreate(await store.categories.standing(request.category, holder));
	const { roles: wanted = {}, ...properties } = request;
	const room: RoomProperties = {
		description: "",
		privacy: "closed",
		type: "normal",
		invitations: "inherit",
		disabled: false,
		...properties,
	};
	checkProperties(work, room);
	// The operator is no user: a room of his begins without a manager.
	const creator = actor.administrator === true ? [] : [asPrincipal(actor.uri)];
	const roles: Roles = {
		member: [...new Set(wanted.member ?? [])],
		manager: [...new Set([...creator, ...(wanted.manager ?? [])])],
		presenter: [...new Set(wanted.presenter ?? [])],
	};
	const category = await categoryNamed(work, request.category);
	await checkRoles(work, roles, roles, category, room);
	const id = randomUUID() as RoomId;
	await store.transaction(async (tx) => {
		const at = now();
		await tx.rooms.add({
			...room,
			id,
			members: roles.member,
			managers: roles.manager,
			presenters: roles.presenter,
			createdBy: actor.uri,
			createdAt: at,
		});
		const made = await tx.rooms.find(id);
		if (made === undefined) throw new Error(`Room ${id} has gone`);
		await tx.outbox.add({
			id: randomUUID(),
			type: "room-created",
			at,
			actor,
			room: placeOf(made),
			properties: room,
		});
		for (const role of roleNames) {
			await recordRoles(tx, actor, made, role, roles[role], [], at);
		}
	});
	rights.changed();
	await invite(work, id, roles.member);
	return recordOf(work, id);
}

async function changeRoom(
	work: RoomsWork,
	actor: Actor,
	id: RoomId,
	{ properties = {}, roles = {}, readAt }: RoomChange,
): Promise<RoomRecord> {
	const { store, rights, now } = work;
	const holder = await rights.of(actor);
	const plan = await planChange(work, holder, id, { properties, roles });
	const at = now();
	const done = await store.transaction(async (tx) => {
		const known = await tx.rooms.lockKnown(id, holder);
		if (known === undefined) throw noSuchRoom();
		mayManage(known.room, known.standing);
		demandUnchanged(known.room, readAt ?? plan.readAt);
		return applyChange(tx, actor, known.room, plan, at);
	});
	rights.changed();
	const summary = await store.rooms.summary(id);
	if (summary !== undefined && done.propertiesChanged) {
		await tell(work, { type: "changed", summary });
	}
	await reassessRoom(work, id);
	await invite(work, id, done.newMembers);
	return recordOf(work, id);
}

interface Plan {
	readonly properties: Partial<RoomProperties>;
	readonly roles: Roles;
	readonly before: Roles;
	/** The state of the room that this was made for. */
	readonly readAt: Date;
}

/** What the change comes to: who is given and who loses each role. Throws what is wrong with it. */
async function planChange(
	work: RoomsWork,
	holder: Holder,
	id: RoomId,
	{ properties, roles }: Required<Omit<RoomChange, "readAt">>,
): Promise<Plan> {
	const { store } = work;
	const known = await store.rooms.known(id, holder);
	if (known === undefined) throw noSuchRoom();
	const { room, standing } = known;
	mayManage(room, standing);
	const wanted: RoomProperties = { ...propertiesOf(room), ...properties };
	checkProperties(work, wanted);
	const moves = wanted.category !== room.category.id;
	if (moves) {
		const destination = await store.categories.standing(
			wanted.category,
			holder,
		);
		mayCreate(destination);
		if (destination !== undefined) mayMove(room, standing, destination);
	}
	const category = await categoryNamed(work, wanted.category);
	const before = await store.rooms.roles(id);
	const kept = moves ? await withinScope(work, before, category) : before;
	const after = changedRoles(kept, roles);
	const added = mapRoles((role) =>
		after[role].filter((each) => !before[role].includes(each)),
	);
	await checkRoles(work, added, after, category, wanted);
	return { properties, roles: after, before, readAt: room.updatedAt };
}

async function applyChange(
	tx: Transaction,
	actor: Actor,
	room: Room,
	plan: Plan,
	at: Date,
): Promise<{
	readonly propertiesChanged: boolean;
	readonly newMembers: readonly Principal[];
}> {
	const before = propertiesOf(room);
	const names = (
		Object.keys(plan.properties) as (keyof RoomProperties)[]
	).filter((name) => !isSame(before[name], plan.properties[name]));
	const changes = pick(plan.properties, names);
	// Also when only roles change: who had read the room before is to read it again.
	const changed = await tx.rooms.change(room.id, changes, actor.uri, at);
	if (names.length > 0) {
		await tx.outbox.add({
			id: randomUUID(),
			type: "room-changed",
			at,
			actor,
			room: placeOf(changed),
			before: pick(before, names),
			after: changes,
		});
	}
	for (const role of roleNames) {
		const had = plan.before[role];
		const has = plan.roles[role];
		const add = has.filter((each) => !had.includes(each));
		const remove = had.filter((each) => !has.includes(each));
		if (add.length + remove.length === 0) continue;
		const change = { add, remove };
		await tx.rooms.changeRole(room.id, role, change, actor.uri, at);
		await recordRoles(tx, actor, changed, role, add, remove, at);
	}
	return {
		propertiesChanged: names.length > 0,
		newMembers: plan.roles.member.filter(
			(each) => !plan.before.member.includes(each),
		),
	};
}

/** `readAt` is also the state for which a plan was made: a change in between would be undone by it. */
function demandUnchanged(room: Room, readAt: Date): void {
	if (room.updatedAt.getTime() === readAt.getTime()) return;
	throw new ChatError(
		"conflict",
		`${room.name} has been changed in the meantime; read it again before you change it.`,
	);
}

async function previewMove(
	work: RoomsWork,
	actor: Actor,
	id: RoomId,
	to: CategoryId,
): Promise<readonly Loss[]> {
	const { store, rights } = work;
	const holder = await rights.of(actor);
	const known = await store.rooms.known(id, holder);
	if (known === undefined) throw noSuchRoom();
	mayManage(known.room, known.standing);
	const destination = await store.categories.standing(to, holder);
	mayCreate(destination);
	return lossesIn(work, known.room, await categoryNamed(work, to));
}

/** Who, of those with a role and those in the room, the scope would not allow. */
export async function lossesIn(
	work: RoomsWork,
	room: Room,
	scope: Pick<CategoryRecord, "allowed" | "denied">,
): Promise<readonly Loss[]> {
	const { store } = work;
	const before = await store.categories.find(room.category.id);
	const roles = await store.rooms.roles(room.id);
	const was = new Map<Principal, (Role | "participant")[]>();
	const note = (principal: Principal, what: Role | "participant") =>
		was.set(principal, [...(was.get(principal) ?? []), what]);
	for (const role of roleNames) {
		for (const principal of roles[role]) {
			if (isUser(principal)) note(principal, role);
		}
	}
	for (let after: UserUri | undefined; ; ) {
		const page = { after, limit: 1_000 };
		const here = await store.participants.inRoom(room.id, page);
		for (const { user } of here) note(asPrincipal(user.uri), "participant");
		after = here.at(-1)?.user.uri;
		if (here.length < page.limit) break;
	}
	const holders = await work.directory.holders(
		[...was.keys()].map((each) => each as string as UserUri),
	);
	const { id, name } = room;
	return [...was].flatMap(([principal, what]) => {
		const holder = holders.get(principal as string as UserUri);
		if (holder === undefined || inScope(scope, holder)) return [];
		if (before !== undefined && !inScope(before, holder)) return [];
		return [{ room: { id, name }, principal, was: what }];
	});
}

async function removeRoom(
	work: RoomsWork,
	actor: Actor,
	id: RoomId,
): Promise<void> {
	const { store, rights, now } = work;
	const holder = await rights.of(actor);
	const room = await store.transaction(async (tx) => {
		const known = await tx.rooms.lockKnown(id, holder);
		if (known === undefined) throw noSuchRoom();
		mayRemove(known.room, known.standing);
		return tx.rooms.change(id, { disabled: true }, actor.uri, now());
	});
	rights.changed();
	await reassessRoom(work, id);
	await store.transaction(async (tx) => {
		await tx.rooms.lock(id);
		await tx.outbox.add({
			id: randomUUID(),
			type: "room-removed",
			at: now(),
			actor,
			room: placeOf(room),
			properties: propertiesOf(room),
		});
		await tx.rooms.remove(id);
	});
}

async function eligible(
	work: RoomsWork,
	actor: Actor,
	of: { readonly room: RoomId } | { readonly category: CategoryId },
	page: { readonly after?: UserUri | undefined; readonly limit: number },
): Promise<readonly User[]> {
	const { store, rights, directory, limits } = work;
	const holder = await rights.of(actor);
	let id: CategoryId;
	if ("room" in of) {
		const known = await store.rooms.known(of.room, holder);
		if (known === undefined) throw noSuchRoom();
		mayManage(known.room, known.standing);
		id = known.room.category.id;
	} else {
		mayCreate(await store.categories.standing(of.category, holder));
		id = of.category;
	}
	const { allowed, denied } = await categoryNamed(work, id);
	return directory.covered(allowed, {
		except: denied,
		after: page.after,
		limit: Math.max(1, Math.min(page.limit, limits.searchResults)),
	});
}

/** Whom the category does not allow loses his role; domains and groups keep theirs, their people are judged one by one. */
async function withinScope(
	{ directory }: RoomsWork,
	roles: Roles,
	category: CategoryRecord,
): Promise<Roles> {
	const users = [...new Set(roleNames.flatMap((role) => roles[role]))].filter(
		isUser,
	);
	const holders = await directory.holders(
		users.map((each) => each as string as UserUri),
	);
	const stays = (principal: Principal) => {
		const holder = holders.get(principal as string as UserUri);
		return holder === undefined || inScope(category, holder);
	};
	return mapRoles((role) => roles[role].filter(stays));
}

/** Throws `no-such-principal`, `not-in-scope`, `presenter-not-member`, `too-large`. */
async function checkRoles(
	work: RoomsWork,
	added: Roles,
	all: Roles,
	category: CategoryRecord,
	room: Pick<RoomProperties, "privacy">,
): Promise<void> {
	const { directory } = work;
	const principals = [...new Set(roleNames.flatMap((role) => added[role]))];
	await checkPrincipals(work, principals);
	const users = principals
		.filter(isUser)
		.map((each) => each as string as UserUri);
	const holders = await directory.holders(users);
	const outside = users.filter((user) => {
		const holder = holders.get(user);
		return holder === undefined || !inScope(category, holder);
	});
	if (outside.length > 0) {
		throw new ChatError(
			"not-in-scope",
			`The category ${category.name} does not allow ${listed(outside)}.`,
		);
	}
	if (room.privacy === "open") return;
	const members = new Set(all.member);
	const presenters = added.presenter.filter((each) => !members.has(each));
	const strangers = presenters.filter((each) => {
		const holder = holders.get(each as string as UserUri);
		return !(holder?.principals ?? []).some((held) => members.has(held));
	});
	if (strangers.length > 0) {
		throw new ChatError(
			"presenter-not-member",
			`A presenter must be a member: ${listed(strangers)} must be made one first.`,
		);
	}
}

function listed(principals: readonly string[]): string {
	const some = principals.slice(0, 5).join(", ");
	const more = principals.length - 5;
	return more > 0 ? `${some} and ${more} more` : some;
}

function changedRoles(before: Roles, changes: RoleChanges): Roles {
	return mapRoles((role) => {
		const change = changes[role];
		if (change === undefined) return before[role];
		if ("set" in change) return [...new Set(change.set)];
		const removed = new Set(change.remove);
		const kept = before[role].filter((each) => !removed.has(each));
		return [...new Set([...kept, ...(change.add ?? [])])];
	});
}

function mapRoles(each: (role: Role) => readonly Principal[]): Roles {
	return {
		member: each("member"),
		manager: each("manager"),
		presenter: each("presenter"),
	};
}

async function recordRoles(
	tx: Transaction,
	actor: Actor,
	room: Room,
	role: Role,
	added: readonly Principal[],
	removed: readonly Principal[],
	at: Date,
): Promise<void> {
	if (added.length + removed.length === 0) return;
	await tx.outbox.add({
		id: randomUUID(),
		type: "roles-changed",
		at,
		actor,
		room: placeOf(room),
		role,
		added,
		removed,
	});
}

async function invite(
	work: RoomsWork,
	id: RoomId,
	principals: readonly Principal[],
): Promise<void> {
	const room = await work.store.rooms.find(id);
	if (room === undefined || principals.length === 0) return;
	if (room.disabled || room.invitations === "off") return;
	if (!room.category.invitations) return;
	await tell(work, { type: "invited", principals });
}

async function recordOf({ store }: RoomsWork, id: RoomId): Promise<RoomRecord> {
	const summary = await store.rooms.summary(id);
	if (summary === undefined) throw noSuchRoom();
	return { ...summary, roles: await store.rooms.roles(id) };
}

async function categoryNamed(
	{ store }: RoomsWork,
	id: CategoryId,
): Promise<CategoryRecord> {
	const category = await store.categories.find(id);
	if (category === undefined) {
		throw new ChatError("no-such-category", "There is no such category.");
	}
	return category;
}

export function propertiesOf(room: Room): RoomProperties {
	const { name, description, privacy, type, invitations, disabled } = room;
	const category = room.category.id;
	const addIn = room.addIn === undefined ? {} : { addIn: room.addIn };
	return {
		name,
		description,
		privacy,
		type,
		invitations,
		disabled,
		category,
		...addIn,
	};
}

function pick<T extends object>(from: T, names: readonly (keyof T)[]) {
	return Object.fromEntries(
		names.map((name) => [name, from[name]]),
	) as Partial<T>;
}

function isSame(one: unknown, other: unknown): boolean {
	return JSON.stringify(one) === JSON.stringify(other);
}

function isUser(principal: Principal): boolean {
	return principal.startsWith("sip:");
}

function asPrincipal(user: UserUri): Principal {
	return user as string as Principal;
}
