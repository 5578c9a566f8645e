/** What compliance is told of messages that somebody was shown. */
import { randomUUID } from "node:crypto";
import type { ComplianceEvent, HistoryAsked } from "../compliance/events.ts";
import type { Message } from "./types.ts";

type Viewed = Extract<ComplianceEvent, { readonly type: "viewed" }>;

/** `messages`: in either direction; none when there was nothing to show. */
export function viewing(
	messages: readonly Message[],
	asked: HistoryAsked,
): Omit<Viewed, "at" | "actor" | "room"> {
	const sequences = messages.map(({ sequence }) => sequence);
	const none = sequences.length === 0;
	return {
		id: randomUUID(),
		type: "viewed",
		count: messages.length,
		fromSequence: none ? 0 : Math.min(...sequences),
		throughSequence: none ? 0 : Math.max(...sequences),
		asked,
	};
}
