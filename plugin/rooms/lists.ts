/** Lists of principals, as they are to be after a change. */
import type { ListChange, Principal } from "./types.ts";

/** Each principal once; what is both added and taken away is there. */
export function changedList(
	before: readonly Principal[],
	change: ListChange,
): readonly Principal[] {
	if ("set" in change) return [...new Set(change.set)];
	const removed = new Set(change.remove);
	const kept = before.filter((each) => !removed.has(each));
	return [...new Set([...kept, ...(change.add ?? [])])];
}

/** In any order. */
export function isSameList(
	one: readonly Principal[],
	other: readonly Principal[],
): boolean {
	const [all, others] = [new Set(one), new Set(other)];
	return all.size === others.size && [...all].every((each) => others.has(each));
}
