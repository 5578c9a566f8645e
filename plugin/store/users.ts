/** Table `users`: who there is, and what digest authentication needs. Whether policy enables them: `policies.ts`. */
import type { Knex } from "knex";
import { ChatError } from "../errors.ts";
import type { User, UserUri } from "../rooms/types.ts";
import { searchKey } from "../rooms/words.ts";
import { enabledAmong } from "./policies.ts";
import { domainOf, dropPrincipal } from "./rights.ts";
import type {
	Credentials,
	NewUser,
	RightsWriter,
	UserReader,
	UserRecord,
	UserWriter,
} from "./store.ts";
import { unlessTaken } from "./taken.ts";
import { endWebSessions } from "./web-sessions.ts";

export interface UserRow {
	readonly uri: string;
	readonly display_name: string;
	readonly guid: string;
	readonly email: string | null;
	readonly enabled: number | boolean;
	/** `Credentials` as JSON. */
	readonly credentials: string | null;
	readonly domain: string;
	readonly search_key: string;
}

export function userReader(db: Knex): UserReader {
	async function record(uri: UserUri): Promise<UserRecord | undefined> {
		const row: UserRow | undefined = await db("users").where({ uri }).first();
		if (row === undefined) return undefined;
		const [found] = await usersFrom(db, [row]);
		return found;
	}

	return {
		find: record,
		record,
		async credentials(uri) {
			const row: UserRow | undefined = await db("users")
				.where({ uri })
				.first("credentials");
			return row === undefined || row.credentials === null
				? undefined
				: JSON.parse(row.credentials);
		},
		async isEmpty() {
			return (await db("users").first("uri")) === undefined;
		},
		async list({ after = "", limit }) {
			const rows: readonly UserRow[] = await db("users")
				.where("uri", ">", after)
				.orderBy("uri")
				.limit(limit);
			return usersFrom(db, rows);
		},
	};
}

export function userWriter(tx: Knex, rights: RightsWriter): UserWriter {
	const reader = userReader(tx);
	return {
		...reader,
		async add(user) {
			await unlessTaken(
				`There is a user ${user.uri} already, or one with the same GUID.`,
				() => tx("users").insert(rowOf(user)),
			);
		},
		async change(uri, changes) {
			if (changes.active !== undefined) await rights.change();
			const row: UserRow | undefined = await tx("users")
				.where({ uri })
				.forUpdate()
				.first();
			if (row === undefined) throw noSuchUser(uri);
			const { email, credentials } = { ...row, ...changes };
			if (changes.active === false || changes.credentials !== undefined) {
				await endWebSessions(tx, uri);
			}
			await tx("users")
				.where({ uri })
				.update(
					rowOf({
						uri,
						guid: row.guid,
						displayName: changes.displayName ?? row.display_name,
						active: changes.active ?? Boolean(row.enabled),
						...(email !== null && email !== undefined && { email }),
						...(credentials !== null &&
							credentials !== undefined && {
								credentials:
									typeof credentials === "string"
										? (JSON.parse(credentials) as Credentials)
										: credentials,
							}),
					}),
				);
		},
		async remove(uri) {
			await rights.change();
			const removed = await tx("users").where({ uri }).delete();
			if (removed === 0) throw noSuchUser(uri);
			await dropPrincipal(tx, uri);
			for (const table of [
				"preferences",
				"absences",
				"presence_documents",
				"publications",
				"follows",
				"invitations",
				"invited_users",
				"web_sessions",
				"sign_in_links",
			]) {
				await tx(table).where({ user_uri: uri }).delete();
			}
		},
	};
}

/** In the order of the rows, with what policy says of them. */
export async function usersFrom(
	db: Knex,
	rows: readonly UserRow[],
): Promise<readonly UserRecord[]> {
	const enabled = await enabledAmong(
		db,
		rows.map(({ uri }) => uri as UserUri),
	);
	return rows.map((row) => ({
		uri: row.uri as UserUri,
		displayName: row.display_name,
		guid: row.guid,
		...(row.email !== null && { email: row.email }),
		active: Boolean(row.enabled),
		enabled: Boolean(row.enabled) && enabled.has(row.uri as UserUri),
	}));
}

function rowOf(user: NewUser): UserRow {
	const words = [user.displayName, user.uri, user.email ?? ""];
	return {
		uri: user.uri,
		display_name: user.displayName,
		guid: user.guid,
		email: user.email ?? null,
		enabled: user.active,
		credentials:
			user.credentials === undefined ? null : JSON.stringify(user.credentials),
		domain: domainOf(user.uri),
		search_key: searchKey(words.join(" ")),
	};
}

function noSuchUser(uri: User["uri"]): ChatError {
	return new ChatError("no-such-principal", `There is no user ${uri}.`);
}
