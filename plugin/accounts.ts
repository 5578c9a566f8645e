/** Who signs in with a password at a door that is not SIP, and the browsers that are signed in. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { hashCredentials } from "./credentials.ts";
import type { User, UserUri } from "./rooms/types.ts";
import type { Store, WebSessionWriter } from "./store/index.ts";

export interface Accounts {
	/**
	 * The user whose name (`alice`, `alice@example.com`, with or without `sip:`) and password these are; he may be turned
	 * off. Undefined for a wrong password as for an unknown user: with the same questions and sums.
	 */
	prove(name: string, password: string): Promise<User | undefined>;
	/** Whose address a name stands for, there or not: however it is written, it is one person's. */
	claimed(name: string): UserUri;
	find(uri: UserUri): Promise<User | undefined>;
	/** Those of them who are turned on and may use persistent chat. */
	enabled(users: readonly UserUri[]): Promise<ReadonlySet<UserUri>>;
	/** As `find`, of whom somebody trusted vouches for: who is unknown is taken in where his domain's policy admits him. */
	findOrAdmit(asserted: {
		readonly uri: UserUri;
		readonly displayName?: string;
	}): Promise<User | undefined>;
	/** What all nodes sign with at the web door, hexadecimal; constant. */
	secret(): Promise<string>;
	/** Each write is a transaction of its own. */
	readonly webSessions: Omit<WebSessionWriter, "secret">;
}

export interface AccountsNeeds {
	/** The SIP domain: passwords are kept as sums over it. */
	readonly realm: string;
	readonly store: Pick<
		Store,
		"users" | "directory" | "webSessions" | "transaction"
	>;
	readonly admit: Accounts["findOrAdmit"];
}

const secretBytes = 32;

export function createAccounts({
	realm,
	store,
	admit,
}: AccountsNeeds): Accounts {
	/** Stands in for who is unknown or has no password here. */
	const nobody = randomBytes(32).toString("hex");
	let kept: Promise<string> | undefined;
	return {
		async prove(name, password) {
			const { uri, user } = claimed(name, realm);
			const sums = await store.users.credentials(uri);
			const given = hashCredentials(user, realm, password);
			const right = equal(given.sha256, sums?.sha256 ?? nobody);
			const rightInFull = equal(
				given.sha256WithDomain,
				sums?.sha256WithDomain ?? nobody,
			);
			return right && rightInFull ? store.users.find(uri) : undefined;
		},
		claimed: (name) => claimed(name, realm).uri,
		find: (uri) => store.users.find(uri),
		enabled: (users) => store.directory.enabled(users),
		findOrAdmit: async (asserted) =>
			(await store.users.find(asserted.uri)) ?? admit(asserted),
		async secret() {
			kept ??= store.transaction((tx) =>
				tx.webSessions.secret(randomBytes(secretBytes).toString("hex")),
			);
			try {
				return await kept;
			} catch (error) {
				kept = undefined;
				throw error;
			}
		},
		webSessions: writing(store),
	};
}

function claimed(name: string, realm: string) {
	const plain = name
		.trim()
		.replace(/^sips?:/i, "")
		.toLowerCase();
	const at = plain.indexOf("@");
	const user = at < 0 ? plain : plain.slice(0, at);
	const domain = at < 0 ? realm : plain.slice(at + 1);
	return { uri: `sip:${user}@${domain}` as UserUri, user };
}

function writing({
	webSessions,
	transaction,
}: AccountsNeeds["store"]): Accounts["webSessions"] {
	return {
		...webSessions,
		add: (session, most) =>
			transaction((tx) => tx.webSessions.add(session, most)),
		seen: (ids, at) => transaction((tx) => tx.webSessions.seen(ids, at)),
		end: (id) => transaction((tx) => tx.webSessions.end(id)),
		endAll: (user) => transaction((tx) => tx.webSessions.endAll(user)),
		purge: (before) => transaction((tx) => tx.webSessions.purge(before)),
	};
}

function equal(a: string, b: string): boolean {
	const left = Buffer.from(a);
	const right = Buffer.from(b);
	return left.length === right.length && timingSafeEqual(left, right);
}
