/** Operations on who administers. */
import { z } from "zod";
import type { Principal } from "../../plugin/rooms/types.ts";
import { change } from "./change.ts";
import { changeOf, type ListChange, listAfter, writtenList } from "./names.ts";
import { type OperationWork, operation } from "./operation.ts";
import { withNames } from "./views.ts";

const parameters = z.strictObject({ principals: writtenList.min(1) });

export const addAdministrators = change(
	{
		action: "administrators-changed",
		subject: () => "administrators",
	},
	parameters,
	(work, { principals }) => planned(work, { add: principals }),
);

export const removeAdministrators = change(
	{
		action: "administrators-changed",
		subject: () => "administrators",
	},
	parameters,
	(work, { principals }) => planned(work, { remove: principals }),
);

export const listAdministrators = operation(
	z.strictObject({}),
	async (work) =>
		(await views(work, await work.rooms.administrators(work.actor)))
			.administrators,
);

async function planned(work: OperationWork, by: ListChange) {
	const { rooms, actor } = work;
	const before = await rooms.administrators(actor);
	const change = await changeOf(work, "administrators", before, by);
	return {
		proposal: { administrators: listAfter(before, change) },
		make: async () =>
			views(work, await rooms.changeAdministrators(actor, change)),
	};
}

function views(work: OperationWork, administrators: readonly Principal[]) {
	return withNames(work, { administrators });
}
