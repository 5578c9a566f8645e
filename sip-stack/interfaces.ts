/** Which of this host's addresses a peer can answer to, for sockets bound to all of them. */
import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";

const freshMs = 10_000;
let outside: { v4: string; v6: string; readAt: number } | undefined;

function outsideAddresses(): { v4: string; v6: string } {
	const now = performance.now();
	if (outside !== undefined && now - outside.readAt < freshMs) return outside;
	const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
	const first = (family: string) =>
		all.find((one) => !one.internal && one.family === family)?.address;
	outside = {
		v4: first("IPv4") ?? "127.0.0.1",
		v6: first("IPv6") ?? "::1",
		readAt: now,
	};
	return outside;
}

function isWildcard(host: string): boolean {
	return host === "0.0.0.0" || host === "::";
}

/** The concrete address behind `bound` towards `remote`: itself unless it is a wildcard. */
export function localHostTowards(bound: string, remote: string): string {
	if (!isWildcard(bound)) return bound;
	if (isIPv6(remote)) return remote === "::1" ? "::1" : outsideAddresses().v6;
	return remote.startsWith("127.") ? "127.0.0.1" : outsideAddresses().v4;
}
