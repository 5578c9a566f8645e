/** Operations on who administers. */
import { z } from "zod";
import type { Principal } from "../../plugin/rooms/types.ts";
import { changedList, writtenList } from "./names.ts";
import { type OperationWork, operation, operationInTurn } from "./operation.ts";
import { withNames } from "./views.ts";

export const addAdministrators = operationInTurn(
	z.strictObject({ principals: writtenList.min(1) }),
	(work, { principals }) => change(work, { add: principals }),
);

export const removeAdministrators = operationInTurn(
	z.strictObject({ principals: writtenList.min(1) }),
	(work, { principals }) => change(work, { remove: principals }),
);

export const listAdministrators = operation(z.strictObject({}), async (work) =>
	views(work, await work.rooms.administrators(work.actor)),
);

async function change(
	work: OperationWork,
	by: { readonly add?: string[]; readonly remove?: string[] },
) {
	const before = await work.rooms.administrators(work.actor);
	const after = await changedList(work, "administrators", before, by);
	await work.rooms.setAdministrators(work.actor, after);
	return views(work, after);
}

async function views(
	work: OperationWork,
	administrators: readonly Principal[],
) {
	return (await withNames(work, { administrators })).administrators;
}
