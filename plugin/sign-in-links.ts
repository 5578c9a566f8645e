/**
 * Links by which somebody who has shown on the SIP side who he is signs in at the web door, once and soon. The database holds the
 * sum of what a link holds; who asks again makes his earlier one worthless. It stands behind the `#`, which browsers send to nobody.
 */
import { createHash, randomBytes } from "node:crypto";
import { ChatError } from "./errors.ts";
import type { User, UserUri } from "./rooms/types.ts";
import type { SignInLink, Store } from "./store/index.ts";

export interface IssuedLink {
	/** A secret, for this user alone: `https://chat.example.com/#sign-in=…` */
	readonly url: string;
	readonly expiresAt: Date;
}

export interface LinkHolder {
	/** He may be turned off. */
	readonly user: User;
	readonly expiresAt: Date;
}

export interface SignInLinks {
	/** Throws `unavailable`: there is no web door, or he asked a moment ago. */
	issue(user: UserUri): Promise<IssuedLink>;
	/** Whose the link is, while it is good; it stays so. */
	holder(token: string): Promise<LinkHolder | undefined>;
	/** As `holder`, and from then on it is worth nothing. */
	redeem(token: string): Promise<LinkHolder | undefined>;
	/** Forgets what has expired. */
	purge(): Promise<void>;
}

export interface SignInLinksNeeds {
	readonly store: Pick<Store, "users" | "signInLinks" | "transaction">;
	/** Of the web door, without a slash at its end; undefined where it is not known. */
	readonly webAddress: () => string | undefined;
	readonly now: () => Date;
}

const validMs = 300_000;
const askAgainMs = 10_000;
const tokenBytes = 32;

export function createSignInLinks({
	store,
	webAddress,
	now,
}: SignInLinksNeeds): SignInLinks {
	async function holderOf(
		link: SignInLink | undefined,
	): Promise<LinkHolder | undefined> {
		if (link === undefined || link.expiresAt <= now()) return undefined;
		const user = await store.users.find(link.user);
		return user && { user, expiresAt: link.expiresAt };
	}

	return {
		async issue(user) {
			const address = webAddress();
			if (address === undefined) {
				throw new ChatError(
					"unavailable",
					"There is no page to sign in at, or its address is not known; the operator says it in web.publicUrl.",
				);
			}
			const token = randomBytes(tokenBytes).toString("base64url");
			const askedAt = now();
			const expiresAt = new Date(askedAt.getTime() + validMs);
			const link = { user, tokenSum: sumOf(token), askedAt, expiresAt };
			const since = new Date(askedAt.getTime() - askAgainMs);
			const last = await store.transaction((tx) =>
				tx.signInLinks.put(link, since),
			);
			if (last !== undefined) {
				throw new ChatError(
					"unavailable",
					`You were given a link a moment ago; ask again in ${askAgainMs / 1_000} seconds.`,
				);
			}
			return { url: `${address}/#sign-in=${token}`, expiresAt };
		},
		holder: async (token) =>
			holderOf(await store.signInLinks.find(sumOf(token))),
		redeem: async (token) =>
			holderOf(
				await store.transaction((tx) => tx.signInLinks.take(sumOf(token))),
			),
		purge: () => store.transaction((tx) => tx.signInLinks.purge(now())),
	};
}

function sumOf(token: string): string {
	return createHash("sha256").update(token).digest("hex");
}
