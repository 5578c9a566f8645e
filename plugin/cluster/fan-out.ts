/** Carries room events to every node, this one too: there is one way to be told. */
import type { RoomEvent } from "../rooms/events.ts";
import type { RoomId } from "../rooms/types.ts";

/** Best effort. A posted message's `sequence` shows a listener what it missed; the store fills the gap. */
export interface FanOut {
	publish(event: RoomEvent): Promise<void>;
	subscribe(listener: (event: RoomEvent) => void): () => void;
	/** What is said in this room on other nodes is told here too, until the answer is called. What is rare is told everywhere. */
	hear(room: RoomId): () => void;
	close(): Promise<void>;
}
