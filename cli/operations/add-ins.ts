/** Operations on add-ins: pages that rooms may have beside them. */
import { z } from "zod";
import { ChatError } from "../../plugin/errors.ts";
import { written } from "./names.ts";
import {
	type ActOf,
	beforeAct,
	type OperationWork,
	operation,
	operationInTurn,
} from "./operation.ts";

type Given = { readonly name: string };
const subject = ({ name }: Given) => name;
const changed: ActOf<Given> = { action: "add-in-changed", subject };
const removed: ActOf<Given> = { action: "add-in-removed", subject };

const addIn = z.strictObject({ name: written, url: z.string().max(10_000) });

/** Those registered, and those that rooms have, by name. */
export const listAddIns = operation(z.strictObject({}), ({ rooms, actor }) =>
	rooms.addIns(actor),
);

export const registerAddIn = operationInTurn(addIn, async (work, given) => {
	await work.rooms.registerAddIn(work.actor, given);
	return found(work, given.name);
});

/** `rooms`: those that had it with its former address get the new one; how many there were. */
export const changeAddIn = operationInTurn(
	addIn.extend({ rooms: z.boolean().default(false) }),
	async (work, given, progress) => {
		const { name, url, rooms: too } = given;
		const before = await beforeAct(work, changed, given, () =>
			found(work, name),
		);
		await work.rooms.changeAddIn(work.actor, { name, url });
		const after = await found(work, name);
		const changedRooms = too
			? await changeRooms(work, before, after, progress)
			: 0;
		return { ...after, changedRooms };
	},
);

export const removeAddIn = operationInTurn(
	z.strictObject({ name: written }),
	async (work, given) => {
		const { name } = given;
		const before = await beforeAct(work, removed, given, () =>
			found(work, name),
		);
		await work.rooms.removeAddIn(work.actor, name);
		return before;
	},
);

/** The registered one. Throws `malformed`. */
export async function found({ rooms, actor }: OperationWork, name: string) {
	const known = await rooms.addIn(actor, name);
	if (known !== undefined) return known;
	throw new ChatError(
		"malformed",
		`There is no add-in "${name}"; "add-in list" shows those that there are.`,
	);
}

type Named = Awaited<ReturnType<typeof found>>;
const roomsAtMost = 100_000;

async function changeRooms(
	{ rooms, actor }: OperationWork,
	before: Named,
	after: Named,
	progress: (done: number) => void,
): Promise<number> {
	const having = await rooms.roomList(actor, {
		words: [],
		descriptions: false,
		addIn: before.name,
		limit: roomsAtMost,
	});
	let changed = 0;
	for (const { room } of having) {
		if (room.addIn?.url !== before.url) continue;
		await rooms.changeRoom(actor, room.id, { properties: { addIn: after } });
		changed += 1;
		progress(changed);
	}
	return changed;
}
