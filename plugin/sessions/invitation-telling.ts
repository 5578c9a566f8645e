/**
 * Who has been made a member is told at once, if he is here. One after another, however many a group has: what else this
 * node does goes on meanwhile. Who is not told (the queue is full, the node ends) finds his invitation when he asks for it.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Logger } from "pino";
import type { RoomEvent } from "../rooms/events.ts";
import type {
	Actor,
	Invitation,
	Principal,
	RoomId,
	UserUri,
} from "../rooms/types.ts";
import { invitedNotice } from "../xccos/invitations.ts";
import type { Session } from "./session.ts";

/** `One`: a session, or whoever else is told. */
export interface InvitationTellingNeeds<
	One extends Pick<Session, "actor"> = Session,
> {
	readonly log: Logger;
	/** Those of this node, now. */
	sessions(): Iterable<One>;
	tell(one: One, invitation: Invitation): void;
	/** Those of the users who hold one of the principals. */
	holding(
		users: readonly UserUri[],
		principals: readonly Principal[],
	): Promise<readonly UserUri[]>;
	/** To this room, if he is a member since then or later. */
	invitationTo(
		actor: Actor,
		room: RoomId,
		grantedAt: Date,
	): Promise<Invitation | undefined>;
}

export interface InvitationTelling {
	deliver(event: RoomEvent): void;
	/** Resolves when nobody is being told any more. */
	close(): Promise<void>;
}

type Invited = Extract<RoomEvent, { type: "invited" }>;

const maxQueued = 1_000;
/** Users looked at by one question to the directory. */
const usersAtOnce = 200;

/** How a session is told. */
export function tellInvited(domain: string) {
	return ({ outlet }: Pick<Session, "outlet">, invitation: Invitation) =>
		outlet.notify(invitedNotice(domain, invitation));
}

export function createInvitationTelling<One extends Pick<Session, "actor">>(
	needs: InvitationTellingNeeds<One>,
): InvitationTelling {
	const queue: Invited[] = [];
	let work: Promise<void> | undefined;
	let closed = false;

	async function workOff(): Promise<void> {
		for (let event = queue.shift(); event; event = queue.shift()) {
			await tellAll(event).catch((error) =>
				needs.log.error({ err: error }, "invitations not told"),
			);
		}
		work = undefined;
	}

	async function tellAll({ room, principals, at }: Invited): Promise<void> {
		const here = byUser(needs.sessions());
		const users = [...here.keys()];
		for (let start = 0; start < users.length; start += usersAtOnce) {
			const some = users.slice(start, start + usersAtOnce);
			for (const user of await needs.holding(some, principals)) {
				await nextTurn();
				if (closed) return;
				await tell(here.get(user) ?? [], room, at);
			}
		}
	}

	async function tell(
		[first, ...others]: readonly One[],
		room: RoomId,
		at: Date,
	): Promise<void> {
		if (first === undefined) return;
		const found = await needs.invitationTo(first.actor, room, at);
		if (found === undefined) return;
		for (const one of [first, ...others]) needs.tell(one, found);
	}

	return {
		deliver(event) {
			if (event.type !== "invited" || closed) return;
			if (queue.length >= maxQueued) {
				needs.log.warn({ room: event.room }, "too many invitations at once");
				return;
			}
			queue.push(event);
			work ??= workOff();
		},
		async close() {
			closed = true;
			queue.length = 0;
			await work;
		},
	};
}

function byUser<One extends Pick<Session, "actor">>(
	sessions: Iterable<One>,
): ReadonlyMap<UserUri, readonly One[]> {
	const found = new Map<UserUri, One[]>();
	for (const session of sessions) {
		const { uri } = session.actor;
		const known = found.get(uri);
		if (known === undefined) found.set(uri, [session]);
		else known.push(session);
	}
	return found;
}
