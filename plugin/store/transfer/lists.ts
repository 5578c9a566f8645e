/** Lists that hang on a record that is carried over: the members of a group, whom a category allows, denies and lets make rooms. */
import type { Knex } from "knex";
import { inChunks, insertAll, readAll } from "../rows.ts";
import type { TransferKind, TransferRecords } from "../store.ts";

interface Listed {
	readonly owner: string;
	readonly list: string;
	readonly principal: string;
}

interface ListTable {
	readonly table: string;
	/** Of the record that it hangs on. */
	readonly owner: string;
	/** The column that says which list, with its word for each; none: there is but one. */
	readonly kind?: string;
	readonly lists: Readonly<Record<string, string>>;
}

const listTables: Partial<Record<TransferKind, ListTable>> = {
	groups: {
		table: "group_members",
		owner: "group_id",
		lists: { members: "" },
	},
	categories: {
		table: "category_principals",
		owner: "category_id",
		kind: "kind",
		lists: { allowed: "allowed", denied: "denied", creators: "creator" },
	},
};

/** The same records, with their lists in order. */
export async function withLists<Kind extends TransferKind>(
	db: Knex,
	kind: Kind,
	records: readonly TransferRecords[Kind][],
): Promise<readonly TransferRecords[Kind][]> {
	const of = listTables[kind];
	if (of === undefined) return records;
	const ids = records.map((record) => (record as { readonly id: string }).id);
	const found = new Map<string, string[]>();
	await inChunks(ids, async (some) => {
		const columns = {
			owner: of.owner,
			principal: "principal",
			...(of.kind !== undefined && { list: of.kind }),
		};
		await readAll<Listed>(
			() =>
				db
					.from(
						db(of.table).select(columns).whereIn(of.owner, some).as("listed"),
					)
					.select("*"),
			of.kind === undefined
				? ["owner", "principal"]
				: ["owner", "list", "principal"],
			({ owner, list = "", principal }) => {
				const key = `${owner} ${list}`;
				const known = found.get(key) ?? [];
				found.set(key, known);
				known.push(principal);
			},
		);
	});
	return records.map((record) => {
		const { id } = record as { readonly id: string };
		const lists = Object.entries(of.lists).map(([name, word]) => [
			name,
			found.get(`${id} ${word}`) ?? [],
		]);
		return { ...record, ...Object.fromEntries(lists) };
	});
}

export async function addLists<Kind extends TransferKind>(
	tx: Knex,
	kind: Kind,
	records: readonly TransferRecords[Kind][],
): Promise<void> {
	const of = listTables[kind];
	if (of === undefined) return;
	const rows = records.flatMap((record) => {
		const { id, ...lists } = record as unknown as {
			readonly id: string;
		} & Readonly<Record<string, readonly string[]>>;
		return Object.entries(of.lists).flatMap(([name, word]) =>
			[...new Set(lists[name])].map((principal) => ({
				[of.owner]: id,
				...(of.kind !== undefined && { [of.kind]: word }),
				principal,
			})),
		);
	});
	await insertAll(tx, of.table, rows);
}
