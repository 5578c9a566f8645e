/** Joining and parting: who is in a room, told to the others and recorded once per user, however many sessions he has. */
import { randomUUID } from "node:crypto";
import { ChatError } from "../errors.ts";
import type { Store, Transaction } from "../store/index.ts";
import { mayJoin } from "./access.ts";
import type { RoomsNeeds } from "./index.ts";
import { placeOf } from "./posting.ts";
import type {
	Actor,
	JoinOutcome,
	Participant,
	RoomEvent,
	RoomId,
	RoomView,
	SessionId,
	Standing,
	UserUri,
} from "./types.ts";

/** Each room in a transaction of its own: one that refuses does not keep the others out. */
export async function join(
	needs: RoomsNeeds,
	actor: Actor,
	session: SessionId,
	rooms: readonly RoomId[],
	batch: boolean,
): Promise<readonly JoinOutcome[]> {
	const outcomes: JoinOutcome[] = [];
	const arrived: Extract<RoomEvent, { type: "joined" }>["rooms"][number][] = [];
	for (const id of new Set(rooms)) {
		try {
			const { view, standing, first } = await needs.store.transaction((tx) =>
				enter(needs, tx, actor, session, id),
			);
			outcomes.push({ room: id, view, standing });
			if (first) arrived.push({ room: id, type: view.room.type, standing });
		} catch (error) {
			if (!(error instanceof ChatError)) throw error;
			outcomes.push({ room: id, refusal: error });
		}
	}
	if (arrived.length > 0) {
		await tell(needs, {
			type: "joined",
			rooms: arrived,
			user: userOf(actor),
			batch,
		});
	}
	return outcomes;
}

async function enter(
	{ node, now, limits }: RoomsNeeds,
	tx: Transaction,
	actor: Actor,
	session: SessionId,
	id: RoomId,
): Promise<{ view: RoomView; standing: Standing; first: boolean }> {
	const room = await tx.rooms.lock(id);
	const standing = await tx.rooms.standing(
		room,
		await tx.users.principals(actor.uri),
	);
	mayJoin(room, standing);
	const at = now();
	const first = await tx.participants.enter(id, actor.uri, session, node, at);
	if (first) {
		await tx.outbox.add({
			id: randomUUID(),
			type: "joined",
			at,
			actor,
			room: placeOf(room),
		});
	}
	const participants = await tx.participants.inRoom(room, limits.roster);
	const participantCount = await tx.participants.count(id);
	return { view: { room, participants, participantCount }, standing, first };
}

/** Parting a room that one is not in changes nothing. */
export async function part(
	needs: RoomsNeeds,
	actor: Actor,
	session: SessionId,
	rooms: readonly RoomId[],
): Promise<void> {
	const left: RoomId[] = [];
	for (const id of new Set(rooms)) {
		const last = await needs.store.transaction((tx) =>
			leave(needs, tx, actor, session, id),
		);
		if (last) left.push(id);
	}
	if (left.length > 0) {
		await tell(needs, { type: "parted", rooms: left, user: userOf(actor) });
	}
}

async function leave(
	{ now }: RoomsNeeds,
	tx: Transaction,
	actor: Actor,
	session: SessionId,
	id: RoomId,
): Promise<boolean> {
	const room = await tx.rooms.lock(id);
	const last = await tx.participants.leave(id, actor.uri, session);
	if (last) {
		await tx.outbox.add({
			id: randomUUID(),
			type: "parted",
			at: now(),
			actor,
			room: placeOf(room),
		});
	}
	return last;
}

/** After a crash: whoever this node left behind in rooms is parted, so that no ghost remains and every JOIN has its PART. */
export async function partLeftovers(needs: RoomsNeeds): Promise<number> {
	const { store, node } = needs;
	const leftovers = await store.transaction((tx) =>
		tx.participants.ofNode(node),
	);
	const actors = new Map<UserUri, Actor>();
	const byRoom = new Map<RoomId, { actor: Actor; session: SessionId }[]>();
	for (const { room, user, session } of leftovers) {
		const actor = actors.get(user) ?? (await actorNamed(store, user));
		actors.set(user, actor);
		const here = byRoom.get(room) ?? [];
		byRoom.set(room, here);
		here.push({ actor, session });
	}
	for (const [room, here] of byRoom) {
		await store.transaction(async (tx) => {
			for (const { actor, session } of here) {
				await leave(needs, tx, actor, session, room);
			}
		});
	}
	return leftovers.length;
}

async function actorNamed(store: Store, uri: UserUri): Promise<Actor> {
	const user = await store.users.find(uri);
	return { uri, displayName: user?.displayName ?? uri, guid: user?.guid ?? "" };
}

function userOf({ uri, displayName, guid }: Actor): Participant["user"] {
	return { uri, displayName, guid };
}

async function tell({ fanOut, log }: RoomsNeeds, event: RoomEvent) {
	try {
		await fanOut.publish(event);
	} catch (error) {
		log.error({ err: error, type: event.type }, "event not told to the room");
	}
}
