/** What a page is told when somebody is signed in, by whichever way. */
import { z } from "zod";
import type { Actor, User, WebSession } from "../plugin/index.ts";
import { DoorError } from "./errors.ts";
import type { WebWork } from "./route.ts";

export const signedInView = z.object({
	user: z.object({
		uri: z.string(),
		displayName: z.string(),
		email: z.string().optional(),
	}),
	/** To be sent as `x-csrf-token` with whatever changes something. */
	csrfToken: z.string(),
	/** ISO 8601. */
	endsAt: z.string(),
	/** The SIP domain. */
	domain: z.string(),
	/** The most bytes that a file may have. */
	fileBytes: z.number(),
	/** May he see how the service is doing, and change what only administrators change? */
	administrator: z.boolean(),
});

export async function aboutSession(
	{ sessions, domain, fileBytes, rooms }: WebWork,
	user: Actor | User,
	session: WebSession,
) {
	const { uri, displayName, email } = user;
	return {
		user: { uri, displayName, ...(email !== undefined && { email }) },
		csrfToken: sessions.csrfToken(session),
		endsAt: session.endsAt.toISOString(),
		domain,
		fileBytes,
		administrator: await rooms.administers({
			uri,
			displayName,
			guid: user.guid,
		}),
	};
}

/** As at the SIP door. Said only to who has shown who he is. */
export function demandEnabled({ enabled }: User): void {
	if (!enabled) {
		throw new DoorError("not-for-you", "Not enabled for persistent chat.");
	}
}
