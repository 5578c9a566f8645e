/** One POST, signed, with a time limit; and what its answer means. */
import { setTimeout as pause } from "node:timers/promises";
import type { Delivery } from "../../plugin/compliance/adapter.ts";
import { signatures } from "./signature.ts";

export interface Request {
	readonly key: string;
	readonly body: string;
}

export interface Sending {
	readonly url: string;
	readonly secrets: readonly string[];
	readonly timeoutMs: number;
	readonly patienceMs: number;
}

/** Longer than this no receiver is left alone, whatever it says. */
const longestRetryAfterMs = 3_600_000;
/** So often one request is made within a delivery. */
const mostTries = 3;

/**
 * Resolves with undefined when the receiver has taken it, with a sentence when it refuses the content for good; rejects when
 * it is to be tried again later. A receiver that has asked to be left alone is.
 */
export function makeSender(sending: Sending) {
	/** By a clock that is never set back. */
	let leftAloneUntilMs = 0;

	return async function send(
		request: Request,
		{ signal, log }: Delivery,
	): Promise<string | undefined> {
		for (let tries = 1; ; tries += 1) {
			const waitMs = Math.max(0, leftAloneUntilMs - performance.now());
			if (waitMs > sending.patienceMs || tries > mostTries) {
				throw new Error(
					`The receiver asks to be left alone, now for ${Math.ceil(waitMs / 1_000)} s. It is tried again.`,
				);
			}
			if (waitMs > 0) await pause(waitMs, undefined, { signal });
			const { status, retryAfter } = await post(sending, request, signal);
			if (status >= 200 && status < 300) return undefined;
			if (status === 413) return "The receiver says that it is too big (413).";
			if (status === 422) return "The receiver refuses its content (422).";
			const askedMs = retryAfterMs(status, retryAfter);
			if (askedMs === undefined) throw new Error(sentenceOf(status));
			leftAloneUntilMs = performance.now() + askedMs;
			log.debug({ status, askedMs }, "The receiver asks for a pause");
		}
	};
}

async function post(
	{ url, secrets, timeoutMs }: Sending,
	{ key, body }: Request,
	signal: AbortSignal,
): Promise<{ readonly status: number; readonly retryAfter: string | null }> {
	const limit = AbortSignal.timeout(timeoutMs);
	try {
		const answer = await fetch(url, {
			method: "POST",
			redirect: "manual",
			signal: AbortSignal.any([signal, limit]),
			headers: {
				"Content-Type": "application/json",
				"Idempotency-Key": key,
				"Compliance-Signature": signatures(secrets, body, new Date()),
				"User-Agent": "drachtio-persistent-chat",
			},
			body,
		});
		await answer.body?.cancel();
		return {
			status: answer.status,
			retryAfter: answer.headers.get("retry-after"),
		};
	} catch (error) {
		signal.throwIfAborted();
		const why = limit.aborted
			? `did not answer within ${timeoutMs} ms`
			: `cannot be reached (${codeOf(error)})`;
		throw new Error(`The receiver ${why}.`);
	}
}

/** Like ECONNREFUSED; nothing else of it, for whoever logs an error logs its causes, and a receiver's words may be in them. */
function codeOf(error: unknown): string {
	const { cause } = error instanceof Error ? error : {};
	const code = cause instanceof Error && "code" in cause ? cause.code : "";
	return typeof code === "string" && code !== "" ? code : "no connection";
}

/** RFC 9110, 10.2.3: seconds or a date; undefined where it is not said, or the answer is none that a pause cures. */
function retryAfterMs(status: number, text: string | null): number | undefined {
	if (text === null || (status !== 429 && status !== 503)) return undefined;
	const ms = /^\d{1,9}$/.test(text)
		? Number(text) * 1_000
		: Date.parse(text) - Date.now();
	if (Number.isNaN(ms)) return undefined;
	return Math.min(Math.max(ms, 0), longestRetryAfterMs);
}

function sentenceOf(status: number): string {
	const again = "It is tried again.";
	if (status >= 300 && status < 400) {
		return `The receiver redirects (${status}): no redirect is followed, so configure the URL that it leads to. ${again}`;
	}
	if (status === 401 || status === 403) {
		return `The receiver refuses the sender (${status}): compare the secrets, and the clocks. ${again}`;
	}
	if (status === 404 || status === 405 || status === 410) {
		return `There is no receiver at the URL (${status}): compare it with what the receiver says. ${again}`;
	}
	return `The receiver answered ${status}. ${again}`;
}
