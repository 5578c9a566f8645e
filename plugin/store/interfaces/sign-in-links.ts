/** Links that sign somebody in once at the web door. */
import type { UserUri } from "../../rooms/types.ts";

export interface SignInLink {
	readonly user: UserUri;
	readonly expiresAt: Date;
}

export interface NewSignInLink extends SignInLink {
	/** SHA-256, hexadecimal, of what the link holds. */
	readonly tokenSum: string;
	readonly askedAt: Date;
}

export interface SignInLinkReader {
	/** As it was put, unless it has been taken or replaced since; it may have expired. */
	find(tokenSum: string): Promise<SignInLink | undefined>;
}

export interface SignInLinkWriter extends SignInLinkReader {
	/** In place of his earlier one. Undefined, or when he asked last: then, after `since`, nothing is changed. */
	put(link: NewSignInLink, since: Date): Promise<Date | undefined>;
	/** As `find`, and for one of those who ask only: from then on it is not there. */
	take(tokenSum: string): Promise<SignInLink | undefined>;
	/** Those that expired before then are forgotten. */
	purge(before: Date): Promise<void>;
}
