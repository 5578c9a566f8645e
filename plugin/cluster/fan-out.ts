/** Carries room events to every node, this one too: there is one way to be told. */
import type { RoomEvent } from "../rooms/events.ts";

/** Best effort. A posted message's `sequence` shows a listener what it missed; the store fills the gap. */
export interface FanOut {
	publish(event: RoomEvent): Promise<void>;
	subscribe(listener: (event: RoomEvent) => void): () => void;
	close(): Promise<void>;
}
