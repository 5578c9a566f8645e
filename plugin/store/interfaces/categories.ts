/** Categories, and who is what to them. */
import type {
	Category,
	CategoryId,
	CategoryRecord,
	CategoryScope,
	CategoryStanding,
	Holder,
} from "../../rooms/types.ts";

export interface CategoryReader {
	find(id: CategoryId): Promise<CategoryRecord | undefined>;
	/** Compared without case. */
	named(name: string): Promise<CategoryRecord | undefined>;
	/** By name. */
	list(): Promise<readonly CategoryRecord[]>;
	/** What the holder is to the category; undefined when there is none. */
	standing(
		id: CategoryId,
		holder: Holder,
	): Promise<CategoryStanding | undefined>;
	/** Where the holder may make rooms (`rooms/access.ts`, `mayCreate`), by name. */
	creatable(holder: Holder): Promise<readonly Category[]>;
}

export interface NewCategory
	extends Omit<Category, "compliance" | "retainDays">,
		CategoryScope {
	/** Default `open`. */
	readonly compliance?: Category["compliance"];
	/** Default null. */
	readonly retainDays?: Category["retainDays"];
}

export interface CategoryWriter extends CategoryReader {
	/** Throws `name-taken` (compared without case). */
	add(category: NewCategory): Promise<void>;
	/** The category, locked until the transaction ends. Throws `no-such-category`. */
	lock(id: CategoryId): Promise<CategoryRecord>;
	/** What is not named stays; lists are whole. Throws `name-taken`. The category must exist. */
	change(id: CategoryId, changes: Partial<NewCategory>): Promise<void>;
	/** Throws `no-such-category`, `in-use` while it has rooms. */
	remove(id: CategoryId): Promise<void>;
}
