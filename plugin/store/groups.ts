/** Tables `groups` and `group_members`: named sets of users, domains and groups; which groups somebody is in. */
import type { Knex } from "knex";
import { ChatError } from "../errors.ts";
import type { Group, GroupId, Principal } from "../rooms/types.ts";
import { nameKey } from "./keys.ts";
import { dropPrincipal } from "./rights.ts";
import { inChunks, insertAll, readAll, replaceAll } from "./rows.ts";
import type { GroupReader, GroupWriter, RightsWriter } from "./store.ts";
import { unlessTaken } from "./taken.ts";

interface GroupRow {
	readonly id: GroupId;
	readonly name: string;
}

interface MemberRow {
	readonly group_id: GroupId;
	readonly principal: Principal;
}

export function groupReader(db: Knex): GroupReader {
	return {
		async find(id) {
			return (await groupsFrom(db, await db("groups").where({ id })))[0];
		},
		containing: (members) => containing(db, members),
		async named(name) {
			const rows = await db("groups").where({ name_key: nameKey(name) });
			return (await groupsFrom(db, rows))[0];
		},
		async list() {
			return groupsFrom(db, await db("groups").orderBy("name_key"));
		},
	};
}

export function groupWriter(tx: Knex, rights: RightsWriter): GroupWriter {
	const reader = groupReader(tx);
	return {
		...reader,
		async lock(id) {
			await rights.change();
			await tx("groups").where({ id }).forUpdate().first("id");
			const found = await reader.find(id);
			if (found === undefined) throw noSuchGroup(id);
			return found;
		},
		async add(group) {
			await rights.change();
			await unlessTaken(alreadyThere(group), () =>
				tx("groups").insert({ id: group.id, ...nameOf(group) }),
			);
			await insertMembers(tx, group);
		},
		async change(group) {
			const { id } = group;
			await rights.change();
			const row = await tx("groups").where({ id }).forUpdate().first("id");
			if (row === undefined) throw noSuchGroup(id);
			await unlessTaken(alreadyThere(group), () =>
				tx("groups").where({ id }).update(nameOf(group)),
			);
			await replaceAll(tx, "group_members", { group_id: id }, group.members);
		},
		async remove(id) {
			await rights.change();
			await demandNotDenied(tx, `group:${id}` as Principal);
			const removed = await tx("groups").where({ id }).delete();
			if (removed === 0) throw noSuchGroup(id);
			await tx("group_members").where({ group_id: id }).delete();
			await dropPrincipal(tx, `group:${id}` as Principal);
		},
	};
}

/** To take a group away that a category denies, itself or within another, would open the category to its people unseen. */
async function demandNotDenied(tx: Knex, group: Principal): Promise<void> {
	const within = [group, ...(await containing(tx, [group]))];
	const category: { readonly name: string } | undefined = await tx(
		"category_principals",
	)
		.join("categories", "categories.id", "category_principals.category_id")
		.where({ kind: "denied" })
		.whereIn("principal", within)
		.first("categories.name");
	if (category === undefined) return;
	throw new ChatError(
		"in-use",
		`The category ${category.name} denies this group, or one that it is in; end that first.`,
	);
}

/** The groups that these are in, however deep: one question for each level. */
async function containing(
	db: Knex,
	members: readonly Principal[],
): Promise<ReadonlySet<Principal>> {
	const found = new Set<Principal>();
	for (let next = members; next.length > 0; ) {
		const groups = [...(await groupsWith(db, next)).values()].flat();
		next = [...new Set(groups)].filter((each) => !found.has(each));
		for (const each of next) found.add(each);
	}
	return found;
}

/** For each principal the groups that it is a member of itself; asked again of those, it leads to all. */
export async function groupsWith(
	db: Knex,
	members: readonly Principal[],
): Promise<ReadonlyMap<Principal, readonly Principal[]>> {
	const groups = new Map<Principal, Principal[]>();
	await inChunks(members, async (some) => {
		const rows: readonly MemberRow[] = await db("group_members")
			.select("group_id", "principal")
			.whereIn("principal", some);
		for (const { principal, group_id } of rows) {
			const known = groups.get(principal) ?? [];
			groups.set(principal, known);
			known.push(`group:${group_id}` as Principal);
		}
	});
	return groups;
}

/** The users and domains that are in these principals, however deep. */
export async function expand(
	db: Knex,
	principals: readonly Principal[],
): Promise<ReadonlySet<Principal>> {
	const found = new Set<Principal>();
	let next = [...new Set(principals)];
	while (next.length > 0) {
		for (const principal of next) found.add(principal);
		const inside: Principal[] = [];
		await inChunks(groupIds(next), async (some) => {
			await readAll<MemberRow>(
				() => db("group_members").whereIn("group_id", some),
				["group_id", "principal"],
				({ principal }) => inside.push(principal),
			);
		});
		next = [...new Set(inside)].filter((principal) => !found.has(principal));
	}
	return new Set([...found].filter((each) => !each.startsWith("group:")));
}

export function groupIds(principals: readonly Principal[]): GroupId[] {
	return principals
		.filter((principal) => principal.startsWith("group:"))
		.map((principal) => principal.slice("group:".length) as GroupId);
}

async function groupsFrom(
	db: Knex,
	rows: readonly GroupRow[],
): Promise<readonly Group[]> {
	const members = new Map<GroupId, Principal[]>();
	await inChunks(
		rows.map(({ id }) => id),
		async (some) => {
			await readAll<MemberRow>(
				() => db("group_members").whereIn("group_id", some),
				["group_id", "principal"],
				({ group_id, principal }) => {
					const known = members.get(group_id) ?? [];
					members.set(group_id, known);
					known.push(principal);
				},
			);
		},
	);
	return rows.map(({ id, name }) => ({
		id,
		name,
		members: members.get(id) ?? [],
	}));
}

function insertMembers(tx: Knex, { id, members }: Group): Promise<void> {
	return insertAll(
		tx,
		"group_members",
		[...new Set(members)].map((principal) => ({ group_id: id, principal })),
	);
}

function nameOf({ name }: Group): object {
	return { name, name_key: nameKey(name) };
}

function alreadyThere({ name }: Group): string {
	return `There is a group named "${name}" already, or one with the same id.`;
}

function noSuchGroup(id: GroupId): ChatError {
	return new ChatError("no-such-principal", `There is no group ${id}.`);
}
