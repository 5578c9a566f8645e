/** Who is signed in at the web door. */
import type { UserUri } from "../../rooms/types.ts";

/** A browser that is signed in. */
export interface WebSession {
	/** A GUID; no secret. */
	readonly id: string;
	readonly user: UserUri;
	readonly begunAt: Date;
	/** The last time that it was used, to the minute or so. */
	readonly seenAt: Date;
	/** Then it ends, however much it is used. */
	readonly endsAt: Date;
}

export interface NewWebSession extends WebSession {
	/** SHA-256, hexadecimal, of what the browser holds. */
	readonly tokenSum: string;
}

export interface WebSessionReader {
	find(
		by: { readonly tokenSum: string } | { readonly id: string },
	): Promise<WebSession | undefined>;
	/** Those of them, by id, that end later than then. */
	living(ids: readonly string[], at: Date): Promise<readonly string[]>;
	/** How many have not ended by then. */
	count(at: Date): Promise<number>;
}

export interface WebSessionWriter extends WebSessionReader {
	/** What all nodes sign with at the web door: the one kept, which is `fresh` the first time. */
	secret(fresh: string): Promise<string>;
	/** Of a user's many sessions the newest `most` stay. */
	add(session: NewWebSession, most: number): Promise<void>;
	seen(ids: readonly string[], at: Date): Promise<void>;
	end(id: string): Promise<void>;
	/** And his link, if he has one. */
	endAll(user: UserUri): Promise<void>;
	/** Those that ended before `ended`, or were last seen before `seen`. */
	purge(before: { readonly ended: Date; readonly seen: Date }): Promise<void>;
}
