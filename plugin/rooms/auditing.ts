/**
 * The log of what administrators do, by whichever door: begun before the act, ended after it, so that also a refusal is there,
 * and an act whose node was killed meanwhile. What cannot be written down is not done.
 */
import { ChatError } from "../errors.ts";
import type {
	AuditDoor,
	AuditEntry,
	AuditOutcome,
	AuditQuery,
} from "../store/index.ts";
import { demandAdministrator } from "./administrators.ts";
import { shortened } from "./shortened.ts";
import type { Actor } from "./types.ts";
import type { RoomsWork } from "./work.ts";

export interface Act {
	/** Like `room-changed`. */
	readonly action: string;
	/** Of what: a URI, an id, a name. */
	readonly subject: string;
	/** Kept shortened, without what people wrote and without secrets. */
	readonly details?: Readonly<Record<string, unknown>>;
	/** Managers do the same in their own rooms: only an administrator's is an act of administration. */
	readonly alsoManagers?: true;
}

export interface Auditing {
	/** Newest first. Throws `forbidden` for anybody but administrators. */
	auditEntries(actor: Actor, query: AuditQuery): Promise<readonly AuditEntry[]>;
	/**
	 * Writes down that an administrator begins something beside the service; gives the entry, for `endAct`. Throws `forbidden`, `unavailable`.
	 */
	beginAct(actor: Actor, act: Act): Promise<number>;
	/** How it ended. Throws `malformed` for what was not begun here, or a long time ago: such an entry stays as begun. */
	endAct(
		actor: Actor,
		position: number,
		ended: {
			readonly outcome: Exclude<AuditOutcome, "begun">;
			readonly reason: string;
		},
	): Promise<void>;
	/** Does it and writes down that it was done, or why not. Rejects as `run` does; `unavailable` when nothing could be written down. */
	asAct<T>(actor: Actor, act: Act, run: () => Promise<T>): Promise<T>;
}

/** Refusals of people who are no administrators: so many a minute are written down, the rest is counted in the log. */
const strangersAMinute = 60;
const minuteMs = 60_000;
const maxEntries = 1_000;
/** Acts beside the service that are under way. */
const maxOpen = 1_000;

export function createAuditing(work: RoomsWork): Auditing {
	const { store, log, now } = work;
	const strangers = createAllowance(work);

	/** Begun, and not ended yet; the details of each. */
	const open = new Map<number, string>();

	function begin(actor: Actor, act: Act): Promise<number> {
		return store.audit.add({
			at: now(),
			actor,
			door: doorOf(actor),
			cameFrom: cameFrom(actor),
			action: act.action,
			subject: act.subject,
			details: shortened(act.details),
			outcome: "begun",
			reason: "",
		});
	}

	async function end(
		position: number,
		outcome: AuditOutcome,
		reason: string,
		details: string,
	): Promise<void> {
		try {
			await store.audit.end(position, outcome, reason, details);
		} catch (error) {
			log.warn({ err: error, position }, "the end of an act is not kept");
		}
	}

	return {
		async auditEntries(actor, query) {
			await demandAdministrator(work, actor);
			const limit = Math.max(1, Math.min(query.limit, maxEntries));
			return store.audit.list({ ...query, limit });
		},
		async beginAct(actor, act) {
			await demandAdministrator(work, actor);
			const position = await begin(actor, act);
			open.set(position, shortened(act.details));
			const [oldest] = open.keys();
			if (open.size > maxOpen && oldest !== undefined) open.delete(oldest);
			return position;
		},
		async endAct(actor, position, { outcome, reason }) {
			await demandAdministrator(work, actor);
			const details = open.get(position);
			if (details === undefined) {
				throw new ChatError(
					"malformed",
					`Nothing that has been begun here is written down as ${position}.`,
				);
			}
			await store.audit.end(position, outcome, reason, details);
			open.delete(position);
		},
		async asAct(actor, act, run) {
			const { administrator } = await work.rights.of(actor);
			if (!administrator && (act.alsoManagers || !strangers())) return run();
			const position = await begin(actor, act);
			try {
				const result = await run();
				const counted =
					typeof result === "number"
						? { ...act.details, count: result }
						: act.details;
				await end(position, "done", "", shortened(counted));
				return result;
			} catch (error) {
				const refused = error instanceof ChatError && error.kept === "nothing";
				const reason = error instanceof ChatError ? error.reason : "fault";
				const outcome = refused ? "refused" : "failed";
				await end(position, outcome, reason, shortened(act.details));
				throw error;
			}
		},
	};
}

/** May one more be written down? */
function createAllowance({ log, now }: RoomsWork): () => boolean {
	let since = 0;
	let count = 0;
	return () => {
		const at = now().getTime();
		if (at - since >= minuteMs) [since, count] = [at, 0];
		count += 1;
		if (count === strangersAMinute + 1) {
			log.warn(
				"more attempts at what only administrators may do than are written down",
			);
		}
		return count <= strangersAMinute;
	};
}

function doorOf({ administrator, callId }: Actor): AuditDoor {
	if (administrator === true) return "operator";
	return callId === undefined ? "web" : "sip";
}

function cameFrom({ cameFrom: address = "", callId }: Actor): string {
	return callId === undefined ? address : `${address} ${callId}`.trim();
}
