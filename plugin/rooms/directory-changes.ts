/** How administrators change the directory, whatever of it: allowed, recorded, felt at once. */
import { randomUUID } from "node:crypto";
import type { Transaction } from "../store/index.ts";
import { writeAsAdministrator } from "./administrators.ts";
import type { RoomEvent } from "./events.ts";
import { makeFelt } from "./felt.ts";
import type { Actor, Principal } from "./types.ts";
import type { RoomsWork } from "./work.ts";

interface Written<T> {
	readonly before: unknown;
	readonly after: unknown;
	readonly result: T;
	/** Whoever holds one of these may have other rights now. Nobody: nobody has. */
	readonly concerned: readonly Principal[];
	/** Told when these have been looked at. */
	readonly tells?: readonly RoomEvent[];
}

/** The change is made by administrators only, recorded, and felt by those whom it concerns. Throws `forbidden`. */
export async function changeDirectory<T>(
	work: RoomsWork,
	actor: Actor,
	subject: string,
	write: (tx: Transaction) => Promise<Written<T>>,
): Promise<T> {
	const { result } = await makeFelt(work, (note) =>
		writeAsAdministrator(work, actor, async (tx) => {
			const written = await write(tx);
			await tx.outbox.add({
				id: randomUUID(),
				type: "directory-changed",
				at: work.now(),
				actor,
				subject,
				before: written.before,
				after: written.after,
			});
			const { concerned, tells = [] } = written;
			const rights = concerned.length > 0;
			note({
				rights,
				last: tells,
				...(rights && { scope: { of: "holders", principals: concerned } }),
			});
			return written;
		}),
	);
	return result;
}
