/** Whether a request that changes something comes from a page of ours, and not from another site's in the same browser. */
import type { FastifyRequest } from "fastify";
import type { WebSession } from "../plugin/index.ts";
import { DoorError } from "./errors.ts";
import type { WebSessions } from "./sessions.ts";

export const csrfHeader = "x-csrf-token";

/** What changes nothing. */
const harmless = new Set(["GET", "HEAD", "OPTIONS"]);

export function changesSomething({ method }: FastifyRequest): boolean {
	return !harmless.has(method);
}

/**
 * Every browser of today says where a request comes from. What says nothing is no browser, and so brings nobody's cookie
 * along without his knowledge. Throws `not-from-here`.
 */
export function demandOwnOrigin(
	request: FastifyRequest,
	publicUrl: string | undefined,
): void {
	const site = request.headers["sec-fetch-site"];
	const { origin } = request.headers;
	const own =
		publicUrl === undefined
			? `${request.protocol}://${request.host}`
			: new URL(publicUrl).origin;
	const foreign =
		(site !== undefined && site !== "same-origin") ||
		(origin !== undefined && origin.toLowerCase() !== own.toLowerCase());
	if (foreign) {
		throw new DoorError(
			"not-from-here",
			"This request comes from another site's page; use a page of this one. Behind a proxy, web.publicUrl must be its address.",
		);
	}
}

/** Throws `not-from-here`. */
export function demandCsrfToken(
	request: FastifyRequest,
	session: WebSession,
	sessions: Pick<WebSessions, "isCsrfToken">,
): void {
	const given = request.headers[csrfHeader];
	if (typeof given === "string" && sessions.isCsrfToken(session, given)) return;
	throw new DoorError(
		"not-from-here",
		`The header ${csrfHeader} must hold the csrfToken that GET /api/session gives.`,
	);
}
