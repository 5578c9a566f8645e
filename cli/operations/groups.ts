/** Operations on groups. */
import { z } from "zod";
import type { Group } from "../../plugin/rooms/types.ts";
import { adding } from "./addition.ts";
import { change } from "./change.ts";
import {
	changeOf,
	differenceTo,
	groupNamed,
	listChange,
	principals,
	written,
	writtenList,
} from "./names.ts";
import { type OperationWork, operation } from "./operation.ts";
import { type GroupView, withNames } from "./views.ts";

export const addGroup = adding(
	{
		action: "group-added",
		subject: ({ name }) => name,
	},
	z.strictObject({ name: written, members: writtenList.optional() }),
	async (work, { name, members }) => {
		const { rooms, actor } = work;
		const group = { name, members: await principals(work, members) };
		return {
			addition: { group },
			make: async () =>
				groupView(work, await rooms.createGroup(actor, name, group.members)),
		};
	},
);

export const setGroup = change(
	{
		action: "group-changed",
		subject: ({ group }) => group,
	},
	z.strictObject({
		group: written,
		name: written.optional(),
		members: listChange.optional(),
	}),
	async (work, { group, name, members = {} }) => {
		const before = await groupNamed(work, group);
		const what = `members of ${before.name}`;
		const by = await changeOf(work, what, before.members, members);
		const change = {
			...(name !== undefined && { name }),
			...differenceTo(before.members, by),
		};
		return {
			proposal: { group: before.id, change },
			make: async () =>
				groupView(
					work,
					await work.rooms.changeGroup(work.actor, before.id, change),
				),
		};
	},
);

export const removeGroup = change(
	{
		action: "group-removed",
		subject: ({ group }) => group,
	},
	z.strictObject({ group: written }),
	async (work, { group }) => {
		const { id, name } = await groupNamed(work, group);
		return {
			proposal: { group: id, change: "remove" },
			async make() {
				await work.rooms.removeGroup(work.actor, id);
				return { id, name };
			},
		};
	},
);

export const getGroup = operation(
	z.strictObject({ group: written }),
	async (work, { group }) => groupView(work, await groupNamed(work, group)),
);

export const listGroups = operation(
	z.strictObject({}),
	async ({ rooms, actor }) => {
		const groups = await rooms.groups(actor);
		return groups.map(({ id, name, members }) => ({
			id,
			name,
			members: members.length,
		}));
	},
);

async function groupView(
	work: OperationWork,
	{ id, name, members }: Group,
): Promise<GroupView> {
	return { id, name, ...(await withNames(work, { members })) };
}
