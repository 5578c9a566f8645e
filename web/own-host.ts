/** Whether a request names this machine: another site's page whose name was turned to the loopback (DNS rebinding) names its own. */
import { isIPv4 } from "node:net";
import type { FastifyRequest } from "fastify";
import { DoorError } from "./errors.ts";
import type { WebSettings } from "./options.ts";

/** An address, or a name, that nobody's DNS can give to another machine. */
export function isLoopback(host: string): boolean {
	return (
		host === "localhost" ||
		host.endsWith(".localhost") ||
		host === "::1" ||
		host === "[::1]" ||
		(isIPv4(host) && host.startsWith("127."))
	);
}

/**
 * The Host must be of the loopback, or that of `web.publicUrl`. What names none is no browser. Throws `not-from-here`.
 */
export function demandOwnHost(
	{ headers }: FastifyRequest,
	{ publicUrl }: Pick<WebSettings, "publicUrl">,
): void {
	if (headers.host === undefined) return;
	const host = headers.host.toLowerCase().replace(/:\d*$/, "");
	if (isLoopback(host)) return;
	if (publicUrl !== undefined && host === new URL(publicUrl).hostname) return;
	throw new DoorError(
		"not-from-here",
		"This door is for this machine: ask for localhost. Behind a proxy, web.publicUrl must be its address.",
	);
}
