/** Table `users`: the directory, and what digest authentication needs. */
import type { Knex } from "knex";
import { ChatError } from "../errors.ts";
import type { User, UserUri } from "../rooms/types.ts";
import { faultOf } from "./faults.ts";
import { principalsOf } from "./rights.ts";
import type { Credentials, NewUser, Transaction, UserReader } from "./store.ts";

interface UserRow {
	readonly uri: string;
	readonly display_name: string;
	readonly guid: string;
	readonly email: string | null;
	readonly enabled: number | boolean;
	/** `Credentials` as JSON. */
	readonly credentials: string | null;
}

export function userReader(db: Knex): UserReader {
	const row = (uri: UserUri): Promise<UserRow | undefined> =>
		db<UserRow>("users").where({ uri }).first();
	return {
		async find(uri) {
			const found = await row(uri);
			return found && user(found);
		},
		async credentials(uri) {
			const found = await row(uri);
			return found && credentials(found);
		},
		async principals(uri) {
			return principalsOf(uri);
		},
		async isEmpty() {
			return (await db("users").first("uri")) === undefined;
		},
	};
}

export function userWriter(tx: Knex): Transaction["users"] {
	return {
		...userReader(tx),
		async add(user) {
			try {
				await tx("users").insert(rowOf(user));
			} catch (error) {
				if (faultOf(error) !== "duplicate") throw error;
				throw new ChatError(
					"conflict",
					`There is a user ${user.uri} already, or one with the same GUID.`,
					{ cause: error },
				);
			}
		},
	};
}

function user(row: UserRow): User {
	return {
		uri: row.uri as UserUri,
		displayName: row.display_name,
		guid: row.guid,
		...(row.email !== null && { email: row.email }),
		enabled: Boolean(row.enabled),
	};
}

function credentials(row: UserRow): Credentials | undefined {
	return row.credentials === null ? undefined : JSON.parse(row.credentials);
}

function rowOf(user: NewUser): UserRow {
	return {
		uri: user.uri,
		display_name: user.displayName,
		guid: user.guid,
		email: user.email ?? null,
		enabled: user.enabled,
		credentials:
			user.credentials === undefined ? null : JSON.stringify(user.credentials),
	};
}
