/** What compliance is owed: every event complete in itself, with names as they stood, so that nothing need be looked up later. */
import type { Actor, CategoryId, Message, RoomId } from "../rooms/types.ts";

/** A UUID made with the event. */
export type EventId = string;

interface Happened {
	readonly id: EventId;
	readonly at: Date;
	readonly actor: Actor;
	readonly room: {
		readonly id: RoomId;
		readonly name: string;
		readonly category: { readonly id: CategoryId; readonly name: string };
	};
}

export type ComplianceEvent =
	| (Happened & { readonly type: "posted"; readonly message: Message })
	| (Happened & { readonly type: "joined" | "parted" })
	/** History was read back: `count` messages, the newest of them `throughSequence`. */
	| (Happened & {
			readonly type: "viewed";
			readonly count: number;
			readonly throughSequence: number;
	  });
