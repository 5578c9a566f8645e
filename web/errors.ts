/** How a refusal is told over HTTP: one status for each reason, and a problem document (RFC 9457) with the same sentence as XCCOS. */
import { STATUS_CODES } from "node:http";
import type { ChatError, Reason } from "../plugin/errors.ts";

/** Why the web door itself refuses, before anything is asked of the rooms. */
export type DoorReason =
	| "not-signed-in"
	| "wrong-password"
	| "wrong-link"
	/** Another site's page, or a request without this one's token. */
	| "not-from-here"
	| "too-often"
	/** This node has too much to do. */
	| "too-busy"
	| "too-slow"
	| "no-such-page"
	| "unsupported-type"
	| "not-for-you";

export const statuses: Readonly<Record<Reason | DoorReason, number>> = {
	malformed: 400,
	"unknown-command": 404,
	"no-such-room": 404,
	"no-such-category": 404,
	"no-such-principal": 404,
	"no-such-file": 404,
	"no-thumbnail": 404,
	"invalid-token": 403,
	"room-disabled": 410,
	"not-joined": 403,
	forbidden: 403,
	"cannot-list": 403,
	"too-large": 413,
	conflict: 409,
	"name-taken": 409,
	"cannot-create": 403,
	"not-in-scope": 400,
	"presenter-not-member": 400,
	"in-use": 409,
	unavailable: 503,
	failed: 500,
	"not-signed-in": 401,
	"wrong-password": 401,
	"wrong-link": 401,
	"not-from-here": 403,
	"too-often": 429,
	"too-busy": 503,
	"too-slow": 408,
	"no-such-page": 404,
	"unsupported-type": 415,
	"not-for-you": 403,
};

/** Thrown by what stands before the rooms; as `ChatError`, caught by the error handler alone. */
export class DoorError extends Error {
	override readonly name = "DoorError";
	readonly reason: DoorReason;
	readonly retryAfterSeconds: number | undefined;

	/** `message` reaches the person who asked. */
	constructor(
		reason: DoorReason,
		message: string,
		{ retryAfterSeconds }: { readonly retryAfterSeconds?: number } = {},
	) {
		super(message);
		this.reason = reason;
		this.retryAfterSeconds = retryAfterSeconds;
	}
}

export interface Problem {
	readonly status: number;
	/** The words of the status. */
	readonly title: string;
	/** What was wrong and what would be right. */
	readonly detail: string;
	readonly reason: Reason | DoorReason;
}

export function problemOf({ reason, message }: ChatError | DoorError): Problem {
	const status = statuses[reason];
	return {
		status,
		title: STATUS_CODES[status] ?? "",
		detail: message,
		reason,
	};
}

/** It cannot be served; the message says why, and what would be right. */
export class WebRefused extends Error {
	override readonly name = "WebRefused";
}

export function wordsOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
