/** How administrators change the directory, whatever of it: allowed, recorded, felt at once. */
import { randomUUID } from "node:crypto";
import type { Transaction } from "../store/index.ts";
import { mayAdminister } from "./access.ts";
import { reassessHolders } from "./reassessment.ts";
import type { Actor, Principal } from "./types.ts";
import type { RoomsWork } from "./work.ts";

/** The change is made by administrators only, recorded, and felt by those who hold the principals concerned. Throws `forbidden`. */
export async function changeDirectory<T>(
	work: RoomsWork,
	actor: Actor,
	subject: string,
	write: (
		tx: Transaction,
	) => Promise<{ before: unknown; after: unknown; result: T }>,
	concerned: () => readonly Principal[],
): Promise<T> {
	await demandAdministrator(work, actor);
	const result = await work.store.transaction(async (tx) => {
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
		return written.result;
	});
	work.rights.changed();
	const principals = concerned();
	if (principals.length > 0) await reassessHolders(work, principals);
	return result;
}

/** Throws `forbidden`. */
export async function demandAdministrator(
	{ rights }: RoomsWork,
	actor: Actor,
): Promise<void> {
	mayAdminister(await rights.of(actor));
}
