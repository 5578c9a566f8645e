/** When posts were posted that are gone: between those beside them, for a room numbers its posts in their order. */
import type { RoomId } from "../rooms/types.ts";
import type { ReconcileNeeds } from "./reconcile.ts";

/** A number was given between its neighbours: by when they were posted it is told what is gone from here. */
export function isOlder(
	{ begunAt }: Pick<ReconcileNeeds, "begunAt">,
	postedAt: Date | undefined,
	{
		before,
		after,
	}: { readonly before: Date | undefined; readonly after: Date | undefined },
): boolean | undefined {
	if (postedAt !== undefined) return postedAt < begunAt;
	if (before !== undefined && before >= begunAt) return false;
	return after !== undefined && after < begunAt ? true : undefined;
}

/** For each number, when the next one that is known was posted. */
export function nextTimes(
	first: number,
	last: number,
	timeAt: (sequence: number) => Date | undefined,
): ReadonlyMap<number, Date> {
	const times = new Map<number, Date>();
	let next: Date | undefined;
	for (let sequence = last; sequence >= first; sequence--) {
		next = timeAt(sequence) ?? next;
		if (next !== undefined) times.set(sequence, next);
	}
	return times;
}

export async function timeOf(
	{ posted, posts }: Pick<ReconcileNeeds, "posted" | "posts">,
	room: RoomId,
	sequence: number,
): Promise<Date | undefined> {
	if (sequence < 1) return undefined;
	const [message] = await posted.between(room, sequence, sequence);
	if (message !== undefined) return message.postedAt;
	return (await posts.between(room, sequence, sequence, false))[0]?.at;
}
