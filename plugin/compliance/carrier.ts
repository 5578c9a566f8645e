/** How events come from the relay into the archive: straight, or through a queue in Redis (`queue.ts`). */
import type { Archive, Owed, Turn } from "./archive.ts";

export interface Carrier {
	/** Resolves when the archive has committed them. Rejects, and the same come again: nothing is lost, nothing is kept twice. Throws `Unstorable`. */
	carry(events: readonly Owed[], turn: Turn): Promise<void>;
	close(): Promise<void>;
	/** Absent where nothing else is needed to carry. */
	connected?(): boolean;
}

export function straight(archive: Pick<Archive, "add">): Carrier {
	return { carry: archive.add, close: async () => {} };
}
