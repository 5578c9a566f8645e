/**
 * What became of a request, told in XML where the status of its INFO reaches nobody: a B2BUA on the way answers every INFO by itself,
 * and never passes on what was answered to it.
 */
import type { ChatError } from "../errors.ts";
import type { Session } from "../sessions/index.ts";
import {
	decodeEnvelope,
	encodeReply,
	type ReplyTo,
} from "../xccos/envelope.ts";
import { encodeRefusal } from "./answering.ts";
import type { CommandContext } from "./command.ts";
import { replyId } from "./index.ts";

type Sessions = CommandContext["sessions"];

/** The message is stored: 200, which elsewhere is the status of its INFO. */
export function tellKept(
	sessions: Sessions,
	{ outlet }: Session,
	to: ReplyTo,
): void {
	const kept = { code: 200, text: "SUCCESS_OK", data: [] };
	outlet.send(encodeReply(sessions.nextEnvid(), to, kept));
}

/** All that this body asked for is refused, one reply each; `rpl:error` where it cannot be read. */
export function tellRefused(
	sessions: Sessions,
	{ outlet }: Session,
	body: string,
	refusal: ChatError,
): void {
	for (const to of questionsIn(body)) {
		outlet.send(encodeRefusal(sessions, to, refusal));
	}
}

function questionsIn(body: string): readonly ReplyTo[] {
	try {
		const { envid, primitives } = decodeEnvelope(body);
		return primitives.map((primitive) => ({
			envid,
			seqid: primitive.seqid,
			id:
				primitive.kind === "command"
					? replyId(primitive.wireId)
					: "rpl:grpchat",
		}));
	} catch {
		const head = body.slice(0, 500);
		const envid = /\benvid\s*=\s*["'](\d{1,20})["']/.exec(head)?.[1] ?? "0";
		return [{ envid, seqid: "1", id: "rpl:error" }];
	}
}
