/** Categories: the ethical walls. A change is felt at once by everybody who is in one of their rooms. */
import { randomUUID } from "node:crypto";
import { noSuchCategory } from "../errors.ts";
import { demandAdministrator, writeAsAdministrator } from "./administrators.ts";
import {
	checkName,
	checkPrincipals,
	checkShapes,
	checkText,
} from "./checks.ts";
import { pick } from "./pick.ts";
import { reassessCategory } from "./reassessment.ts";
import { tell } from "./telling.ts";
import type { Actor, CategoryId, CategoryRecord, RoomId } from "./types.ts";
import type { RoomsWork } from "./work.ts";

export type CategoryRequest = Partial<Omit<CategoryRecord, "id" | "name">> &
	Pick<CategoryRecord, "name">;
/** What is not named stays; lists are whole. */
export type CategoryChange = Partial<Omit<CategoryRecord, "id">>;

/** All throw `forbidden` for anybody but administrators. */
export interface Categories {
	/** By name. */
	categories(actor: Actor): Promise<readonly CategoryRecord[]>;
	/** By default without files, with history and invitations, open while the archive is behind, allowing nobody. Throws `name-taken`, `malformed`, `no-such-principal`. */
	createCategory(
		actor: Actor,
		request: CategoryRequest,
	): Promise<CategoryRecord>;
	/** Whoever is not allowed any more is out of its rooms when this resolves. Throws as `createCategory`, and `no-such-category`. */
	changeCategory(
		actor: Actor,
		category: CategoryId,
		change: CategoryChange,
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
			await checkCategory(work, request);
			const category: CategoryRecord = {
				description: "",
				invitations: true,
				files: false,
				history: true,
				compliance: "open",
				allowed: [],
				denied: [],
				creators: [],
				...request,
				id: randomUUID() as CategoryId,
			};
			await writeAsAdministrator(work, actor, async (tx) => {
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
			return found(category.id);
		},
		async changeCategory(actor, id, change) {
			await demandAdministrator(work, actor);
			await checkCategory(work, change);
			const names = await writeAsAdministrator(work, actor, async (tx) => {
				const before = await tx.categories.lock(id);
				const names = changedNames(before, change);
				if (names.length === 0) return names;
				await tx.categories.change(id, change);
				await tx.outbox.add({
					id: randomUUID(),
					type: "category-changed",
					at: now(),
					actor,
					category: { id, name: change.name ?? before.name },
					before: pick(before, names),
					after: pick(change, names),
				});
				return names;
			});
			if (names.some((name) => deciding.has(name))) rights.changed();
			if (names.some((name) => name === "allowed" || name === "denied")) {
				await reassessCategory(work, id);
			}
			if (names.some((name) => shown.has(name))) await tellRooms(work, id);
			return found(id);
		},
		async removeCategory(actor, id) {
			await demandAdministrator(work, actor);
			await writeAsAdministrator(work, actor, async (tx) => {
				const category = await tx.categories.lock(id);
				await tx.categories.remove(id);
				await tx.outbox.add({
					id: randomUUID(),
					type: "category-removed",
					at: now(),
					actor,
					category,
				});
				return category;
			});
			rights.changed();
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

async function tellRooms(work: RoomsWork, category: CategoryId): Promise<void> {
	const { participants, rooms } = work.store;
	for (let after: RoomId | undefined; ; ) {
		const page = { after, limit: 200 };
		const ids = await participants.rooms(category, page);
		for (const id of ids) {
			const summary = await rooms.summary(id);
			if (summary !== undefined) await tell(work, { type: "changed", summary });
		}
		after = ids.at(-1);
		if (ids.length < page.limit) return;
	}
}

/** Throws what is wrong with it. */
export async function checkCategory(
	work: RoomsWork,
	change: CategoryChange,
): Promise<void> {
	if (change.name !== undefined) checkName(work, "category", change.name);
	checkText(work, "A description", change.description ?? "");
	const { allowed = [], denied = [], creators = [] } = change;
	await checkPrincipals(work, [...new Set([...allowed, ...creators])]);
	// Somebody may be denied before he is in the directory, and after he has left it.
	checkShapes(denied);
}

function changedNames(
	before: CategoryRecord,
	change: CategoryChange,
): (keyof CategoryChange)[] {
	const plain = (value: unknown) =>
		JSON.stringify(Array.isArray(value) ? [...new Set(value)].sort() : value);
	return (Object.keys(change) as (keyof CategoryChange)[]).filter(
		(name) => plain(before[name]) !== plain(change[name]),
	);
}
