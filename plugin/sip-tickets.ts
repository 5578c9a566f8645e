/**
 * By what a browser that is signed in at the web door signs in at SIP: a name and a password made for it, good for
 * `ticketMs` and only while its session lasts. They are computed from the session and a secret of the database, so every
 * node knows them, and none keeps them.
 */
import { createHmac } from "node:crypto";
import { hashCredentials } from "./credentials.ts";
import type { UserUri } from "./rooms/types.ts";
import type { Credentials, Store, WebSession } from "./store/index.ts";

export interface SipTicket {
	/** To be given to digest as user name and password; the From is the user's own. */
	readonly username: string;
	readonly password: string;
	readonly expiresAt: Date;
}

export interface SipTickets {
	issue(session: Pick<WebSession, "id">): Promise<SipTicket>;
	/** Whose the name of a ticket is that is still good. */
	find(username: string): Promise<TicketHolder | undefined>;
	/** Of these sessions, by their ids, those that have not ended; they count as used. */
	living(sessions: readonly string[]): Promise<ReadonlySet<string>>;
}

export interface TicketHolder {
	readonly user: UserUri;
	/** The id of his session at the web door. */
	readonly session: string;
	readonly credentials: Credentials;
}

export interface SipTicketsNeeds {
	readonly realm: string;
	readonly store: Pick<Store, "webSessions" | "transaction">;
	readonly secret: () => Promise<string>;
	readonly now: () => Date;
}

/** Until the page has connected; it fetches another one to connect again. */
const ticketMs = 300_000;

/** Of no user: the directory's names have no such shape. */
const shape =
	/^web\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([0-9a-z]{1,11})$/;

export function createSipTickets({
	realm,
	store,
	secret,
	now,
}: SipTicketsNeeds): SipTickets {
	async function passwordOf(username: string): Promise<string> {
		return createHmac("sha256", await secret())
			.update(`sip ${username}`)
			.digest("base64url");
	}

	return {
		async issue({ id }) {
			const expiresAt = new Date(now().getTime() + ticketMs);
			const username = `web.${id}.${expiresAt.getTime().toString(36)}`;
			return { username, password: await passwordOf(username), expiresAt };
		},
		async find(username) {
			const [, id, expiry] = shape.exec(username) ?? [];
			if (id === undefined || expiry === undefined) return undefined;
			if (Number.parseInt(expiry, 36) < now().getTime()) return undefined;
			const session = await store.webSessions.find({ id });
			if (session === undefined || session.endsAt <= now()) return undefined;
			const password = await passwordOf(username);
			return {
				user: session.user,
				session: id,
				credentials: hashCredentials(username, realm, password),
			};
		},
		async living(sessions) {
			if (sessions.length === 0) return new Set();
			const at = now();
			return new Set(
				await store.transaction(async (tx) => {
					await tx.webSessions.seen(sessions, at);
					return tx.webSessions.living(sessions, at);
				}),
			);
		},
	};
}
