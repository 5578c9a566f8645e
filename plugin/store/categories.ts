/** Table `categories`, with the principals it allows, denies and lets create rooms. */
import type { Knex } from "knex";
import { ChatError } from "../errors.ts";
import type { Category, CategoryId, Principal } from "../rooms/types.ts";
import { faultOf } from "./faults.ts";
import { nameKey } from "./keys.ts";
import { insertAll } from "./rows.ts";
import type { NewCategory, Transaction } from "./store.ts";

/** A category's columns as a query on rooms selects them beside the room's own, `category_id` among these. */
export const categoryColumns = {
	category_name: "categories.name",
	category_description: "categories.description",
	category_invitations: "categories.invitations",
	category_files: "categories.files",
	category_history: "categories.history",
};

export interface CategoryColumns {
	readonly category_id: string;
	readonly category_name: string;
	readonly category_description: string;
	readonly category_invitations: number;
	readonly category_files: number;
	readonly category_history: number;
}

export function category(row: CategoryColumns): Category {
	return {
		id: row.category_id as CategoryId,
		name: row.category_name,
		description: row.category_description,
		invitations: Boolean(row.category_invitations),
		files: Boolean(row.category_files),
		history: Boolean(row.category_history),
	};
}

export function categoryWriter(tx: Knex): Transaction["categories"] {
	return {
		async add(category) {
			await insertCategory(tx, category);
			await insertAll(tx, "category_principals", [
				...principals(category.id, "allowed", category.allowed),
				...principals(category.id, "denied", category.denied),
				...principals(category.id, "creator", category.creators),
			]);
		},
	};
}

async function insertCategory(tx: Knex, category: NewCategory): Promise<void> {
	try {
		await tx("categories").insert({
			id: category.id,
			name: category.name,
			name_key: nameKey(category.name),
			description: category.description,
			invitations: category.invitations,
			files: category.files,
			history: category.history,
		});
	} catch (error) {
		if (faultOf(error) !== "duplicate") throw error;
		throw new ChatError(
			"conflict",
			`There is a category named "${category.name}" already, or one with the same id.`,
			{ cause: error },
		);
	}
}

function principals(
	category: CategoryId,
	kind: "allowed" | "denied" | "creator",
	all: readonly Principal[],
): readonly object[] {
	return [...new Set(all)].map((principal) => ({
		category_id: category,
		kind,
		principal,
	}));
}
