/**
 * What no store is asked for after an outage of Redis: invitations, and that presence documents have changed. What could not be
 * sent is sent when Redis is back, a while after, since the other nodes come back to it too.
 */
import type { RoomEvent } from "../rooms/events.ts";

export interface HeldBack {
	/** Could not be sent; the oldest of too many is forgotten. */
	hold(payload: string): void;
	/** Redis is there. */
	release(): void;
	close(): void;
}

const most = 1_000;
/** Who has lost Redis tries again every two seconds. */
const afterMs = 4_000;

export function isHeldBack({ type }: RoomEvent): boolean {
	return type === "invited" || type === "presence";
}

export function createHeldBack(send: (payload: string) => void): HeldBack {
	const held: string[] = [];
	let timer: NodeJS.Timeout | undefined;

	return {
		hold(payload) {
			if (held.length >= most) held.shift();
			held.push(payload);
		},
		release() {
			if (held.length === 0 || timer !== undefined) return;
			timer = setTimeout(() => {
				timer = undefined;
				for (const payload of held.splice(0)) send(payload);
			}, afterMs);
		},
		close() {
			clearTimeout(timer);
			held.length = 0;
		},
	};
}
