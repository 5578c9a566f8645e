/** What would be added, tried: made and undone, so that it is refused for whatever the real thing would be. */
import type { Store } from "../store/index.ts";
import { createAdministration, type RoomRequest } from "./administration.ts";
import { type CategoryRequest, createCategories } from "./categories.ts";
import { createGroups } from "./groups.ts";
import type { Actor, Principal } from "./types.ts";
import { createUsers, type UserRequest } from "./users.ts";
import type { RoomsWork } from "./work.ts";

export type Addition =
	| { readonly user: UserRequest }
	| {
			readonly group: {
				readonly name: string;
				readonly members: readonly Principal[];
			};
	  }
	| { readonly category: CategoryRequest }
	| { readonly room: RoomRequest };

export interface Additions {
	/** Changes nothing; throws as adding it would. */
	rehearseAddition(actor: Actor, addition: Addition): Promise<void>;
}

/** Thrown when all was well, so that nothing is kept. */
const undo = new Error("Only a rehearsal");

export function createAdditions(work: RoomsWork): Additions {
	const trial: RoomsWork = { ...work, store: undoing(work.store) };
	const users = createUsers(trial);
	const groups = createGroups(trial);
	const categories = createCategories(trial);
	const administration = createAdministration(trial);

	function add(actor: Actor, addition: Addition): Promise<unknown> {
		if ("user" in addition) return users.addUser(actor, addition.user);
		if ("group" in addition) {
			const { name, members } = addition.group;
			return groups.createGroup(actor, name, members);
		}
		return "category" in addition
			? categories.createCategory(actor, addition.category)
			: administration.createRoom(actor, addition.room);
	}

	return {
		async rehearseAddition(actor, addition) {
			try {
				await add(actor, addition);
			} catch (error) {
				if (error !== undo) throw error;
			}
		},
	};
}

function undoing(store: Store): Store {
	return {
		...store,
		transaction: (write) =>
			store.transaction(async (tx) => {
				await write(tx);
				throw undo;
			}),
	};
}
