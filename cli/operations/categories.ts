/** Operations on categories: the ethical walls. */
import { z } from "zod";
import type { CategoryRecord } from "../../plugin/rooms/types.ts";
import {
	categoryNamed,
	changedList,
	listChange,
	principals,
	written,
	writtenList,
} from "./names.ts";
import { type OperationWork, operation, operationInTurn } from "./operation.ts";
import { categoryView, type LossView, lossViews } from "./views.ts";

const properties = {
	description: z.string().max(1_000).optional(),
	invitations: z.boolean().optional(),
	files: z.boolean().optional(),
	history: z.boolean().optional(),
};

export const addCategory = operationInTurn(
	z.strictObject({
		name: written,
		...properties,
		allowed: writtenList.optional(),
		denied: writtenList.optional(),
		creators: writtenList.optional(),
	}),
	async (work, { allowed, denied, creators, ...given }) => {
		const category = await work.rooms.createCategory(work.actor, {
			...named(given),
			name: given.name,
			allowed: await principals(work, allowed),
			denied: await principals(work, denied),
			creators: await principals(work, creators),
		});
		return categoryView(work, category);
	},
);

const changeParameters = z.strictObject({
	category: written,
	name: written.optional(),
	...properties,
	allowed: listChange.optional(),
	denied: listChange.optional(),
	creators: listChange.optional(),
});

export const setCategory = operationInTurn(
	changeParameters,
	async (work, given) => {
		const { id, change } = await changeOf(work, given);
		return categoryView(
			work,
			await work.rooms.changeCategory(work.actor, id, change),
		);
	},
);

/** Who would lose what by the same change. */
export const previewCategory = operation(
	changeParameters,
	async (work, given, progress): Promise<readonly LossView[]> => {
		const { id, change } = await changeOf(work, given);
		const losses = await work.rooms.previewCategory(
			work.actor,
			id,
			change,
			progress,
		);
		return lossViews(work, losses);
	},
);

export const removeCategory = operationInTurn(
	z.strictObject({ category: written }),
	async (work, { category }) => {
		const { id, name } = await categoryNamed(work, category);
		await work.rooms.removeCategory(work.actor, id);
		return { id, name };
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

async function changeOf(
	work: OperationWork,
	given: z.output<typeof changeParameters>,
) {
	const before = await categoryNamed(work, given.category);
	const change: Partial<
		Record<(typeof lists)[number], CategoryRecord["allowed"]>
	> = {};
	for (const list of lists) {
		const by = given[list];
		if (by === undefined) continue;
		const what = `${list} of ${before.name}`;
		change[list] = await changedList(work, what, before[list], by);
	}
	return { id: before.id, change: { ...named(given), ...change } };
}

const lists = ["allowed", "denied", "creators"] as const;

/** What was given, without what was not. */
function named({
	name,
	description,
	invitations,
	files,
	history,
}: z.output<z.ZodObject<typeof properties>> & { name?: string | undefined }) {
	return {
		...(name !== undefined && { name }),
		...(description !== undefined && { description }),
		...(invitations !== undefined && { invitations }),
		...(files !== undefined && { files }),
		...(history !== undefined && { history }),
	};
}
