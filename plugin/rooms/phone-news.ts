/**
 * What is to be sent to those who take part by SIP MESSAGE, and which node sends it. How far each has come is kept, so that
 * a restart goes on from there; a node claims a user while it sends to him, so that in a pool nobody is sent anything twice.
 */
import type { PhoneRoom, Transaction } from "../store/index.ts";
import type { Hearing } from "./hearing.ts";
import { createMembership } from "./membership.ts";
import { phoneSessionOf } from "./phone-session.ts";
import type { Message, Room, RoomId, UserUri } from "./types.ts";
import type { RoomsWork } from "./work.ts";

export type PhoneNews =
	| {
			readonly type: "message";
			readonly room: Room;
			readonly message: Message;
			/** He has had everything up to here once this is sent. */
			readonly through: number;
	  }
	/** So many messages are too long ago to be sent. */
	| {
			readonly type: "skipped";
			readonly room: Room;
			readonly count: number;
			readonly through: number;
	  }
	/** He has been put out. */
	| {
			readonly type: "lost";
			readonly room: { readonly id: RoomId; readonly name: string };
	  };

export interface PhoneRooms {
	/** Rooms in which somebody takes part by MESSAGE. */
	phoneRooms(): Promise<readonly RoomId[]>;
	/** Users for whom there may be something, whom no node has claimed; by URI, after `after`. */
	duePhones(page: {
		readonly after: UserUri | undefined;
		readonly limit: number;
	}): Promise<readonly UserUri[]>;
	/** What an earlier run of this node had claimed is free. */
	releasePhones(): Promise<void>;
	/** For so long no other node sends to him. False when one does, or there is nothing to send him. */
	claimPhone(user: UserUri, forMs: number): Promise<boolean>;
	/** The next of what is to be sent, in the order of its room. */
	nextForPhone(user: UserUri): Promise<PhoneNews | undefined>;
	/** He has had it, or has refused it: he is there. */
	phoneHad(user: UserUri, news: PhoneNews): Promise<void>;
	/** Is what is said in this room sent to him? */
	isPhoneIn(user: UserUri, room: RoomId): Promise<boolean>;
	/** Nothing reached him; for how long that has been so. */
	phoneFailed(user: UserUri): Promise<number>;
	/** He takes part by MESSAGE nowhere any more. */
	endPhone(user: UserUri): Promise<void>;
}

/** Who has missed more is sent the newest of it. */
export const backlogMessages = 100;
/** Read at once. */
const pageMessages = 20;
const maxRooms = 100_000;

export function createPhoneRooms(
	work: RoomsWork,
	{ hearers }: Pick<Hearing, "hearers">,
): PhoneRooms {
	const { store, now, node } = work;
	const { part } = createMembership(work);

	async function nextOf(
		user: UserUri,
		{ room: id, roomName, lastSequence, inside, ...phone }: PhoneRoom,
	): Promise<PhoneNews | undefined> {
		if (!inside) return { type: "lost", room: { id, name: roomName } };
		if (lastSequence <= phone.sent) return undefined;
		// Who has just lost his right is about to be put out, and told.
		if ((await hearers(id, [user])).get(user) !== "inside") return undefined;
		const room = await store.rooms.find(id);
		if (room === undefined) return undefined;
		const count = lastSequence - backlogMessages - phone.sent;
		if (count > 0) {
			const through = lastSequence - backlogMessages;
			return { type: "skipped", room, count, through };
		}
		for (let after = phone.sent; after < lastSequence; after += pageMessages) {
			const through = Math.min(lastSequence, after + pageMessages);
			const found = await store.messages.between(id, after, through);
			const message = found.find(({ author }) => author.uri !== user);
			if (message !== undefined) {
				return { type: "message", room, message, through: message.sequence };
			}
		}
		await store.transaction((tx) => tx.phones.sent(user, id, lastSequence));
		return undefined;
	}

	return {
		phoneRooms: () => store.phones.rooms(maxRooms),
		duePhones: (page) => store.phones.due(now(), page),
		releasePhones: () => store.transaction((tx) => tx.phones.release(node)),
		claimPhone(user, forMs) {
			const at = now();
			const until = new Date(at.getTime() + forMs);
			return store.transaction((tx) => tx.phones.claim(user, node, at, until));
		},
		async nextForPhone(user) {
			for (const room of await store.phones.of(user)) {
				const news = await nextOf(user, room);
				if (news !== undefined) return news;
			}
			return undefined;
		},
		async phoneHad(user, news) {
			const { id } = news.room;
			await store.transaction(async (tx) => {
				await tx.phones.reached(user);
				if (news.type === "lost") await forget(tx, user, id);
				else await tx.phones.sent(user, id, news.through);
			});
		},
		async isPhoneIn(user, room) {
			const phones = await store.phones.of(user);
			return phones.some((each) => each.room === room && each.inside);
		},
		async phoneFailed(user) {
			const at = now();
			const since = await store.transaction((tx) =>
				tx.phones.failing(user, at),
			);
			return at.getTime() - since.getTime();
		},
		async endPhone(user) {
			const entries = await store.transaction(async (tx) => {
				const known = await tx.users.find(user);
				return known === undefined
					? []
					: tx.participants.ofSession(user, phoneSessionOf(known));
			});
			for (const { actor, session, room } of entries) {
				await part(actor, session, [room]);
			}
			// Also of rooms that he has been put out of: he cannot be told.
			for (const { room } of await store.phones.of(user)) {
				await store.transaction((tx) => tx.phones.remove(user, room));
			}
		},
	};
}

/** Unless he has joined again. */
async function forget(
	tx: Transaction,
	user: UserUri,
	room: RoomId,
): Promise<void> {
	const phones = await tx.phones.of(user);
	const again = phones.some((each) => each.room === room && each.inside);
	if (!again) await tx.phones.remove(user, room);
}
