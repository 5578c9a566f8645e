/** What reads, made to try again when the database was in the way, and to say `unavailable` as `attempt` has it. */
import { attempt } from "./attempts.ts";

export function reading<T>(read: () => Promise<T>): Promise<T> {
	return attempt(read, { outcome: () => "read" });
}

type Read = (...args: readonly unknown[]) => Promise<unknown>;

/** The same reader, each of whose questions is asked so. */
export function answering<Reader extends object>(reader: Reader): Reader {
	return Object.fromEntries(
		Object.entries<Read>(reader as Record<string, Read>).map(([name, read]) => [
			name,
			(...args: readonly unknown[]) => reading(() => read(...args)),
		]),
	) as Reader;
}
