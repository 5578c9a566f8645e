/** The tables of users, groups and policy as the directory that the rooms ask. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Knex } from "knex";
import type { Directory, Supposition } from "../rooms/directory.ts";
import type {
	Holder,
	NamedPrincipal,
	Principal,
	User,
	UserUri,
} from "../rooms/types.ts";
import { searchKey } from "../rooms/words.ts";
import { giveTurn } from "../turns.ts";
import { expand, groupIds, groupsWith } from "./groups.ts";
import { administratorsAmong, enabledAmong } from "./policies.ts";
import { domainOf } from "./rights.ts";
import { inChunks } from "./rows.ts";
import { type UserRow, userReader, usersFrom } from "./users.ts";

export function directoryReader(db: Knex): Directory {
	return {
		find: userReader(db).find,
		enabled: (users, supposing) => enabled(db, users, supposing),
		holders: (users, supposing) => holders(db, users, supposing),
		covered: (principals, page) => covered(db, principals, page),
		expanded: async (principals) => [...(await expand(db, principals))],
		search: (words, limit) => search(db, words, limit),
		named: (principals) => named(db, principals),
	};
}

async function enabled(
	db: Knex,
	users: readonly UserUri[],
	{ account, policy }: Supposition = {},
): Promise<ReadonlySet<UserUri>> {
	const active: UserUri[] = [];
	await inChunks(users, async (some) => {
		const rows: readonly UserRow[] = await db("users").whereIn("uri", some);
		for (const row of rows) {
			const user = row.uri as UserUri;
			const on = account?.user === user ? account.active : Boolean(row.enabled);
			if (on) active.push(user);
		}
	});
	return enabledAmong(db, active, policy);
}

/** One question per level of nesting, however many users are asked for; circles among groups end it too. */
async function holders(
	db: Knex,
	users: readonly UserUri[],
	supposing: Supposition = {},
): Promise<ReadonlyMap<UserUri, Holder>> {
	const parents = new Map<Principal, readonly Principal[]>();
	const withGroup = groupSupposed(supposing.group);
	let next: Principal[] = [...new Set(users.flatMap(ownPrincipals))];
	while (next.length > 0) {
		const found = await groupsWith(db, next);
		for (const principal of next) {
			const groups = found.get(principal) ?? [];
			parents.set(principal, withGroup(principal, groups));
		}
		next = [...new Set(next.flatMap((each) => parents.get(each) ?? []))].filter(
			(group) => !parents.has(group),
		);
	}
	const administrators =
		supposing.administrators === undefined
			? await administratorsAmong(db, [...parents.keys()])
			: new Set(supposing.administrators);
	const found = new Map<UserUri, Holder>();
	for (const user of users) {
		const principals = closure(ownPrincipals(user), parents);
		const administrator = principals.some((each) => administrators.has(each));
		found.set(user, { principals, administrator });
		await giveTurn();
	}
	return found;
}

/** The groups that a principal is in, of those that it is in today, if this one had those members. */
function groupSupposed(
	supposed: Supposition["group"],
): (
	principal: Principal,
	groups: readonly Principal[],
) => readonly Principal[] {
	if (supposed === undefined) return (_, groups) => groups;
	const group = `group:${supposed.id}` as Principal;
	const members = new Set(supposed.members);
	return (principal, groups) => {
		const others = groups.filter((each) => each !== group);
		return members.has(principal) ? [...others, group] : others;
	};
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

/** Rows looked at in one turn. */
const atOnce = 400;

async function covered(
	db: Knex,
	principals: readonly Principal[],
	{ except = [], after, limit }: Parameters<Directory["covered"]>[1],
): Promise<readonly User[]> {
	const wanted = split(await expand(db, principals));
	const unwanted = split(await expand(db, except));
	const named = [...wanted.users]
		.filter((uri) => uri > (after ?? "") && !unwanted.users.has(uri))
		.sort();
	const rows = new Map<string, UserRow>();
	/** How many of them. */
	const keep = (found: readonly UserRow[]): number => {
		const fit = found.filter(
			({ uri, domain }) =>
				!unwanted.users.has(uri) && !unwanted.domains.has(domain),
		);
		for (const row of fit) rows.set(row.uri, row);
		return fit.length;
	};
	for (let at = 0; at < named.length && rows.size < limit; at += atOnce) {
		const some = named.slice(at, at + atOnce);
		keep(await db<UserRow>("users").whereIn("uri", some));
		await nextTurn();
	}
	for (const domain of wanted.domains) {
		if (unwanted.domains.has(domain)) continue;
		await ofDomain(db, domain, { after: after ?? "", limit }, keep);
	}
	const first = [...rows.values()].sort((a, b) => (a.uri < b.uri ? -1 : 1));
	return usersFrom(db, first.slice(0, limit));
}

/** The users of a domain by URI, until as many as wanted have been kept. */
async function ofDomain(
	db: Knex,
	domain: string,
	{ after, limit }: { readonly after: string; readonly limit: number },
	keep: (rows: readonly UserRow[]) => number,
): Promise<void> {
	let kept = 0;
	for (let last = after; kept < limit; ) {
		const page: readonly UserRow[] = await db<UserRow>("users")
			.where({ domain })
			.where("uri", ">", last)
			.orderBy("uri")
			.limit(atOnce);
		kept += keep(page);
		last = page.at(-1)?.uri ?? last;
		if (page.length < atOnce) return;
		await nextTurn();
	}
}

function split(principals: ReadonlySet<Principal>) {
	const of = (prefix: string): readonly string[] =>
		[...principals].filter((each) => each.startsWith(prefix));
	return {
		users: new Set(of("sip:")),
		domains: new Set(of("domain:").map((each) => each.slice("domain:".length))),
	};
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
