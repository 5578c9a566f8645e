/** Table `categories`, with the principals it allows, denies and lets create rooms. */
import type { Knex } from "knex";
import { ChatError, noSuchCategory } from "../errors.ts";
import type {
	Category,
	CategoryId,
	CategoryRecord,
	Principal,
} from "../rooms/types.ts";
import { nameKey } from "./keys.ts";
import { categoryStandings } from "./rights.ts";
import { inChunks, insertAll, readAll, replaceAll } from "./rows.ts";
import type {
	CategoryReader,
	CategoryWriter,
	NewCategory,
	RightsWriter,
} from "./store.ts";
import { unlessTaken } from "./taken.ts";

/** A category's columns as a query on rooms selects them beside the room's own, `category_id` among these. */
export const categoryColumns = {
	category_name: "categories.name",
	category_description: "categories.description",
	category_invitations: "categories.invitations",
	category_files: "categories.files",
	category_history: "categories.history",
	category_compliance: "categories.compliance",
	category_retain_days: "categories.retain_days",
};

export interface CategoryColumns {
	readonly category_id: string;
	readonly category_name: string;
	readonly category_description: string;
	readonly category_invitations: number;
	readonly category_files: number;
	readonly category_history: number;
	readonly category_compliance: Category["compliance"];
	readonly category_retain_days: number | null;
}

const kinds = {
	allowed: "allowed",
	denied: "denied",
	creators: "creator",
} as const;
type Kind = keyof typeof kinds;
const kindNames = Object.keys(kinds) as Kind[];

export function category(row: CategoryColumns): Category {
	return {
		id: row.category_id as CategoryId,
		name: row.category_name,
		description: row.category_description,
		invitations: Boolean(row.category_invitations),
		files: Boolean(row.category_files),
		history: Boolean(row.category_history),
		compliance: row.category_compliance,
		retainDays: row.category_retain_days,
	};
}

export function categoryReader(db: Knex): CategoryReader {
	const select = (): Knex.QueryBuilder =>
		db("categories").select({ category_id: "categories.id" }, categoryColumns);
	const records = async (query: Knex.QueryBuilder) =>
		withScopes(db, ((await query) as CategoryColumns[]).map(category));
	return {
		async find(id) {
			return (await records(select().where({ id })))[0];
		},
		async named(name) {
			return (await records(select().where({ name_key: nameKey(name) })))[0];
		},
		list: () => records(select().orderBy("name_key")),
		async standing(id, holder) {
			const row = await db("categories").where({ id }).first("id");
			const { administrator } = holder;
			const standing = (await categoryStandings(db, holder)).get(id) ?? {
				administrator,
				creator: false,
				inScope: administrator,
			};
			return row === undefined ? undefined : standing;
		},
		async creatable(holder) {
			const query = select().orderBy("name_key");
			if (!holder.administrator) {
				const standings = [...(await categoryStandings(db, holder))];
				query.whereIn(
					"id",
					standings
						.filter(([, { creator, inScope }]) => creator && inScope)
						.map(([id]) => id),
				);
			}
			return ((await query) as CategoryColumns[]).map(category);
		},
	};
}

export function categoryWriter(tx: Knex, rights: RightsWriter): CategoryWriter {
	const reader = categoryReader(tx);
	return {
		...reader,
		async add(category) {
			await rights.change();
			await unlessTaken(alreadyThere(category.name), () =>
				tx("categories").insert({
					...columnsOf(category),
					id: category.id,
				}),
			);
			for (const kind of kindNames) {
				await insertScope(tx, category.id, kind, category[kind]);
			}
		},
		async lock(id) {
			await rights.change();
			await tx("categories").where({ id }).forUpdate().first("id");
			const found = await reader.find(id);
			if (found === undefined) throw noSuchCategory();
			return found;
		},
		async change(id, changes) {
			await rights.change();
			const columns = columnsOf(changes);
			if (Object.keys(columns).length > 0) {
				await unlessTaken(alreadyThere(changes.name ?? ""), () =>
					tx("categories").where({ id }).update(columns),
				);
			}
			for (const kind of kindNames) {
				const principals = changes[kind];
				if (principals === undefined) continue;
				const key = { category_id: id, kind: kinds[kind] };
				await replaceAll(tx, "category_principals", key, principals);
			}
		},
		async remove(id) {
			await rights.change();
			const locked = await tx("categories").where({ id }).forUpdate().first();
			if (locked === undefined) throw noSuchCategory();
			const room = await tx("rooms").where({ category_id: id }).first("name");
			if (room !== undefined) {
				throw new ChatError(
					"in-use",
					`The category still has rooms, "${room.name}" for one; move or remove them first.`,
				);
			}
			await tx("categories").where({ id }).delete();
			await tx("category_principals").where({ category_id: id }).delete();
		},
	};
}

function columnsOf(category: Partial<NewCategory>): object {
	const { name, description, invitations, files, history } = category;
	const { compliance, retainDays } = category;
	return Object.fromEntries(
		Object.entries({
			name,
			name_key: name === undefined ? undefined : nameKey(name),
			description,
			invitations,
			files,
			history,
			compliance,
			retain_days: retainDays,
		}).filter(([, value]) => value !== undefined),
	);
}

interface ScopeRow {
	readonly category_id: string;
	readonly kind: string;
	readonly principal: Principal;
}

async function withScopes(
	db: Knex,
	categories: readonly Category[],
): Promise<readonly CategoryRecord[]> {
	const scopes = new Map<string, Principal[]>();
	await inChunks(
		categories.map(({ id }) => id),
		async (some) => {
			await readAll<ScopeRow>(
				() => db("category_principals").whereIn("category_id", some),
				["category_id", "kind", "principal"],
				({ category_id, kind, principal }) => {
					const key = `${category_id} ${kind}`;
					const known = scopes.get(key) ?? [];
					scopes.set(key, known);
					known.push(principal);
				},
			);
		},
	);
	const listed = ({ id }: Category, kind: Kind) =>
		scopes.get(`${id} ${kinds[kind]}`) ?? [];
	return categories.map((each) => ({
		...each,
		allowed: listed(each, "allowed"),
		denied: listed(each, "denied"),
		creators: listed(each, "creators"),
	}));
}

function insertScope(
	tx: Knex,
	category: CategoryId,
	kind: Kind,
	all: readonly Principal[],
): Promise<void> {
	return insertAll(
		tx,
		"category_principals",
		[...new Set(all)].map((principal) => ({
			category_id: category,
			kind: kinds[kind],
			principal,
		})),
	);
}

function alreadyThere(name: string): string {
	return `There is a category named "${name}" already, or one with the same id.`;
}
