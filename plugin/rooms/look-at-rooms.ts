/** Rooms locked in a transaction for what many people want there, and what each of them is to his. */
import type { Transaction } from "../store/index.ts";
import type { Holder, RoomId } from "./types.ts";

/** `free`: of any rooms, without waiting for those that others have locked; `waiting`: of one room. */
export type Look = "free" | "waiting";

type Found = Awaited<ReturnType<Transaction["rooms"]["lockFree"]>>[number];

/** In the order asked; undefined: there is no such room. */
export async function lookAtRooms(
	tx: Transaction,
	asked: readonly { readonly id: RoomId; readonly holder: Holder }[],
	how: Look,
): Promise<readonly Found[]> {
	if (how === "free") return tx.rooms.lockFree(asked);
	const [first, ...others] = asked;
	const known = first && (await tx.rooms.lockKnown(first.id, first.holder));
	if (known === undefined) return asked.map(() => undefined);
	const { room } = known;
	const rest = others.map(({ holder }) => holder);
	const standings = await tx.rooms.standings(room, rest);
	return [known, ...standings.map((standing) => ({ room, standing }))];
}
