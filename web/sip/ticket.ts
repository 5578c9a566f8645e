/** What a page needs to speak SIP: where, as whom, and a name and password that are good for a few minutes. */
import { z } from "zod";
import { ChatError } from "../../plugin/errors.ts";
import type { Routes } from "../route.ts";

const ticket = z.object({
	/** `sip:alice@example.com`: the From, and the address of record. */
	user: z.string(),
	/** Of the digest; not the name in the From. */
	username: z.string(),
	password: z.string(),
	/** Of the digest: the SIP domain. */
	realm: z.string(),
	/** ISO 8601: until then it opens connections. */
	expiresAt: z.string(),
	/** `ws://…` or `wss://…` */
	webSocketUrl: z.string(),
});

export const sipTicketRoutes: Routes = (
	server,
	{ sipTickets, sipAddress, domain },
) => {
	server.post(
		"/api/sip-ticket",
		{
			schema: {
				summary: "A name and a password for SIP",
				description:
					"For digest, in place of the user's own; good for five minutes and while the session lasts. A page asks for another one each time it connects.",
				response: { 200: ticket },
			},
		},
		async (request) => {
			const webSocketUrl = sipAddress(request);
			if (webSocketUrl === undefined) {
				throw new ChatError(
					"unavailable",
					"Where browsers speak SIP is not known; the operator says it in web.sipWebSocketUrl.",
				);
			}
			const { username, password, expiresAt } = await sipTickets.issue(
				request.webSession,
			);
			return {
				user: request.actor.uri,
				username,
				password,
				realm: domain,
				expiresAt: expiresAt.toISOString(),
				webSocketUrl,
			};
		},
	);
};
