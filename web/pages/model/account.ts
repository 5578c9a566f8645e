/** The SIP client of whoever is signed in. No password is kept: SIP takes tickets of the session. */
import { ChatClient } from "../../../client/chat-client.ts";
import { nodeAgent as webSocketAgent } from "../../../client/node-agent.ts";
import {
	type OpenAgent,
	SipRefused,
	SipUnreachable,
} from "../../../client/sip-agent.ts";
import { Refusal, type Session } from "./session.ts";

interface Ticket {
	readonly user: string;
	readonly username: string;
	readonly password: string;
	readonly webSocketUrl: string;
}

/** Come back soon: a person is waiting. */
const backOff = { firstDelayMs: 500, maxDelayMs: 8_000 };
const keepAlive = { everyMs: 20_000, pongMs: 8_000 };

/** Rejects with `SipRefused`, `SipUnreachable`, `ChatRefused` or `ChatTimeout`. */
export function connect(session: Session): Promise<ChatClient> {
	return ChatClient.connect({
		open: openWithTicket(session),
		reconnect: backOff,
	});
}

/** A new ticket for each connection. */
function openWithTicket(session: Session): OpenAgent {
	return async (events) => {
		const ticket = await session
			.ask<Ticket>("POST", "api/sip-ticket")
			.catch((error: Error) => {
				throw error instanceof Refusal && [401, 403].includes(error.status)
					? new SipRefused("REGISTER", { status: 401, reason: error.message })
					: new SipUnreachable(error.message, { cause: error });
			});
		const { user, username: authName, password, webSocketUrl: server } = ticket;
		const open = webSocketAgent({
			server,
			user,
			authName,
			password,
			keepAlive,
		});
		return open(events);
	};
}
