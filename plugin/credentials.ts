/** What is kept of a password: sums that digest authentication is checked against, never the password itself. */
import { createHash } from "node:crypto";
import type { Credentials } from "./store/index.ts";

/** `realm`: the domain that people sign in to. */
export function hashCredentials(
	user: string,
	realm: string,
	password: string,
): Credentials {
	const sum = (algorithm: "md5" | "sha256", name: string) =>
		createHash(algorithm).update(`${name}:${realm}:${password}`).digest("hex");
	const withDomain = `${user}@${realm}`;
	return {
		md5: sum("md5", user),
		sha256: sum("sha256", user),
		md5WithDomain: sum("md5", withDomain),
		sha256WithDomain: sum("sha256", withDomain),
	};
}
