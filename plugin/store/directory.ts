/** The tables of users, groups and policy as the directory that the rooms ask. */
import type { Knex } from "knex";
import type { Directory } from "../rooms/directory.ts";
import type {
	Holder,
	NamedPrincipal,
	Principal,
	User,
	UserUri,
} from "../rooms/types.ts";
import { searchKey } from "../rooms/words.ts";
import { expand, groupIds, groupsWith } from "./groups.ts";
import { administratorsAmong } from "./policies.ts";
import { domainOf } from "./rights.ts";
import { inChunks } from "./rows.ts";
import { type UserRow, userReader, usersFrom } from "./users.ts";

export function directoryReader(db: Knex): Directory {
	return {
		find: userReader(db).find,
		async enabled(users) {
			const enabled = new Set<UserUri>();
			await inChunks(users, async (some) => {
				const rows: readonly UserRow[] = await db("users").whereIn("uri", some);
				for (const user of await usersFrom(db, rows)) {
					if (user.enabled) enabled.add(user.uri);
				}
			});
			return enabled;
		},
		holders: (users) => holders(db, users),
		covered: (principals, page) => covered(db, principals, page),
		search: (words, limit) => search(db, words, limit),
		named: (principals) => named(db, principals),
	};
}

/** One question per level of nesting, however many users are asked for; circles among groups end it too. */
async function holders(
	db: Knex,
	users: readonly UserUri[],
): Promise<ReadonlyMap<UserUri, Holder>> {
	const parents = new Map<Principal, readonly Principal[]>();
	let next: Principal[] = [...new Set(users.flatMap(ownPrincipals))];
	while (next.length > 0) {
		const found = await groupsWith(db, next);
		for (const principal of next) {
			parents.set(principal, found.get(principal) ?? []);
		}
		next = [...new Set([...found.values()].flat())].filter(
			(group) => !parents.has(group),
		);
	}
	const administrators = await administratorsAmong(db, [...parents.keys()]);
	return new Map(
		users.map((user) => {
			const principals = closure(ownPrincipals(user), parents);
			const administrator = principals.some((each) => administrators.has(each));
			return [user, { principals, administrator }];
		}),
	);
}

function closure(
	from: readonly Principal[],
	parents: ReadonlyMap<Principal, readonly Principal[]>,
): readonly Principal[] {
	const found = new Set(from);
	// A set goes on with what is added to it while it is gone through.
	for (const principal of found) {
		for (const parent of parents.get(principal) ?? []) found.add(parent);
	}
	return [...found];
}

function ownPrincipals(user: UserUri): Principal[] {
	return [user as string, `domain:${domainOf(user)}`] as Principal[];
}

async function covered(
	db: Knex,
	principals: readonly Principal[],
	{ except = [], after, limit }: Parameters<Directory["covered"]>[1],
): Promise<readonly User[]> {
	const wanted = await expand(db, principals);
	const unwanted = await expand(db, except);
	const found: UserRow[] = [];
	for (let last: string = after ?? ""; ; ) {
		const rows = await rowsAmong(db, wanted, last, limit);
		found.push(...rows.filter(({ uri }) => !holdsAny(uri, unwanted)));
		if (found.length >= limit || rows.length < limit) break;
		last = rows.at(-1)?.uri ?? last;
	}
	return usersFrom(db, found.slice(0, limit));
}

function holdsAny(uri: string, principals: ReadonlySet<Principal>): boolean {
	return ownPrincipals(uri as UserUri).some((each) => principals.has(each));
}

/** Users who are named or whose domain is, by URI. */
async function rowsAmong(
	db: Knex,
	principals: ReadonlySet<Principal>,
	after: string,
	limit: number,
): Promise<readonly UserRow[]> {
	const domains = [...principals]
		.filter((each) => each.startsWith("domain:"))
		.map((each) => each.slice("domain:".length));
	const uris = [...principals]
		.filter((each) => each.startsWith("sip:") && each > after)
		.sort();
	const rows = new Map<string, UserRow>();
	const page = () =>
		db<UserRow>("users").where("uri", ">", after).orderBy("uri").limit(limit);
	await inChunks(domains, async (some) => {
		for (const row of await page().whereIn("domain", some)) {
			rows.set(row.uri, row);
		}
	});
	let known = 0;
	await inChunks(uris, async (some) => {
		// They are asked for in their order: later ones cannot come before those that are enough.
		if (known >= limit) return;
		for (const row of await page().whereIn("uri", some)) {
			rows.set(row.uri, row);
			known += 1;
		}
	});
	return [...rows.values()]
		.sort((a, b) => (a.uri < b.uri ? -1 : 1))
		.slice(0, limit);
}

async function search(
	db: Knex,
	words: readonly string[],
	limit: number,
): Promise<Awaited<ReturnType<Directory["search"]>>> {
	const keys = words.map(searchKey).filter((key) => key !== "");
	const having = (query: Knex.QueryBuilder, column: string) => {
		for (const key of keys) query.whereRaw("instr(??, ?) > 0", [column, key]);
		return query.limit(limit + 1);
	};
	const users: readonly UserRow[] = await having(
		db("users").orderBy(["search_key", "uri"]),
		"search_key",
	);
	const groups: readonly { id: string; name: string }[] = await having(
		db("groups").orderBy("name_key"),
		"name_key",
	);
	return {
		users: await usersFrom(db, users.slice(0, limit)),
		groups: groups.slice(0, limit).map(({ id, name }) => ({
			principal: `group:${id}` as Principal,
			name,
			known: true,
		})),
		more: users.length > limit || groups.length > limit,
	};
}

async function named(
	db: Knex,
	principals: readonly Principal[],
): Promise<readonly NamedPrincipal[]> {
	const names = new Map<string, string>();
	await inChunks(principals, async (some) => {
		const users: readonly UserRow[] = await db("users")
			.select("uri", "display_name")
			.whereIn("uri", some);
		for (const { uri, display_name } of users) names.set(uri, display_name);
		const groups: readonly { id: string; name: string }[] = await db("groups")
			.select("id", "name")
			.whereIn("id", groupIds(some));
		for (const { id, name } of groups) names.set(`group:${id}`, name);
	});
	return principals.map((principal) => {
		const name = names.get(principal);
		const isDomain = principal.startsWith("domain:");
		return {
			principal,
			name: name ?? principal.replace(/^(sip|domain|group):/, ""),
			known: isDomain || name !== undefined,
		};
	});
}
