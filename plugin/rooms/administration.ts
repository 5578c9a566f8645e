/** Making, changing and removing rooms and their roles: checked, recorded, told, and at once felt by those who lose a right. */
import { randomUUID } from "node:crypto";
import { ChatError, noSuchCategory, noSuchRoom } from "../errors.ts";
import type { Transaction } from "../store/index.ts";
import { isListed, manages, mayCreate, mayManage, maySee } from "./access.ts";
import { afterwards } from "./felt.ts";
import { checkProperties } from "./properties.ts";
import { withHolder, writeUnless } from "./rights.ts";
import {
	checkKnown,
	checkRoles,
	mapRoles,
	nobody,
	recordRoles,
} from "./roles.ts";
import { changeRoom, invite, type RoomChange } from "./room-changes.ts";
import { removeRoom } from "./room-removal.ts";
import { placeOf } from "./telling.ts";
import type {
	Actor,
	Category,
	CategoryId,
	Principal,
	Roles,
	RoomId,
	RoomProperties,
	RoomRecord,
	RoomSummary,
	Standing,
	User,
	UserUri,
} from "./types.ts";
import type { RoomsWork } from "./work.ts";

export type { RoomChange } from "./room-changes.ts";

export interface RoomRequest
	extends Partial<Omit<RoomProperties, "name" | "category">> {
	readonly name: string;
	readonly category: CategoryId;
	readonly roles?: Partial<Roles>;
}

/** A room as somebody sees it: without roles for those who may not manage it. */
export interface RoomSeen extends RoomSummary {
	readonly roles?: Roles;
	readonly standing: Standing;
}

export interface Administration {
	/** Throws `no-such-room`, and `room-disabled` for all but those who may enable it again. */
	room(actor: Actor, room: RoomId): Promise<RoomSeen>;
	/** The room of this name, letter case apart, that lists show the actor; of several the one that is not secret. Throws `no-such-room`. */
	roomNamed(actor: Actor, name: string): Promise<RoomSeen>;
	/** Where the actor may make rooms, by name. */
	creatable(actor: Actor): Promise<readonly Category[]>;
	/**
	 * The actor becomes a manager of it; by default it is closed and normal. Throws `cannot-create`, `name-taken`,
	 * `malformed`, `too-large`, `no-such-principal`, `not-in-scope`, `presenter-not-member`.
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
	/** With all its messages, for ever. Throws `no-such-room`, `forbidden`, `conflict` when it is enabled again meanwhile. */
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

export function createAdministration(work: RoomsWork): Administration {
	return {
		room: (actor, id) => roomFor(work, actor, id),
		roomNamed: (actor, name) => roomNamed(work, actor, name),
		creatable: async (actor) =>
			work.store.categories.creatable(await work.rights.of(actor)),
		createRoom: (actor, request) => createRoom(work, actor, request),
		async changeRoom(actor, id, change) {
			await changeRoom(work, actor, id, change);
			return afterwards(() => recordOf(work, id));
		},
		removeRoom: (actor, id) => removeRoom(work, actor, id),
		eligible: (actor, of, page) => eligible(work, actor, of, page),
	};
}

async function roomFor(
	{ store, rights }: RoomsWork,
	actor: Actor,
	id: RoomId,
): Promise<RoomSeen> {
	const known = await store.rooms.known(id, await rights.of(actor));
	if (known === undefined) throw noSuchRoom();
	const { room, standing } = known;
	maySee(room, standing);
	if (!isListed(room, standing)) {
		throw new ChatError("room-disabled", `${room.name} is disabled.`);
	}
	const summary = await store.rooms.summary(id);
	if (summary === undefined) throw noSuchRoom();
	return manages(standing)
		? { ...summary, standing, roles: await store.rooms.roles(id) }
		: { ...summary, standing };
}

async function roomNamed(
	work: RoomsWork,
	actor: Actor,
	name: string,
): Promise<RoomSeen> {
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
	{ roles: wanted = {}, ...given }: RoomRequest,
): Promise<RoomRecord> {
	const properties: RoomProperties = {
		description: "",
		privacy: "closed",
		type: "normal",
		invitations: "inherit",
		disabled: false,
		...given,
	};
	const roles = rolesOfNew(actor, wanted);
	const { id, at } = await withHolder(
		work.rights,
		actor,
		async (holder, stale) => {
			const { categories } = work.store;
			mayCreate(await categories.standing(given.category, holder));
			checkProperties(work, properties);
			const category = await categories.find(given.category);
			if (category === undefined) throw noSuchCategory();
			await checkRoles(work, roles, roles, category, properties);
			return writeUnless(stale, work.store, async (tx) => {
				// They were known before; from now on nobody is removed until the room is there.
				await tx.rights.change();
				await checkKnown(tx, roles);
				mayCreate(await tx.categories.standing(given.category, holder));
				return addRoom(tx, actor, properties, roles, work.now());
			});
		},
	);
	work.rights.given();
	return afterwards(async () => {
		await invite(work, id, roles.member, at);
		return recordOf(work, id);
	});
}

async function addRoom(
	tx: Transaction,
	actor: Actor,
	properties: RoomProperties,
	roles: Roles,
	at: Date,
): Promise<{ readonly id: RoomId; readonly at: Date }> {
	const id = randomUUID() as RoomId;
	await tx.rooms.add({
		...properties,
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
		properties,
	});
	await recordRoles(tx, actor, made, { added: roles, removed: nobody }, at);
	return { id, at };
}

/** The operator is no user: a room of his begins without a manager. */
function rolesOfNew(actor: Actor, wanted: Partial<Roles>): Roles {
	const creator =
		actor.administrator === true ? [] : [actor.uri as string as Principal];
	return mapRoles((role) => [
		...new Set([
			...(role === "manager" ? creator : []),
			...(wanted[role] ?? []),
		]),
	]);
}

async function recordOf({ store }: RoomsWork, id: RoomId): Promise<RoomRecord> {
	const summary = await store.rooms.summary(id);
	if (summary === undefined) throw noSuchRoom();
	return { ...summary, roles: await store.rooms.roles(id) };
}

async function eligible(
	{ store, rights, directory, limits }: RoomsWork,
	actor: Actor,
	of: { readonly room: RoomId } | { readonly category: CategoryId },
	page: { readonly after?: UserUri | undefined; readonly limit: number },
): Promise<readonly User[]> {
	return withHolder(rights, actor, async (holder, stale) => {
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
		const category = await store.categories.find(id);
		if (category === undefined) throw noSuchCategory();
		const found = await directory.covered(category.allowed, {
			except: category.denied,
			after: page.after,
			limit: Math.max(1, Math.min(page.limit, limits.searchResults)),
		});
		return stale() ? undefined : found;
	});
}
