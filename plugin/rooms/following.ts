/** Followed rooms: which they are (the user's presence document says so), and what there is in each since he was last there. */
import { createHash } from "node:crypto";
import { ChatError, noSuchRoom } from "../errors.ts";
import type { Transaction } from "../store/index.ts";
import { maySee } from "./access.ts";
import { change, maxFollowed, roomSetting, tellChanged } from "./presence.ts";
import { withHolder, writeUnless } from "./rights.ts";
import type {
	Actor,
	FollowedRoom,
	PublicationChange,
	RoomId,
	Standing,
} from "./types.ts";
import { count, hasContentFor, maxCounted, nothing } from "./unread.ts";
import type { RoomsWork } from "./work.ts";

export interface Following {
	/** Following twice changes nothing. Throws `no-such-room`, `too-large`. */
	follow(actor: Actor, room: RoomId): Promise<void>;
	/** A room that he does not follow changes nothing. Throws `conflict` when a client keeps it in one publication with others. */
	unfollow(actor: Actor, room: RoomId): Promise<void>;
	/** The followed rooms that he may find, by name. */
	followed(actor: Actor): Promise<readonly FollowedRoom[]>;
}

export function createFollowing(work: RoomsWork): Following {
	return {
		follow: (actor, room) => follow(work, actor, room),
		unfollow: (actor, room) => unfollow(work, actor, room),
		followed: (actor) => followed(work, actor),
	};
}

async function follow(
	work: RoomsWork,
	actor: Actor,
	id: RoomId,
): Promise<void> {
	const { store, rights } = work;
	const changes = await withHolder(rights, actor, async (holder, stale) => {
		const known = await store.rooms.known(id, holder);
		if (known === undefined) throw noSuchRoom();
		maySee(known.room, known.standing);
		return writeUnless(stale, store, (tx) => publish(work, tx, actor, id));
	});
	await tellChanged(work, actor.uri, changes);
}

/** That he follows the room; nothing if he does already. Throws `too-large`. */
async function publish(
	work: RoomsWork,
	tx: Transaction,
	actor: Actor,
	id: RoomId,
): Promise<readonly PublicationChange[]> {
	const publications = await tx.presence.lock(actor.uri, work.now());
	const rooms = await tx.following.roomsOf(actor.uri);
	if (rooms.includes(id)) return [];
	if (rooms.length >= maxFollowed) {
		throw new ChatError(
			"too-large",
			`One follows at most ${maxFollowed} rooms.`,
		);
	}
	const taken = publications
		.filter(({ name }) => name === roomSetting)
		.map(({ instance }) => instance);
	const fresh: PublicationChange = {
		name: roomSetting,
		instance: freeInstance(id, new Set(taken)),
		container: 1,
		version: 0,
		expireType: "static",
		data: work.wire.roomSetting(id),
	};
	await change(work, tx, actor.uri, [fresh]);
	return [fresh];
}

/** The same for a room each time, if it is free. */
function freeInstance(room: RoomId, taken: ReadonlySet<number>): number {
	let instance = createHash("sha256").update(room).digest().readUInt32BE();
	while (taken.has(instance)) instance = (instance + 1) % 2 ** 32;
	return instance;
}

async function unfollow(
	work: RoomsWork,
	actor: Actor,
	id: RoomId,
): Promise<void> {
	const changes = await work.store.transaction(async (tx) => {
		const at = work.now();
		await tx.presence.lock(actor.uri, at);
		const all = await tx.presence.all(actor.uri, at);
		const gone: PublicationChange[] = [];
		for (const { data, publishedAt, ...publication } of all) {
			if (publication.name !== roomSetting) continue;
			const rooms = work.wire.roomsNamed(data);
			if (!rooms.includes(id)) continue;
			if (rooms.length > 1) {
				throw new ChatError(
					"conflict",
					"One of your other clients keeps this room together with others; unfollow it there.",
				);
			}
			gone.push(publication);
		}
		if (gone.length > 0) await change(work, tx, actor.uri, gone);
		return gone;
	});
	await tellChanged(work, actor.uri, changes);
}

async function followed(
	{ store, rights }: RoomsWork,
	actor: Actor,
): Promise<readonly FollowedRoom[]> {
	const holder = await rights.of(actor);
	const found = await store.rooms.followed(actor.uri, holder, maxFollowed);
	const present = new Set(await store.participants.roomsOf(actor.uri));
	const rooms: FollowedRoom[] = [];
	for (const { summary, member, reached } of found) {
		const { room } = summary;
		const standing: Standing = {
			inScope: true,
			administrator: holder.administrator,
			member,
			manager: false,
			presenter: false,
		};
		if (present.has(room.id) || !hasContentFor(room, standing)) {
			rooms.push(summary);
			continue;
		}
		const recent =
			room.lastSequence > reached
				? await store.messages.after(room.id, reached, maxCounted)
				: nothing;
		rooms.push({ ...summary, unread: count(recent, reached, actor) });
	}
	return rooms;
}
