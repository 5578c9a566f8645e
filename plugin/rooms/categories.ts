/** Categories: the ethical walls. A change is felt at once by everybody who is in one of their rooms. */
import { randomUUID } from "node:crypto";
import { ChatError, noSuchCategory } from "../errors.ts";
import type { Transaction } from "../store/index.ts";
import { demandAdministrator, writeAsAdministrator } from "./administrators.ts";
import {
	checkListChange,
	checkPrincipals,
	checkShapes,
	checkText,
} from "./checks.ts";
import type { Effect } from "./effect.ts";
import { afterwards, makeFelt } from "./felt.ts";
import { changedList, isSameList } from "./lists.ts";
import { checkName } from "./names.ts";
import { pick } from "./pick.ts";
import type {
	Actor,
	CategoryId,
	CategoryRecord,
	CategoryScope,
	ListChange,
	Principal,
} from "./types.ts";
import type { RoomsWork } from "./work.ts";

export type CategoryRequest = Partial<Omit<CategoryRecord, "id" | "name">> &
	Pick<CategoryRecord, "name">;
type ListName = keyof CategoryScope;

const maxRetainDays = 36_500;

/** What is not named stays; a list is whole, or says what is added and taken away. */
export type CategoryChange = Partial<
	Omit<CategoryRecord, "id" | ListName> &
		Record<ListName, readonly Principal[] | ListChange>
>;

/** All throw `forbidden` for anybody but administrators. */
export interface Categories {
	/** By name. */
	categories(actor: Actor): Promise<readonly CategoryRecord[]>;
	/** By default without files, with history and invitations, open while the archive is behind, kept as long as the service says, allowing nobody. Throws `name-taken`, `malformed`, `no-such-principal`. */
	createCategory(
		actor: Actor,
		request: CategoryRequest,
	): Promise<CategoryRecord>;
	/**
	 * Whoever is not allowed any more is out of its rooms when this resolves. `read`: its lists as they were read; throws
	 * `conflict` when one that is given whole has been changed since. Throws as `createCategory`, and `no-such-category`.
	 */
	changeCategory(
		actor: Actor,
		category: CategoryId,
		change: CategoryChange,
		read?: Partial<CategoryScope>,
	): Promise<CategoryRecord>;
	/** Throws `no-such-category`, `in-use` while it has rooms. */
	removeCategory(actor: Actor, category: CategoryId): Promise<void>;
}

export function createCategories(work: RoomsWork): Categories {
	const { store, rights, now } = work;

	async function found(id: CategoryId): Promise<CategoryRecord> {
		const category = await store.categories.find(id);
		if (category !== undefined) return category;
		throw noSuchCategory();
	}

	return {
		async categories(actor) {
			await demandAdministrator(work, actor);
			return store.categories.list();
		},
		async createCategory(actor, request) {
			await demandAdministrator(work, actor);
			const category: CategoryRecord = {
				description: "",
				invitations: true,
				files: false,
				history: true,
				compliance: "open",
				retainDays: null,
				allowed: [],
				denied: [],
				creators: [],
				...request,
				id: randomUUID() as CategoryId,
			};
			await writeAsAdministrator(work, actor, async (tx) => {
				await tx.rights.change();
				await checkCategory(work, tx, request);
				await tx.categories.add(category);
				await tx.outbox.add({
					id: randomUUID(),
					type: "category-created",
					at: now(),
					actor,
					category,
				});
				return category;
			});
			rights.given();
			return afterwards(() => found(category.id));
		},
		async changeCategory(actor, id, change, read = {}) {
			await demandAdministrator(work, actor);
			await makeFelt(work, (note) =>
				writeAsAdministrator(work, actor, async (tx) => {
					const before = await tx.categories.lock(id);
					demandAsRead(before, change, read);
					await checkCategory(work, tx, change, before);
					const names = await applyChange(work, tx, actor, before, change);
					note(effectOf(id, change, names));
					return names;
				}),
			);
			return afterwards(() => found(id));
		},
		async removeCategory(actor, id) {
			await demandAdministrator(work, actor);
			await makeFelt(work, (note) =>
				writeAsAdministrator(work, actor, async (tx) => {
					const category = await tx.categories.lock(id);
					await tx.categories.remove(id);
					await tx.outbox.add({
						id: randomUUID(),
						type: "category-removed",
						at: now(),
						actor,
						category,
					});
					note({ rights: true });
					return category;
				}),
			);
		},
	};
}

/** What `access.ts` and the readers of history decide by. */
const deciding: ReadonlySet<string> = new Set([
	"allowed",
	"denied",
	"creators",
	"history",
]);

/** What clients are shown of a category, with its rooms. */
const shown: ReadonlySet<string> = new Set(["invitations", "files", "history"]);

/** The names of what is other now. */
async function applyChange(
	{ now }: RoomsWork,
	tx: Transaction,
	actor: Actor,
	before: CategoryRecord,
	change: CategoryChange,
): Promise<readonly (keyof CategoryChange)[]> {
	const { id, ...after } = categoryAfter(before, change);
	const names = changedNames(before, after);
	if (names.length === 0) return names;
	await tx.categories.change(id, pick(after, names));
	await tx.outbox.add({
		id: randomUUID(),
		type: "category-changed",
		at: now(),
		actor,
		category: { id, name: after.name },
		before: pick(before, names),
		after: pick(after, names),
	});
	return names;
}

/** Also of a change that changes nothing: who asks again, because he was not answered, is to find nobody left. */
function effectOf(
	category: CategoryId,
	change: CategoryChange,
	names: readonly (keyof CategoryChange)[],
): Effect {
	const narrows = change.allowed !== undefined || change.denied !== undefined;
	const seen = names.some((name) => shown.has(name));
	return {
		rights: narrows || names.some((name) => deciding.has(name)),
		...((narrows || seen) && {
			scope: { of: "category", category, shown: seen },
		}),
	};
}

/** Throws `conflict`. */
function demandAsRead(
	before: CategoryRecord,
	change: CategoryChange,
	read: Partial<CategoryScope>,
): void {
	for (const name of listNames) {
		const seen = read[name];
		if (seen === undefined || !Array.isArray(change[name])) continue;
		if (isSameList(before[name], seen)) continue;
		throw new ChatError(
			"conflict",
			`The list "${name}" of ${before.name} has been changed in the meantime; read it again before you change it.`,
		);
	}
}

export function categoryAfter(
	before: CategoryRecord,
	change: CategoryChange,
): CategoryRecord {
	const { allowed, denied, creators, ...properties } = change;
	const after = (name: ListName) => {
		const by = change[name];
		if (by === undefined) return before[name];
		return changedList(before[name], asChange(by));
	};
	return {
		...before,
		...properties,
		allowed: after("allowed"),
		denied: after("denied"),
		creators: after("creators"),
	};
}

function asChange(by: readonly Principal[] | ListChange): ListChange {
	return isWhole(by) ? { set: by } : by;
}

function isWhole(
	by: readonly Principal[] | ListChange,
): by is readonly Principal[] {
	return Array.isArray(by);
}

/**
 * As the transaction sees the directory; it has begun with a change of rights (`tx.rights`), so that no group goes until it is
 * kept. Throws what is wrong with it.
 */
export async function checkCategory(
	work: RoomsWork,
	tx: Pick<RoomsWork, "directory">,
	change: CategoryChange,
	before?: CategoryRecord,
): Promise<void> {
	const { name = before?.name } = change;
	if (name !== undefined && name !== before?.name) {
		checkName(work, "category", name);
	}
	checkText(work, "A description", change.description ?? "");
	checkRetention(change.retainDays ?? 0);
	for (const list of [change.allowed, change.creators]) {
		if (list !== undefined) await checkListChange(tx, asChange(list));
	}
	const denied = asChange(change.denied ?? []);
	await checkDenied(tx, "set" in denied ? denied.set : (denied.add ?? []));
}

function checkRetention(days: number): void {
	if (Number.isInteger(days) && days >= 0 && days <= maxRetainDays) return;
	throw new ChatError(
		"malformed",
		`Messages are kept for a whole number of days, ${maxRetainDays} at most; 0 is for ever.`,
	);
}

/**
 * Somebody may be denied before he is in the directory, and after he has left it. A group that is unknown, though, denies
 * nobody, and never will: its id is not given again.
 */
async function checkDenied(
	tx: Pick<RoomsWork, "directory">,
	denied: readonly Principal[],
): Promise<void> {
	checkShapes(denied);
	await checkPrincipals(
		tx,
		denied.filter((each) => each.startsWith("group:")),
	);
}

function changedNames(
	before: CategoryRecord,
	after: Omit<CategoryRecord, "id">,
): (keyof CategoryChange)[] {
	return (Object.keys(after) as (keyof CategoryChange)[]).filter((name) =>
		isListName(name)
			? !isSameList(before[name], after[name])
			: before[name] !== after[name],
	);
}

const listNames = ["allowed", "denied", "creators"] as const;

function isListName(name: string): name is ListName {
	return (listNames as readonly string[]).includes(name);
}
