/** Who is signed in at this site, and the SIP client that goes with it. No password is kept: SIP takes tickets of the session. */
import { ChatClient } from "../../../client/chat-client.ts";
import { nodeAgent as webSocketAgent } from "../../../client/node-agent.ts";
import {
	type OpenAgent,
	SipRefused,
	SipUnreachable,
} from "../../../client/sip-agent.ts";
import type { Named } from "./mentions.ts";

export interface Account {
	readonly me: Named;
	/** Rejects with `SipRefused`, `SipUnreachable`, `ChatRefused` or `ChatTimeout`. */
	connect(): Promise<ChatClient>;
	/** Ends the session of this browser; never rejects. */
	signOut(): Promise<void>;
}

interface Session {
	readonly user: { readonly uri: string; readonly displayName: string };
	readonly csrfToken: string;
}

interface Ticket {
	readonly user: string;
	readonly username: string;
	readonly password: string;
	readonly webSocketUrl: string;
}

/** The site's refusal, in its own sentence. */
class Refusal extends Error {
	readonly status: number;

	constructor(status: number, sentence: string) {
		super(sentence);
		this.status = status;
	}
}

/** Come back soon: a person is waiting. */
const backOff = { firstDelayMs: 500, maxDelayMs: 8_000 };
const keepAlive = { everyMs: 20_000, pongMs: 8_000 };

/** Whoever signed in before with this browser; undefined when nobody is. */
export async function signedIn(): Promise<Account | undefined> {
	try {
		return accountOf(await ask<Session>("GET", "api/session"));
	} catch (error) {
		if (error instanceof Refusal && error.status === 401) return undefined;
		throw error;
	}
}

/** Throws an `Error` whose message is a sentence. */
export async function signIn(user: string, password: string): Promise<Account> {
	const body = { user: user.trim(), password };
	return accountOf(await ask<Session>("POST", "api/session", { body }));
}

function accountOf({ user, csrfToken: token }: Session): Account {
	return {
		me: { uri: user.uri, name: user.displayName },
		connect: () =>
			ChatClient.connect({
				open: openWithTicket(token),
				reconnect: backOff,
			}),
		signOut: async () => {
			await ask("DELETE", "api/session", { token }).catch(() => undefined);
		},
	};
}

/** A new ticket for each connection. */
function openWithTicket(token: string): OpenAgent {
	return async (events) => {
		const ticket = await ask<Ticket>("POST", "api/sip-ticket", { token }).catch(
			(error: Error) => {
				throw error instanceof Refusal && [401, 403].includes(error.status)
					? new SipRefused("REGISTER", { status: 401, reason: error.message })
					: new SipUnreachable(error.message, { cause: error });
			},
		);
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

async function ask<Answer>(
	method: string,
	path: string,
	{ body, token }: { readonly body?: object; readonly token?: string } = {},
): Promise<Answer> {
	const answer = await fetch(path, {
		method,
		headers: {
			...(body && { "content-type": "application/json" }),
			...(token !== undefined && { "x-csrf-token": token }),
		},
		...(body && { body: JSON.stringify(body) }),
	}).catch(() => undefined);
	if (!answer) {
		throw new Error("The server does not answer. Look at your network.");
	}
	const said = await answer.json().catch(() => ({}));
	if (!answer.ok) {
		throw new Refusal(answer.status, said.detail ?? answer.statusText);
	}
	return said;
}
