/** How what cannot be done is told to a phone: a SIP status, and words that fit its status line. */
import { ChatError } from "../errors.ts";
import { refusals } from "../xccos/replies.ts";
import type { Reply } from "./drachtio.ts";

/** What this cannot be told as is thrown on. A hidden room is told as one that is not there. */
export function refuse(error: unknown, reply: Reply): void {
	if (!(error instanceof ChatError)) throw error;
	const { reason, message } = error;
	const words = statusWords(message);
	if (reason === "no-such-room") reply.send(404, words);
	else if (reason === "unavailable") {
		reply.send(503, words, { headers: { "Retry-After": "5" } });
	} else reply.send(refusals[reason].sipStatus, words);
}

/** One line of ASCII. */
export function statusWords(text: string): string {
	return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 150);
}
