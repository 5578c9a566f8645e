/** Fresh tags, branches and Call-IDs (RFC 3261, 8.1.1.4, 8.1.1.7 and 19.3). */
import { randomBytes } from "node:crypto";

const poolBytes = 4096;
let pool = randomBytes(poolBytes);
let used = 0;

/** Random hex text; the bytes are drawn in advance because each draw is costly. */
function randomText(bytes: number): string {
	if (used + bytes > poolBytes) {
		pool = randomBytes(poolBytes);
		used = 0;
	}
	used += bytes;
	return pool.toString("hex", used - bytes, used);
}

export const branchCookie = "z9hG4bK";

export function newTag(): string {
	return randomText(8);
}

export function newBranch(): string {
	return `${branchCookie}${randomText(12)}`;
}

export function newCallId(): string {
	return randomText(16);
}
