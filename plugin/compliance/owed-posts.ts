/** Which posts wait in the chat database: a room's follow one another, so that few numbers say it. */
import type { PostedNumbers } from "../store/store.ts";

interface Run {
	readonly first: number;
	last: number;
}

/** Reads all that is owed, a page at a time. Whether the post of a room is among it. */
export async function readOwedPosts(
	posted: Pick<PostedNumbers, "owed">,
	onRead: (events: number) => void,
): Promise<(room: string, sequence: number) => boolean> {
	const runs = new Map<string, Run[]>();
	let after = 0;
	let read = 0;
	for (;;) {
		const page = await posted.owed(after);
		for (const { room, sequence } of page) add(runs, room, sequence);
		read += page.length;
		onRead(read);
		const last = page.at(-1);
		if (last === undefined) break;
		after = last.position;
	}
	return (room, sequence) =>
		(runs.get(room) ?? []).some(
			({ first, last }) => first <= sequence && sequence <= last,
		);
}

function add(runs: Map<string, Run[]>, room: string, sequence: number): void {
	const known = runs.get(room) ?? [];
	const last = known.at(-1);
	if (last !== undefined && last.last + 1 === sequence) last.last = sequence;
	else known.push({ first: sequence, last: sequence });
	runs.set(room, known);
}
