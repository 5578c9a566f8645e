/**
 * What goes over the operator's socket: HTTP/1.1 on a Unix domain socket. `POST /room/add` with the parameters as a JSON
 * object; the answer is lines of JSON, any number of `{"progress":n}` and then one result or refusal. One operation a request.
 */
import { userInfo } from "node:os";
import { z } from "zod";

/** UTF-8 bytes of the parameters: a list of 10,000 principals fits. */
export const maxBodyBytes = 1_000_000;

/** Carries the name of the operating-system user who types: it is recorded with what he does. */
export const operatorHeader = "x-operator";
export const operatorShape = /^[A-Za-z0-9._@-]{1,64}$/;

/** The operating-system user of this process; his number where he has no name, as in containers. */
export function systemUser(): string {
	try {
		return userInfo().username;
	} catch {
		return `uid-${process.getuid?.()}`;
	}
}

/** Goes up when the shape of what is asked or answered changes: a command and a service of different ones do not understand each other. */
export const protocolVersion = "1";
export const versionHeader = "x-protocol";

export const lineSchema = z.union([
	z.strictObject({ progress: z.number() }),
	z.strictObject({ result: z.unknown() }),
	z.strictObject({
		refusal: z.strictObject({ reason: z.string(), message: z.string() }),
	}),
]);
export type Line = z.output<typeof lineSchema>;
