/** Session timers as drachtio-server keeps them: it ends a session that the peer should have refreshed (RFC 4028, sections 8–10). */
import type { Timer, TimerOwner } from "../sip-stack/index.ts";

/** Shorter offers are refused (re-INVITE, UPDATE) or raised to it (INVITE). */
export const minSeSeconds = 90;

export interface SessionExpires {
	readonly seconds: number;
	readonly refresher: "uac" | "uas" | undefined;
}

const sessionExpires = /^(\d{1,9})\s*(?:$|;)/;
const refresherPattern = /;\s*refresher\s*=\s*(uac|uas)\s*(?:;|$)/i;

export function parseSessionExpires(
	value: string | undefined,
): SessionExpires | undefined {
	const seconds = value === undefined ? null : sessionExpires.exec(value);
	if (seconds === null || value === undefined) return undefined;
	const refresher = refresherPattern.exec(value)?.[1]?.toLowerCase();
	return {
		seconds: Number(seconds[1]),
		refresher:
			refresher === "uac" || refresher === "uas" ? refresher : undefined,
	};
}

/**
 * Idle → armed, for the peer to refresh (then `expired` after the whole interval) or for us (then `refresh` after half of it) → idle.
 * Arming again starts over.
 */
export class SessionTimer {
	readonly #timers: TimerOwner;
	readonly #secondMs: number;
	readonly #refresh: (seconds: number) => void;
	readonly #expired: () => void;
	#timer: Timer | undefined;
	/** True while it is armed for us to refresh. */
	weRefresh = false;

	constructor(
		owner: { readonly timers: TimerOwner; readonly secondMs: number },
		refresh: (seconds: number) => void,
		expired: () => void,
	) {
		this.#timers = owner.timers;
		this.#secondMs = owner.secondMs;
		this.#refresh = refresh;
		this.#expired = expired;
	}

	arm(seconds: number, weRefresh: boolean): void {
		this.stop();
		this.weRefresh = weRefresh;
		const ms = Math.min(seconds * this.#secondMs, 0x7fffffff);
		this.#timer = weRefresh
			? this.#timers.start(ms / 2, () => this.#refresh(seconds))
			: this.#timers.start(ms, this.#expired);
	}

	stop(): void {
		this.#timer?.stop();
		this.#timer = undefined;
		this.weRefresh = false;
	}
}
