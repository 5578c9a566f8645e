/**
 * The service's address, registered with one registrar for as long as there is a SIP server: refreshed at half its time, tried
 * again with growing waits when that fails, and rarely when it is refused.
 */
import type { Socket } from "node:net";
import type { Logger } from "pino";
import type { Registering, RegisterOutcome } from "./register-request.ts";

export interface RegistrationState {
	readonly registrar: string;
	readonly address: string;
	/** `waiting`: there is no SIP server to go by; `refused`: only rarely tried again. */
	readonly state: "waiting" | "registered" | "failing" | "refused" | "ended";
	/** What is wrong. */
	readonly why: string | undefined;
	/** Until when the registrar sends calls here, as it last said. */
	readonly until: Date | undefined;
}

export interface Registration {
	state(): RegistrationState;
	/** There is a SIP server, at these addresses (again). */
	begin(by: Socket, contact: string): void;
	/** There is none any more. */
	lost(by: Socket): void;
	/** Takes it back; resolves when that is answered, or not in time. */
	end(): Promise<void>;
}

export interface RegistrationNeeds {
	readonly registering: Registering;
	readonly registrar: string;
	readonly address: string;
	readonly expiresSeconds: number;
	readonly waits: RegistrationWaits;
	readonly log: Logger;
}

export interface RegistrationWaits {
	/** After the first failure; twice as long each time. */
	readonly firstMs: number;
	readonly longestMs: number;
	/** After a refusal: a wrong password is not to be hammered. */
	readonly refusedMs: number;
	/** The end waits for a registrar no longer. */
	readonly endMs: number;
}

export const registrationWaits: RegistrationWaits = {
	firstMs: 2_000,
	longestMs: 120_000,
	refusedMs: 900_000,
	endMs: 2_000,
};

const longestRetryAfterSeconds = 3_600;

export function createRegistration(needs: RegistrationNeeds): Registration {
	const { registering, registrar, address, waits, log } = needs;
	let state: RegistrationState["state"] = "waiting";
	let why: string | undefined;
	let until: Date | undefined;
	/** The same, however the clock is set meanwhile. */
	let lastsTo = 0;
	let by: Socket | undefined;
	let contact = "";
	let failures = 0;
	let notBefore = 0;
	let timer: NodeJS.Timeout | undefined;
	let work: Promise<void> = Promise.resolve();
	/** A REGISTER is out whose answer nobody knows yet. */
	let isOut = false;
	/** The answer that came when nobody wanted it any more: it was granted. */
	let grantedLate = false;

	function become(next: typeof state, reason?: string): void {
		const changed = next !== state;
		state = next;
		why = reason;
		if (!changed) return;
		const about = { registrar, address, why };
		if (next === "registered") log.info(about, "registered");
		else if (next === "waiting") log.warn(about, "registration waits");
		else if (next !== "ended") log.error(about, "not registered");
	}

	function again(waitMs: number): void {
		clearTimeout(timer);
		timer = setTimeout(
			() => {
				work = work.then(once);
			},
			Math.min(waitMs, 2 ** 31 - 1),
		);
	}

	async function once(): Promise<void> {
		const via = by;
		if (via === undefined || state === "ended") return;
		isOut = true;
		const found = await registering
			.register(via, contact, needs.expiresSeconds)
			.finally(() => {
				isOut = false;
			});
		grantedLate = isEnded() && found.outcome === "registered";
		// Lost or ended meanwhile: what was said of it holds no more.
		if (by !== via || isEnded()) return;
		note(found);
	}

	const isEnded = () => state === "ended";

	function note(found: RegisterOutcome): void {
		if (found.outcome === "registered") {
			failures = 0;
			const grantedMs = found.grantedSeconds * 1_000;
			until = new Date(Date.now() + grantedMs);
			lastsTo = performance.now() + grantedMs;
			become("registered");
			again(grantedMs * (0.45 + Math.random() / 10));
			return;
		}
		failures += 1;
		become(found.outcome === "refused" ? "refused" : "failing", found.why);
		const waitMs = waitAfter(found);
		notBefore = performance.now() + waitMs;
		again(waitMs);
	}

	function waitAfter(found: RegisterOutcome): number {
		const least = 0.5 + Math.random() / 2;
		if (found.outcome === "refused") return waits.refusedMs * least;
		const growing = waits.firstMs * 2 ** Math.min(failures - 1, 30);
		const asked =
			("retryAfterSeconds" in found && found.retryAfterSeconds) || 0;
		return Math.max(
			Math.min(growing, waits.longestMs) * least,
			Math.min(asked, longestRetryAfterSeconds) * 1_000,
		);
	}

	return {
		state: () => ({ registrar, address, state, why, until }),
		begin(socket, where) {
			if (isEnded()) return;
			by = socket;
			contact = where;
			// Who has refused or is away is not asked sooner because our own line was cut.
			again(
				state === "registered" ? 0 : Math.max(0, notBefore - performance.now()),
			);
		},
		lost(socket) {
			if (by !== socket || isEnded()) return;
			by = undefined;
			clearTimeout(timer);
			become("waiting", "there is no connection to the SIP server");
		},
		async end() {
			clearTimeout(timer);
			const there = until !== undefined && lastsTo > performance.now();
			become("ended");
			until = undefined;
			if (by === undefined || !(there || isOut)) return;
			await withinMs(waits.endMs, takenBack(by, there));
		},
	};

	async function takenBack(via: Socket, there: boolean): Promise<void> {
		await work;
		if (!there && !grantedLate) return;
		const { outcome } = await registering.register(via, contact, 0);
		if (outcome === "registered")
			log.info({ registrar, address }, "registration taken back");
		else
			log.warn(
				{ registrar, address },
				"registration not taken back; it ends by itself",
			);
	}
}

/** Resolves with the work, or when it takes too long. */
async function withinMs(ms: number, work: Promise<void>): Promise<void> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<void>((resolve) => {
		timer = setTimeout(resolve, ms);
	});
	await Promise.race([work, late]);
	clearTimeout(timer);
}
