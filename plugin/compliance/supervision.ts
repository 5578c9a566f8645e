/** What the operator may ask of compliance, and have done: how it stands, what is given again, what is set aside, what is missing. */

import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import { ChatError } from "../errors.ts";
import type { PostedNumbers } from "../store/store.ts";
import type { Archive, ParkedEvent, Replay, ReplaySpan } from "./archive.ts";
import type { ArchivedEvent } from "./archived.ts";
import { archiving } from "./archiving.ts";
import { type Range, type Reconciliation, reconcile } from "./reconcile.ts";
import {
	type ComplianceMetrics,
	type ComplianceStatus,
	metricsOf,
	type StandingNeeds,
	statusOf,
} from "./standing.ts";

export type {
	AdapterMetrics,
	AtWork,
	ComplianceMetrics,
	ComplianceStatus,
} from "./standing.ts";
export type { Replay };

/** Each throws `ChatError` with a sentence; `unavailable` while the archive cannot be had, or is another node's. */
export interface ComplianceSupervision {
	/** A few questions of the databases, however much there is. Throws `unavailable` only when the chat database is away. */
	metrics(): Promise<ComplianceMetrics>;
	/** As `metrics`, and more questions. */
	status(): Promise<ComplianceStatus>;
	/** Of what happened from `from` until before `to`, and the adapter has had already. */
	replay(asked: ReplaySpan & { readonly by: string }): Promise<ReplayBegun>;
	/** How many events would be looked at. Throws as `replay` does. */
	rehearseReplay(
		asked: ReplaySpan,
	): Promise<{ readonly events: number } & Pick<ReplayBegun, "retainedFrom">>;
	/** Resolves when it has ended; goes on with the next start when the service stops. */
	replayed(id: string, onProgress: (replay: Replay) => void): Promise<Replay>;
	/** Ends a replay; how far it came. One that has ended stays as it is. */
	stopReplay(id: string, by: string): Promise<Replay>;
	/** What is set aside for the adapter, or for `@archive` (archived, but not whole), by position, behind `after`; 200 at most. */
	parked(
		adapter: string,
		page: { readonly after?: number | undefined; readonly limit: number },
	): Promise<readonly SetAside[]>;
	/** To be tried again, or given up: these events, or all that are set aside; how many. */
	decide(
		adapter: string,
		decision: "again" | "dropped",
		by: string,
		events?: readonly string[],
	): Promise<number>;
	/** These events, which are still before the adapter: it goes on behind them at its next attempt. How many. */
	setAside(
		adapter: string,
		by: string,
		events: readonly string[],
	): Promise<number>;
	/** It is gone for ever: nothing is kept for it any more. Refused while this node has it. */
	forget(adapter: string, by: string): Promise<void>;
	reconcile(
		range: Range,
		onProgress: (done: number) => void,
	): Promise<Reconciliation>;
}

export interface ReplayBegun {
	readonly replay: Replay;
	/** The archive has nothing older: the range began before it. */
	readonly retainedFrom: Date | undefined;
}

export interface SetAside extends ParkedEvent {
	/** Undefined when it is not in the archive any more. */
	readonly about: Pick<ArchivedEvent, "type" | "at" | "room"> | undefined;
}

export interface SupervisionNeeds extends StandingNeeds {
	readonly posted: PostedNumbers;
	readonly now: () => Date;
	/** Aborted when the service stops. */
	readonly stopping: AbortSignal;
	readonly log: Pick<Logger, "warn">;
}

const lookMs = 200;
const parkedAtMost = 200;

export function superviseCompliance(
	needs: SupervisionNeeds,
): ComplianceSupervision {
	const { now, stopping } = needs;
	const archiveNow = () => archiveOf(needs);

	async function known(adapter: string): Promise<Archive> {
		const archive = archiveNow();
		const names = (await archive.adapters.list()).map(({ name }) => name);
		if (adapter === archiving || names.includes(adapter)) return archive;
		throw new ChatError(
			"malformed",
			`The archive knows no adapter "${adapter}": it is ${names.join(", ")}.`,
		);
	}

	/** Throws as `replay` does; `nothing`: what it throws when there is nothing of it. */
	async function replayable({ adapter, from, to }: ReplaySpan) {
		const archive = await known(adapter);
		demandConfigured(needs, adapter);
		if (from >= to) {
			throw new ChatError("malformed", "The range ends before it begins.");
		}
		const { oldestAt, pruned } = await archive.extent();
		const retainedFrom =
			pruned > 0 && oldestAt !== undefined && from < oldestAt
				? oldestAt
				: undefined;
		const nothing = new ChatError(
			"malformed",
			`Nothing that ${adapter} has had happened from ${from.toISOString()} until ${to.toISOString()}${retainedFrom === undefined ? (pruned > 0 && oldestAt === undefined ? "; all that was in the archive is deleted, being old" : "") : `; the archive begins at ${retainedFrom.toISOString()}, what was before is deleted`}.`,
		);
		return { archive, retainedFrom, nothing };
	}

	return {
		metrics: () => metricsOf(needs),
		status: () => statusOf(needs),
		async rehearseReplay(span) {
			const { archive, retainedFrom, nothing } = await replayable(span);
			const found = await archive.replays.span(span);
			if (found === undefined) throw nothing;
			return { events: found.last - found.first + 1, retainedFrom };
		},
		async replay({ by, ...span }) {
			const { archive, retainedFrom, nothing } = await replayable(span);
			const replay = await archive.replays.begin({ ...span, by, at: now() });
			if (replay !== undefined) return { replay, retainedFrom };
			throw nothing;
		},
		async replayed(id, onProgress) {
			for (;;) {
				const replay = await archiveNow().replays.find(id);
				if (replay === undefined) throw noReplay();
				onProgress(replay);
				if (replay.endedAt !== undefined) return replay;
				await pause(lookMs, undefined, { signal: stopping }).catch(() => {});
				if (stopping.aborted) throw stops();
			}
		},
		async stopReplay(id, by) {
			const replay = await archiveNow().replays.stop(id, by, now());
			if (replay === undefined) throw noReplay();
			return replay;
		},
		async parked(adapter, { after, limit }) {
			const archive = await known(adapter);
			const found = await archive.parked.list(adapter, {
				state: "parked",
				limit: Math.min(limit, parkedAtMost),
				...(after !== undefined && { after }),
			});
			return Promise.all(found.map((one) => described(archive, one)));
		},
		async decide(adapter, decision, by, events) {
			const archive = await known(adapter);
			return archive.parked.decide(adapter, decision, by, events);
		},
		async setAside(adapter, by, events) {
			const archive = await known(adapter);
			const states = await archive.adapters.list();
			const state = states.find(({ name }) => name === adapter);
			if (state === undefined) {
				throw new ChatError(
					"malformed",
					`${adapter} is no adapter: nothing is before it.`,
				);
			}
			const reason =
				state.attempt > 0 && state.failure !== undefined
					? `By the operator, when it failed: ${state.failure}`
					: "By the operator.";
			const why = { reason, by, at: now() };
			const aside = await archive.parked.setAside(adapter, events, why);
			if (aside > 0) return aside;
			throw new ChatError(
				"malformed",
				`None of these events is still before ${adapter}; where it fails for long, "compliance status" names the event at which it stands.`,
			);
		},
		async forget(adapter, by) {
			const archive = await known(adapter);
			if (needs.adapters.some(({ name }) => name === adapter)) {
				throw new ChatError(
					"conflict",
					`${adapter} is in this node's settings: take it out of those of every node, and start them again.`,
				);
			}
			await archive.adapters.forget(adapter);
			needs.log.warn({ adapter, by }, "adapter forgotten");
		},
		async reconcile(range, onProgress) {
			const archive = archiveNow();
			const { begunAt } = await archive.extent();
			const { posted, adapters } = needs;
			const { posts } = archive;
			const work = { posted, posts, begunAt, adapters };
			return reconcile(work, range, (done) => {
				if (stopping.aborted) throw stops();
				onProgress(done);
			});
		},
	};
}

function archiveOf({ atWork }: Pick<SupervisionNeeds, "atWork">): Archive {
	const archive = atWork()?.archive;
	if (archive !== undefined) return archive;
	throw new ChatError(
		"unavailable",
		"This node has no archive now: either the compliance database cannot be had, which the log says, or other nodes have the adapters; ask there.",
	);
}

function noReplay(): ChatError {
	return new ChatError(
		"malformed",
		'There is no such replay: "compliance status" shows those under way, by their ids.',
	);
}

function stops(): ChatError {
	return new ChatError("unavailable", "The service stops.");
}

function demandConfigured(
	{ adapters }: SupervisionNeeds,
	adapter: string,
): void {
	if (adapters.some(({ name }) => name === adapter)) return;
	throw new ChatError(
		"malformed",
		`"${adapter}" is not among the adapters of this node's settings: nobody would deliver to it.`,
	);
}

async function described(
	archive: Archive,
	parked: ParkedEvent,
): Promise<SetAside> {
	const { position } = parked;
	const [event] = await archive.after(position - 1, {
		events: 1,
		bytes: 0,
		through: position,
	});
	if (event === undefined) return { ...parked, about: undefined };
	const { type, at, room } = event;
	return { ...parked, about: { type, at, room } as SetAside["about"] };
}
