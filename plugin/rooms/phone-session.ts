/** The session of somebody who takes part by SIP MESSAGE: one a user, the same on every node, for ever. */
import type { Actor, SessionId } from "./types.ts";

/** No node has such a long name: no start of one parts it as left behind. */
export const noNode = `${"-".repeat(20)} of no node: takes part by SIP MESSAGE ${"-".repeat(20)}`;
const prefix = "phone-";

export function phoneSessionOf({ guid }: Pick<Actor, "guid">): SessionId {
	return `${prefix}${guid}` as SessionId;
}

export function isPhoneSession(session: SessionId): boolean {
	return session.startsWith(prefix);
}
