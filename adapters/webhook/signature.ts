/** How a receiver knows who posts, and that nothing was altered on the way. */
import { createHmac } from "node:crypto";

/** `t=<seconds since 1970>,v1=<hex>`, with another `,v1=<hex>` for the second secret. */
export function signatures(
	secrets: readonly string[],
	body: string,
	now: Date,
): string {
	const seconds = Math.floor(now.getTime() / 1_000);
	const each = secrets.map((secret) =>
		createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex"),
	);
	return [`t=${seconds}`, ...each.map((hex) => `v1=${hex}`)].join(",");
}
