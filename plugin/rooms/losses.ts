/** Before a room is moved or a category narrowed: who would lose what. Changes nothing. */
import { noSuchCategory, noSuchRoom } from "../errors.ts";
import { inScope, mayManage, mayMove } from "./access.ts";
import { withHolder } from "./rights.ts";
import { roleNames } from "./roles.ts";
import type {
	Actor,
	CategoryId,
	CategoryScope,
	Loss,
	Principal,
	Role,
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
		const losses = await lossesIn(work, room, category);
		return stale() ? undefined : losses;
	});
}

/**
 * Of those who have a role by name and of those in the room, whom the scope would not allow. `before`: and whom that one
 * does.
 */
export async function lossesIn(
	work: RoomsWork,
	room: Room,
	scope: Scope,
	before?: Scope,
): Promise<readonly Loss[]> {
	const was = await concerned(work, room.id);
	const holders = await work.directory.holders([...was.keys()]);
	const { id, name } = room;
	return [...was].flatMap(([user, what]) => {
		const holder = holders.get(user);
		if (holder === undefined || inScope(scope, holder)) return [];
		if (before !== undefined && !inScope(before, holder)) return [];
		const principal = user as string as Principal;
		return [{ room: { id, name }, principal, was: what }];
	});
}

async function concerned(
	{ store }: RoomsWork,
	room: RoomId,
): Promise<ReadonlyMap<UserUri, readonly (Role | "participant")[]>> {
	const was = new Map<UserUri, (Role | "participant")[]>();
	const note = (user: UserUri, what: Role | "participant") =>
		was.set(user, [...(was.get(user) ?? []), what]);
	const roles = await store.rooms.roles(room);
	for (const role of roleNames) {
		for (const principal of roles[role]) {
			if (!principal.startsWith("sip:")) continue;
			note(principal as string as UserUri, role);
		}
	}
	for (let after: UserUri | undefined; ; ) {
		const page = { after, limit: 1_000 };
		const here = await store.participants.inRoom(room, page);
		for (const { user } of here) note(user.uri, "participant");
		after = here.at(-1)?.user.uri;
		if (here.length < page.limit) return was;
	}
}
