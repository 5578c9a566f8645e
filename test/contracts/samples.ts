/** Users, categories and rooms for tests of the store; every call makes another one. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { ComplianceEvent } from "../../plugin/compliance/events.ts";
import { ChatError, type Reason } from "../../plugin/errors.ts";
import type {
	Actor,
	CategoryId,
	Draft,
	Group,
	GroupId,
	Message,
	Principal,
	Room,
	RoomId,
	SessionId,
	Standing,
	UserUri,
} from "../../plugin/rooms/types.ts";
import type {
	Knex,
	Movement,
	NewCategory,
	NewRoom,
	NewUser,
	Store,
	Transaction,
} from "../../plugin/store/index.ts";

export interface StoreUnderTest {
	readonly store: Store;
	readonly knex: Knex;
	/** As another node has it: with connections of its own to the same database. */
	another(): Promise<Store>;
	/** Closes all of them and drops the database. */
	close(): Promise<void>;
}

export type OpenStore = () => Promise<StoreUnderTest>;

export const uri = (name: string): UserUri =>
	`sip:${name}@example.com` as UserUri;
export const principal = (text: string): Principal => text as Principal;
export const exampleCom = principal("domain:example.com");
export const sessionId = (): SessionId => randomUUID() as SessionId;
export const someTime = new Date("2026-03-01T12:00:00.123Z");

export function sampleUser(name = `user-${randomUUID()}`): NewUser {
	return {
		uri: uri(name),
		displayName: `The ${name}`,
		guid: randomUUID(),
		active: true,
	};
}

export function sampleCategory(
	changes: Partial<NewCategory> = {},
): NewCategory {
	const id = randomUUID() as CategoryId;
	return {
		id,
		name: `Category ${id}`,
		description: "",
		invitations: true,
		files: true,
		history: true,
		compliance: "open",
		retainDays: null,
		allowed: [exampleCom],
		denied: [],
		creators: [],
		...changes,
	};
}

export function sampleRoom(
	category: CategoryId,
	changes: Partial<NewRoom> = {},
): NewRoom {
	const id = randomUUID() as RoomId;
	return {
		id,
		name: `Room ${id}`,
		description: "",
		category,
		privacy: "open",
		type: "normal",
		invitations: "inherit",
		members: [],
		managers: [],
		presenters: [],
		createdBy: "test",
		createdAt: someTime,
		...changes,
	};
}

/** Adds a room, in a category of its own when none is named. */
export async function addRoom(
	store: Store,
	changes: Partial<NewRoom> = {},
): Promise<Room> {
	const category = sampleCategory();
	const room = sampleRoom(changes.category ?? category.id, changes);
	await store.transaction(async (tx) => {
		if (changes.category === undefined) await tx.categories.add(category);
		await tx.rooms.add(room);
	});
	return kept(await store.rooms.find(room.id));
}

export async function addCategory(
	store: Store,
	changes: Partial<NewCategory> = {},
): Promise<NewCategory> {
	const category = sampleCategory(changes);
	await store.transaction((tx) => tx.categories.add(category));
	return category;
}

export async function addUser(store: Store, name?: string): Promise<NewUser> {
	const user = sampleUser(name);
	await store.transaction((tx) => tx.users.add(user));
	return user;
}

/** `sip:name@domain`, "The name" unless it says otherwise. */
export async function addUsers(
	store: Store,
	domain: string,
	names: readonly string[],
	changes: Partial<NewUser> = {},
): Promise<readonly UserUri[]> {
	const users = names.map((name) => ({
		...sampleUser(name),
		uri: `sip:${name}@${domain}` as UserUri,
		...changes,
	}));
	await store.transaction(async (tx) => {
		for (const user of users) await tx.users.add(user);
	});
	return users.map((user) => user.uri);
}

export async function addGroup(
	store: Store,
	members: readonly Principal[] = [],
	name = `Group ${randomUUID()}`,
): Promise<Group> {
	const group = { id: randomUUID() as GroupId, name, members };
	await store.transaction((tx) => tx.groups.add(group));
	return group;
}

export function groupPrincipal({ id }: Group): Principal {
	return principal(`group:${id}`);
}

export const alice: Actor = {
	uri: uri("alice"),
	displayName: "Alice",
	guid: "00000000-0000-4000-8000-00000000000a",
};

export const bob: Actor = {
	uri: uri("bob"),
	displayName: "Bob",
	guid: "00000000-0000-4000-8000-00000000000b",
};

export function draft(room: RoomId, text: string): Draft {
	return { room, text, alert: false };
}

export async function append(
	tx: Transaction,
	room: RoomId,
	text: string,
): Promise<Message> {
	const locked = await tx.rooms.lock(room);
	return tx.messages.append(locked, alice, draft(room, text), someTime);
}

export function posted(room: Room, message: Message): ComplianceEvent {
	return {
		id: randomUUID(),
		type: "posted",
		at: someTime,
		actor: alice,
		room,
		message,
	};
}

export function kept<T>(value: T | undefined): T {
	assert.ok(value !== undefined, "it is not there");
	return value;
}

export async function refused(
	reason: Reason,
	attempt: Promise<unknown>,
): Promise<ChatError> {
	const error = await attempt.then(
		() => undefined,
		(fault: unknown) => fault,
	);
	assert.ok(error instanceof ChatError, `not refused, but: ${error}`);
	assert.equal(error.reason, reason);
	return error;
}

/** One session of somebody, by himself. */
export async function enterRoom(
	tx: Transaction,
	room: RoomId,
	who: { readonly user: Actor; readonly standing: Standing },
	session: SessionId,
	node = "node-1",
	{
		rosterLimit = 75,
		device,
	}: { readonly rosterLimit?: number; readonly device?: string } = {},
): Promise<Movement> {
	const arrival = { room, ...who, session, node, device };
	const [movement] = await tx.participants.enter(
		[arrival],
		someTime,
		rosterLimit,
	);
	assert.ok(movement);
	return movement;
}

export async function leaveRoom(
	tx: Transaction,
	room: RoomId,
	user: UserUri,
	session: SessionId,
	rosterLimit = 75,
): Promise<Movement> {
	const departure = { room, user, session };
	const [movement] = await tx.participants.leave([departure], rosterLimit);
	assert.ok(movement);
	return movement;
}
