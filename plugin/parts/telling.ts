/** Who is told what happens in rooms: sessions over SIP, those who were made members, and those who watch without a dialog. */
import {
	createInvitationTelling,
	createSessions,
	type Session,
	type Sessions,
	tellInvited,
} from "../sessions/index.ts";
import { createWatching, type Watching } from "../watching/index.ts";
import type { Ground } from "./ground.ts";
import type { House } from "./house.ts";

export interface Telling {
	readonly sessions: Sessions;
	readonly watching: Pick<Watching, "watch">;
	/** Resolves when nobody is told anything any more. */
	close(): Promise<void>;
}

export function beginTelling(
	{ service, store, fanOut, log }: Ground,
	{ rooms, nodeRooms }: House,
): Telling {
	const { domain, newContentEveryMs } = service;
	const sessions = createSessions({
		...{ domain, newContentEveryMs, log },
		between: (room, after, through) =>
			store.messages.between(room, after, through),
		hear: fanOut.hear,
		roomsFollowed: nodeRooms.roomsFollowed,
		newContent: nodeRooms.newContent,
	});
	const invitations = createInvitationTelling<Session>({
		log,
		sessions: sessions.all,
		tell: tellInvited(domain),
		holding: nodeRooms.holding,
		invitationTo: rooms.invitationTo,
	});
	const watching = createWatching({
		...nodeRooms,
		hear: fanOut.hear,
		invitationTo: rooms.invitationTo,
		...{ newContentEveryMs, log },
	});
	const told = [sessions, invitations, watching];
	const stops = told.map(({ deliver }) => fanOut.subscribe(deliver));
	return {
		sessions,
		watching: { watch: watching.watch },
		async close() {
			for (const stop of stops) stop();
			await watching.close();
			await invitations.close();
			await sessions.close();
		},
	};
}
