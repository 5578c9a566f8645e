/** Whoever's dialog has ended parts the rooms it was in: after what it asked for is done, and again until it is stored. */
import type { Logger } from "pino";
import type { Dispatcher } from "../commands/dispatch.ts";
import { ChatError } from "../errors.ts";
import type { Lost } from "../rooms/departures.ts";
import type { Rooms } from "../rooms/index.ts";
import type { Session } from "../sessions/index.ts";

export interface Parting {
	/** Does not wait. `lost`: it was not the client's wish. */
	part(session: Session, lost?: Lost): void;
	/** Resolves when those who were lost by this device have parted. */
	free(device: string): Promise<void>;
	/** Resolves when everybody has parted, or cannot: the next start of this node parts those. */
	close(): Promise<void>;
}

const firstRetryMs = 500;
const lastRetryMs = 30_000;
/** Faults that are no passing outage are tried so often. */
const maxFaults = 10;

export function parting(needs: {
	readonly rooms: Rooms;
	readonly dispatcher: Dispatcher;
	readonly log: Logger;
}): Parting {
	const underWay = new Map<Promise<void>, string | undefined>();
	/** Who waits to try again. */
	const waiting = new Set<() => void>();
	let closing = false;

	async function untilParted(
		session: Session,
		lost: Lost | undefined,
	): Promise<void> {
		await needs.dispatcher.settled(session);
		let faults = 0;
		for (
			let waitMs = firstRetryMs;
			;
			waitMs = Math.min(waitMs * 2, lastRetryMs)
		) {
			try {
				const rooms = [...session.toPart];
				await needs.rooms.part(session.actor, session.id, rooms, lost);
				return;
			} catch (error) {
				const passing =
					error instanceof ChatError && error.reason === "unavailable";
				const { callId } = session.outlet;
				needs.log.error({ err: error, callId, waitMs }, "rooms not parted");
				if (!passing) faults += 1;
				if (faults >= maxFaults || closing) return;
				await pause(waitMs);
			}
		}
	}

	function pause(ms: number): Promise<void> {
		return new Promise((resolve) => {
			const end = () => {
				clearTimeout(timer);
				waiting.delete(end);
				resolve();
			};
			const timer = setTimeout(end, ms);
			waiting.add(end);
		});
	}

	return {
		part(session, lost) {
			const work = untilParted(session, lost).finally(() =>
				underWay.delete(work),
			);
			underWay.set(work, session.device?.key);
		},
		async free(device) {
			const its = [...underWay].filter(([, key]) => key === device);
			await Promise.all(its.map(([work]) => work));
		},
		async close() {
			closing = true;
			for (const end of waiting) end();
			await Promise.all(underWay.keys());
		},
	};
}
