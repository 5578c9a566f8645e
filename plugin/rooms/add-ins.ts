/** The registry of add-ins: pages that rooms may have beside them, each with its name and address. */
import { ChatError } from "../errors.ts";
import type { AddInUse } from "../store/index.ts";
import { demandAdministrator } from "./administrators.ts";
import { changeDirectory } from "./directory-changes.ts";
import { checkAddIn } from "./properties.ts";
import type { Actor, AddIn } from "./types.ts";
import type { RoomsWork } from "./work.ts";

/** All throw `forbidden` for anybody but administrators. Names are compared without case. */
export interface AddIns {
	/** Those registered, and those that rooms have, by name. */
	addIns(actor: Actor): Promise<readonly AddInUse[]>;
	addIn(actor: Actor, name: string): Promise<AddIn | undefined>;
	/** Throws `name-taken`, `malformed`, `too-large`. */
	registerAddIn(actor: Actor, addIn: AddIn): Promise<void>;
	/** Another address; rooms that have it keep the one that they have. Throws `malformed`. */
	changeAddIn(actor: Actor, addIn: AddIn): Promise<void>;
	/** Throws `malformed`; `in-use` while rooms have it. */
	removeAddIn(actor: Actor, name: string): Promise<void>;
}

export function createAddIns(work: RoomsWork): AddIns {
	const { store } = work;

	async function registered(name: string): Promise<AddIn> {
		const found = await store.addIns.find(name);
		if (found !== undefined) return found;
		throw new ChatError(
			"malformed",
			`There is no add-in "${name}"; "add-in list" shows those that there are.`,
		);
	}

	return {
		async addIns(actor) {
			await demandAdministrator(work, actor);
			return store.addIns.list();
		},
		async addIn(actor, name) {
			await demandAdministrator(work, actor);
			return store.addIns.find(name);
		},
		async registerAddIn(actor, addIn) {
			await demandAdministrator(work, actor);
			checkAddIn(work, addIn);
			await write(work, actor, addIn.name, async (tx) => {
				await tx.addIns.add(addIn);
				return { before: undefined, after: addIn };
			});
		},
		async changeAddIn(actor, { name, url }) {
			await demandAdministrator(work, actor);
			const before = await registered(name);
			const after = { name: before.name, url };
			checkAddIn(work, after);
			await write(work, actor, before.name, async (tx) => {
				await tx.addIns.change(after);
				return { before, after };
			});
		},
		async removeAddIn(actor, name) {
			await demandAdministrator(work, actor);
			const before = await registered(name);
			const uses = await store.addIns.list();
			const rooms = uses
				.filter((each) => each.name === before.name)
				.reduce((sum, each) => sum + each.rooms, 0);
			if (rooms > 0) {
				throw new ChatError(
					"in-use",
					`${rooms === 1 ? "One room has" : `${rooms} rooms have`} the add-in ${before.name}: take it from them first ("room list --add-in", "room set --no-add-in").`,
				);
			}
			await write(work, actor, before.name, async (tx) => {
				await tx.addIns.remove(before.name);
				return { before, after: undefined };
			});
		},
	};
}

type Write = Parameters<typeof changeDirectory>[3];
type Tx = Parameters<Write>[0];

function write(
	work: RoomsWork,
	actor: Actor,
	name: string,
	change: (
		tx: Tx,
	) => Promise<{ readonly before: unknown; readonly after: unknown }>,
): Promise<undefined> {
	return changeDirectory(work, actor, `add-in:${name}`, async (tx) => ({
		...(await change(tx)),
		result: undefined,
		concerned: [],
	}));
}
