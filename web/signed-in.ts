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
});

export function aboutSession(
	{ sessions, domain }: WebWork,
	{ uri, displayName, email }: Actor | User,
	session: WebSession,
) {
	return {
		user: { uri, displayName, ...(email !== undefined && { email }) },
		csrfToken: sessions.csrfToken(session),
		endsAt: session.endsAt.toISOString(),
		domain,
	};
}

/** As at the SIP door. Said only to who has shown who he is. */
export function demandEnabled({ enabled }: User): void {
	if (!enabled) {
		throw new DoorError("not-for-you", "Not enabled for persistent chat.");
	}
}
