/** Before a room is moved or a category narrowed: who would lose what. Changes nothing. */
import { noSuchCategory, noSuchRoom } from "../errors.ts";
import { inScope, mayManage, mayMove } from "./access.ts";
import { withHolder } from "./rights.ts";
import { roleNames } from "./roles.ts";
import type {
	Actor,
	CategoryId,
	CategoryScope,
	Holder,
	Loss,
	Principal,
	Roles,
	Room,
	RoomId,
	UserUri,
} from "./types.ts";
import type { RoomsWork } from "./work.ts";

type Scope = Pick<CategoryScope, "allowed" | "denied">;

/** Throws as the move would. */
export async function previewMove(
	work: RoomsWork,
	actor: Actor,
	id: RoomId,
	to: CategoryId,
): Promise<readonly Loss[]> {
	const { store, rights } = work;
	return withHolder(rights, actor, async (holder, stale) => {
		const known = await store.rooms.known(id, holder);
		if (known === undefined) throw noSuchRoom();
		const { room, standing } = known;
		mayManage(room, standing);
		if (to === room.category.id) return [];
		mayMove(room, standing, await store.categories.standing(to, holder));
		const category = await store.categories.find(to);
		if (category === undefined) throw noSuchCategory();
		const before = await store.categories.find(room.category.id);
		if (before === undefined) throw noSuchCategory();
		const losses = await lossesByMove(work, room, before, category);
		return stale() ? undefined : losses;
	});
}

/** People looked at in one turn. */
const atOnce = 500;

/** Whoever has a role in the room, by himself or by a group or domain, is in it, or may enter it, and would not be allowed. */
async function lossesByMove(
	work: RoomsWork,
	room: Room,
	before: Scope,
	scope: Scope,
): Promise<readonly Loss[]> {
	const roles = await work.store.rooms.roles(room.id);
	const named = roleNames.flatMap((role) => roles[role]);
	const visitors = room.privacy === "open" ? before.allowed : [];
	const lost = new Map<UserUri, Holder>();
	const judge = async (users: readonly UserUri[]) => {
		for (const [user, holder] of await work.directory.holders(users)) {
			if (!inScope(scope, holder)) lost.set(user, holder);
		}
	};
	for await (const users of coveredBy(work, [...named, ...visitors])) {
		await judge(users);
	}
	const present = await presentIn(work, room.id);
	const users = named.filter((each) => each.startsWith("sip:"));
	await judge([...present, ...users.map((each) => each as string as UserUri)]);
	return lossesOf(room, roles, present, lost, before);
}

/** Those whom the category allows now, and would not then, with what they hold. */
export async function lostBy(
	work: RoomsWork,
	before: Scope,
	scope: Scope,
): Promise<ReadonlyMap<UserUri, Holder>> {
	const lost = new Map<UserUri, Holder>();
	for await (const users of coveredBy(work, before.allowed, before.denied)) {
		for (const [user, holder] of await work.directory.holders(users)) {
			if (inScope(before, holder) && !inScope(scope, holder)) {
				lost.set(user, holder);
			}
		}
	}
	return lost;
}

/** What these, and whoever else is in it, would lose in one of the category's rooms. */
export async function lossesIn(
	work: RoomsWork,
	room: Room,
	known: ReadonlyMap<UserUri, Holder>,
	before: Scope,
	scope: Scope,
): Promise<readonly Loss[]> {
	const roles = await work.store.rooms.roles(room.id);
	const present = await presentIn(work, room.id);
	const lost = new Map(known);
	const others = [...present].filter((user) => !known.has(user));
	for (const [user, holder] of await work.directory.holders(others)) {
		const loses = inScope(before, holder) && !inScope(scope, holder);
		if (loses) lost.set(user, holder);
	}
	return lossesOf(room, roles, present, lost, before);
}

function lossesOf(
	room: Room,
	roles: Roles,
	present: ReadonlySet<UserUri>,
	lost: ReadonlyMap<UserUri, Holder>,
	before: Scope,
): readonly Loss[] {
	const { id, name, privacy } = room;
	return [...lost].flatMap(([user, holder]) => {
		const principal = user as string as Principal;
		const within = inScope(before, holder);
		// Who is not allowed now has only what names himself to lose.
		const held = within ? holder.principals : [principal];
		const was: Loss["was"][number][] = roleNames.filter((role) =>
			held.some((each) => roles[role].includes(each)),
		);
		if (present.has(user)) was.push("participant");
		if (was.length === 0 && within && privacy === "open") was.push("visitor");
		return was.length === 0 ? [] : [{ room: { id, name }, principal, was }];
	});
}

async function* coveredBy(
	{ directory }: RoomsWork,
	principals: readonly Principal[],
	except: readonly Principal[] = [],
): AsyncIterable<readonly UserUri[]> {
	for (let after: UserUri | undefined; ; ) {
		const page = { except, after, limit: atOnce };
		const users = await directory.covered(principals, page);
		yield users.map(({ uri }) => uri);
		after = users.at(-1)?.uri;
		if (users.length < atOnce) return;
	}
}

async function presentIn(
	{ store }: RoomsWork,
	room: RoomId,
): Promise<ReadonlySet<UserUri>> {
	const present = new Set<UserUri>();
	for (let after: UserUri | undefined; ; ) {
		const page = { after, limit: atOnce };
		const here = await store.participants.inRoom(room, page);
		for (const { user } of here) present.add(user.uri);
		after = here.at(-1)?.user.uri;
		if (here.length < atOnce) return present;
	}
}
