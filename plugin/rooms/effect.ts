/** What a change of rights does to others, and how they come to feel it. */
import type { RoomEvent } from "./events.ts";
import type { Scope } from "./reassessing.ts";
import { tell } from "./telling.ts";
import type { RoomsWork } from "./work.ts";

export interface Effect {
	/** Somebody's rights may be others now. */
	readonly rights: boolean;
	/** Told before anybody is looked at, and after that. */
	readonly first?: readonly RoomEvent[];
	readonly last?: readonly RoomEvent[];
	readonly scope?: Scope;
}

/** False: not everybody could be looked at yet; that is owed now. Never rejects. */
export async function takeEffect(
	work: Omit<RoomsWork, "settling">,
	{ rights, first = [], last = [], scope }: Effect,
): Promise<boolean> {
	if (rights) work.rights.changed();
	for (const event of first) await tell(work, event);
	const done = scope === undefined || (await work.reassessing.look(scope));
	for (const event of last) await tell(work, event);
	return done;
}
