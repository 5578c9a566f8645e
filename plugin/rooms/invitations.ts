/**
 * Invitations tell people once that they have been made members. Giving a role to a group or a domain makes none; each is made
 * when its user asks for his, or is here to be told.
 */
import { randomUUID } from "node:crypto";
import type { DueInvitation, Transaction } from "../store/index.ts";
import { withHolder } from "./rights.ts";
import { personOf, placeOf } from "./telling.ts";
import type {
	Actor,
	Holder,
	Invitation,
	Room,
	RoomId,
	User,
	UserUri,
} from "./types.ts";
import type { RoomsWork } from "./work.ts";

export interface Invitations {
	/**
	 * Those with a greater serial, by serial, as many as one search gives. Rooms from which he is shut out, or that do not
	 * invite now, keep theirs until that changes.
	 */
	invitations(
		actor: Actor,
		afterSerial: number,
	): Promise<readonly Invitation[]>;
	/** To this room, if he is a member since `grantedAt` or later. */
	invitationTo(
		actor: Actor,
		room: RoomId,
		grantedAt: Date,
	): Promise<Invitation | undefined>;
}

/** Invitations made in one transaction. */
const atOnce = 50;

export function createInvitations(work: RoomsWork): Invitations {
	const { store, rights, limits } = work;
	return {
		invitations: (actor, afterSerial) =>
			withHolder(rights, actor, async (holder, stale) => {
				for (let made = 0; made < limits.searchResults; made += atOnce) {
					const asked = { limit: atOnce };
					if ((await makeDue(work, actor, holder, asked)) < atOnce) break;
				}
				const asked = { limit: limits.searchResults };
				const found = await store.invitations.after(
					actor.uri,
					holder,
					afterSerial,
					asked,
				);
				return stale() ? undefined : found;
			}),
		async invitationTo(actor, room, grantedAt) {
			const asked = { room, limit: 1 };
			const [invitation] = await withHolder(
				rights,
				actor,
				async (holder, stale) => {
					await makeDue(work, actor, holder, asked);
					const { invitations } = store;
					const found = await invitations.after(actor.uri, holder, 0, asked);
					return stale() ? undefined : found;
				},
			);
			if (invitation === undefined) return undefined;
			return invitation.grantedAt >= grantedAt ? invitation : undefined;
		},
	};
}

/** How many it were. */
async function makeDue(
	{ store, directory, now }: RoomsWork,
	actor: Actor,
	holder: Holder,
	asked: { readonly room?: RoomId; readonly limit: number },
): Promise<number> {
	// Most who ask have none: that costs one look.
	const due = await store.invitations.due(actor.uri, holder, asked);
	if (due.length === 0) return 0;
	const granters = new Map<string, User>();
	for (const { grantedBy } of due) {
		if (granters.has(grantedBy)) continue;
		const user = await directory.find(grantedBy as UserUri);
		if (user !== undefined) granters.set(grantedBy, user);
	}
	const at = now();
	return store.transaction(async (tx) => {
		const made = await tx.invitations.make(actor.uri, holder, asked, at);
		for (const each of made) {
			const room = await tx.rooms.find(each.room);
			if (room === undefined) continue;
			const by = granters.get(each.grantedBy) ?? unknown(each);
			await record(tx, room, by, actor, at);
		}
		return made.length;
	});
}

/** The operator, or somebody who has left the directory. */
function unknown({ grantedBy }: DueInvitation): Actor {
	return { uri: grantedBy as UserUri, displayName: grantedBy, guid: "" };
}

async function record(
	tx: Transaction,
	room: Room,
	by: User | Actor,
	invited: Actor,
	at: Date,
): Promise<void> {
	await tx.outbox.add({
		id: randomUUID(),
		type: "invited",
		at,
		actor: personOf(by),
		room: placeOf(room),
		user: personOf(invited),
	});
}
