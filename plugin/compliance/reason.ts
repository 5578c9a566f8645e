/** What an adapter of somebody else's has thrown, in words: it may be anything. */

/** Never throws; one line of text at least. */
export function reasonOf(thrown: unknown): string {
	if (thrown instanceof Error && typeof thrown.message === "string") {
		return thrown.message === "" ? thrown.name : thrown.message;
	}
	try {
		return `It threw ${String(thrown)}, which is no Error.`;
	} catch {
		return "It threw something that is no Error.";
	}
}
