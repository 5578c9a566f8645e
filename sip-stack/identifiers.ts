// Fresh tags, branches and Call-IDs (RFC 3261, 8.1.1.4, 8.1.1.7 and 19.3).
import { randomBytes } from "node:crypto";

const POOL_BYTES = 4096;
let pool = randomBytes(POOL_BYTES);
let used = 0;

/** Random hex text; the bytes are drawn in advance because each draw is costly. */
function randomText(bytes: number): string {
	if (used + bytes > POOL_BYTES) {
		pool = randomBytes(POOL_BYTES);
		used = 0;
	}
	used += bytes;
	return pool.toString("hex", used - bytes, used);
}

export const BRANCH_COOKIE = "z9hG4bK";

export function newTag(): string {
	return randomText(8);
}

export function newBranch(): string {
	return `${BRANCH_COOKIE}${randomText(12)}`;
}

export function newCallId(): string {
	return randomText(16);
}
