/** Whose session at the web door has ended has the dialogs ended that he opened by it. */
import type { Logger } from "pino";
import type { Guests } from "./guests.ts";
import type { Tickets } from "./proof.ts";

export interface SignedOutNeeds {
	readonly guests: Pick<Guests, "webSessions" | "endOfWebSession">;
	readonly tickets: Pick<Tickets, "living">;
	readonly log: Logger;
}

export interface SignedOut {
	/** Looks, and once more when it was looking already; who chats counts as using his session. */
	look(): void;
	/** Resolves when it does not look any more. */
	settled(): Promise<void>;
}

export function createSignedOut({
	guests,
	tickets,
	log,
}: SignedOutNeeds): SignedOut {
	let looking: Promise<void> | undefined;
	let again = false;

	async function endThem(): Promise<void> {
		try {
			const here = guests.webSessions();
			const living = await tickets.living(here);
			for (const session of here) {
				if (!living.has(session)) {
					guests.endOfWebSession(session, "signed out at the web door");
				}
			}
		} catch (error) {
			log.warn({ err: error }, "web sessions not asked after; again soon");
		}
	}

	async function lookOn(): Promise<void> {
		do {
			again = false;
			await endThem();
		} while (again);
		looking = undefined;
	}

	return {
		look() {
			again = looking !== undefined;
			looking ??= lookOn();
		},
		settled: async () => looking,
	};
}
