/** Operations on categories: the ethical walls. */
import { z } from "zod";
import type { CategoryChange } from "../../plugin/rooms/categories.ts";
import { adding } from "./addition.ts";
import { change } from "./change.ts";
import {
	categoryNamed,
	changeOf,
	listChange,
	principals,
	written,
	writtenList,
} from "./names.ts";
import { operation } from "./operation.ts";
import { categoryView } from "./views.ts";

const properties = {
	description: z.string().max(1_000).optional(),
	invitations: z.boolean().optional(),
	files: z.boolean().optional(),
	history: z.boolean().optional(),
	compliance: z.enum(["open", "closed"]).optional(),
	/** 0: for ever; null: as the service has it. */
	retainDays: z.int().min(0).max(36_500).nullable().optional(),
};

export const addCategory = adding(
	{
		action: "category-added",
		subject: ({ name }) => name,
	},
	z.strictObject({
		name: written,
		...properties,
		allowed: writtenList.optional(),
		denied: writtenList.optional(),
		creators: writtenList.optional(),
	}),
	async (work, { allowed, denied, creators, ...given }) => {
		const category = {
			...named(given),
			name: given.name,
			allowed: await principals(work, allowed),
			denied: await principals(work, denied),
			creators: await principals(work, creators),
		};
		const { rooms, actor } = work;
		return {
			addition: { category },
			make: async () =>
				categoryView(work, await rooms.createCategory(actor, category)),
		};
	},
);

export const setCategory = change(
	{
		action: "category-changed",
		subject: ({ category }) => category,
	},
	z.strictObject({
		category: written,
		name: written.optional(),
		...properties,
		allowed: listChange.optional(),
		denied: listChange.optional(),
		creators: listChange.optional(),
	}),
	async (work, given) => {
		const before = await categoryNamed(work, given.category);
		const scope: Pick<CategoryChange, (typeof lists)[number]> = {};
		for (const list of lists) {
			const by = given[list];
			if (by === undefined) continue;
			const what = `${list} of ${before.name}`;
			const change = await changeOf(work, what, before[list], by);
			scope[list] = "set" in change ? change.set : change;
		}
		const { id } = before;
		const change: CategoryChange = { ...named(given), ...scope };
		const { rooms, actor } = work;
		return {
			proposal: { category: id, change },
			make: async () =>
				categoryView(
					work,
					await rooms.changeCategory(actor, id, change, before),
				),
		};
	},
);

export const removeCategory = change(
	{
		action: "category-removed",
		subject: ({ category }) => category,
	},
	z.strictObject({ category: written }),
	async (work, { category }) => {
		const { id, name } = await categoryNamed(work, category);
		return {
			proposal: { category: id, change: "remove" },
			async make() {
				await work.rooms.removeCategory(work.actor, id);
				return { id, name };
			},
		};
	},
);

export const getCategory = operation(
	z.strictObject({ category: written }),
	async (work, { category }) =>
		categoryView(work, await categoryNamed(work, category)),
);

export const listCategories = operation(z.strictObject({}), async (work) => {
	const categories = await work.rooms.categories(work.actor);
	const views = [];
	for (const each of categories) views.push(await categoryView(work, each));
	return views;
});

const lists = ["allowed", "denied", "creators"] as const;

/** What was given, without what was not. */
function named({
	name,
	description,
	invitations,
	files,
	history,
	compliance,
	retainDays,
}: z.output<z.ZodObject<typeof properties>> & { name?: string | undefined }) {
	return {
		...(name !== undefined && { name }),
		...(description !== undefined && { description }),
		...(invitations !== undefined && { invitations }),
		...(files !== undefined && { files }),
		...(history !== undefined && { history }),
		...(compliance !== undefined && { compliance }),
		...(retainDays !== undefined && { retainDays }),
	};
}
