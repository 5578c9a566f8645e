/** Operations on compliance: how it stands, what is given once more, what is set aside, what is missing. */
import { z } from "zod";
import type {
	AdapterMetrics,
	ComplianceStatus,
	ComplianceSupervision,
	Replay,
	SetAside,
} from "../../plugin/compliance/supervision.ts";
import { ChatError } from "../../plugin/errors.ts";
import { type OperationWork, operation } from "./operation.ts";

const adapter = z.string().min(1).max(64);
const time = z.iso.datetime();
const decision = z.strictObject({
	adapter,
	/** Their ids; default: all that are set aside. */
	events: z.array(z.string().min(1).max(64)).min(1).max(10_000).optional(),
});

export const complianceStatus = operation(z.strictObject({}), async (work) =>
	statusView(await supervisionOf(work).status()),
);

const span = z.strictObject({ adapter, from: time, to: time });

/** What it would be of: that many events are in its range. */
export const rehearseReplay = operation(span, async (work, given) => {
	const { events, retainedFrom } = await supervisionOf(work).rehearseReplay({
		adapter: given.adapter,
		from: new Date(given.from),
		to: new Date(given.to),
	});
	return {
		dryRun: true as const,
		events,
		retainedFrom: retainedFrom?.toISOString() ?? null,
	};
});

/** It goes on whether somebody follows it or not. */
export const beginReplay = operation(
	span,
	async (work, { adapter, from, to }) => {
		const { replay, retainedFrom } = await asAct(
			work,
			"compliance-replayed",
			adapter,
			{ from, to },
			() =>
				supervisionOf(work).replay({
					adapter,
					from: new Date(from),
					to: new Date(to),
					by: work.actor.displayName,
				}),
		);
		return {
			id: replay.id,
			retainedFrom: retainedFrom?.toISOString() ?? null,
		};
	},
);

/** Answers when it has ended. */
export const followReplay = operation(
	z.strictObject({ id: z.uuid() }),
	async (work, { id }, progress) => {
		const ended = await supervisionOf(work).replayed(id, ({ delivered }) =>
			progress(delivered),
		);
		return replayView(ended);
	},
);

export const stopReplay = operation(
	z.strictObject({ id: z.uuid() }),
	async (work, { id }) =>
		replayView(
			await asAct(work, "compliance-replay-stopped", id, {}, () =>
				supervisionOf(work).stopReplay(id, work.actor.displayName),
			),
		),
);

export const listParked = operation(
	z.strictObject({
		adapter,
		/** Position of the last one that was seen. */
		after: z.int().min(0).optional(),
		limit: z.int().min(1).max(200).default(100),
	}),
	async (work, { adapter, after, limit }) =>
		(await supervisionOf(work).parked(adapter, { after, limit })).map(
			parkedView,
		),
);

export const retryParked = operation(decision, (work, given) =>
	decide(work, "again", given),
);
export const dropParked = operation(decision, (work, given) =>
	decide(work, "dropped", given),
);

export const setAside = operation(
	z.strictObject({
		adapter,
		events: z.array(z.string().min(1).max(64)).min(1).max(1_000),
	}),
	async (work, { adapter, events }) => ({
		events: await asAct(work, "compliance-set-aside", adapter, { events }, () =>
			supervisionOf(work).setAside(adapter, work.actor.displayName, events),
		),
	}),
);

export const forgetAdapter = operation(
	z.strictObject({ adapter }),
	async (work, { adapter }) => {
		await asAct(work, "compliance-adapter-forgotten", adapter, {}, () =>
			supervisionOf(work).forget(adapter, work.actor.displayName),
		);
		return { adapter };
	},
);

export const reconcileCompliance = operation(
	z.strictObject({ from: time.optional(), to: time.optional() }),
	(work, { from, to }, progress) =>
		supervisionOf(work).reconcile(
			{
				from: from === undefined ? undefined : new Date(from),
				to: to === undefined ? undefined : new Date(to),
			},
			progress,
		),
);

async function decide(
	work: OperationWork,
	what: "again" | "dropped",
	{ adapter, events }: z.output<typeof decision>,
) {
	const by = work.actor.displayName;
	const action = what === "again" ? "compliance-retried" : "compliance-dropped";
	const decided = await asAct(work, action, adapter, { events }, () =>
		supervisionOf(work).decide(adapter, what, by, events),
	);
	if (decided > 0 || events === undefined) return { events: decided };
	throw new ChatError(
		"malformed",
		`None of these events is set aside for ${adapter}; "compliance parked list" shows those that are.`,
	);
}

/** Written down as what the operator did. */
function asAct<T>(
	{ rooms, actor }: OperationWork,
	action: string,
	subject: string,
	details: Readonly<Record<string, unknown>>,
	run: () => Promise<T>,
): Promise<T> {
	return rooms.asAct(actor, { action, subject, details }, async () => run());
}

function supervisionOf({ compliance }: OperationWork): ComplianceSupervision {
	if (compliance !== undefined) return compliance;
	throw new ChatError(
		"unavailable",
		"Compliance is off: nothing is recorded. docs/compliance.md says how it is turned on.",
	);
}

function statusView(status: ComplianceStatus) {
	const { owed, relay, extent, checkpoint, replays, relayedBy } = status;
	return {
		relay: {
			node: relayedBy ?? null,
			here: relay?.active ?? false,
			failures: relay?.failures ?? 0,
			failure: relay?.failure ?? null,
		},
		owed: { events: owed.events, oldestAt: iso(owed.oldestAt) },
		archive:
			extent === undefined
				? null
				: {
						events: extent.position - extent.pruned,
						position: extent.position,
						notWhole: status.archive?.notWhole ?? 0,
						chains: extent.chains,
						oldestAt: iso(extent.oldestAt),
					},
		adapters: status.adapters.map((adapter) => ({
			...adapterView(adapter),
			node: adapter.workedBy ?? null,
			configured: adapter.configured,
			unmatched: adapter.unmatched,
			standsAt:
				adapter.standsAt === undefined
					? null
					: {
							event: adapter.standsAt.id,
							position: adapter.standsAt.position,
							type: adapter.standsAt.type,
							at: adapter.standsAt.at,
						},
		})),
		checkpoint:
			checkpoint === undefined
				? null
				: {
						number: checkpoint.number,
						at: checkpoint.at.toISOString(),
						position: checkpoint.position,
					},
		replays: replays.map((replay) => ({
			...replayView(replay),
			from: replay.from.toISOString(),
			to: replay.to.toISOString(),
			askedBy: replay.askedBy,
		})),
	};
}

function replayView(replay: Replay) {
	const { id, adapter, delivered, next, first, last, stoppedBy } = replay;
	const [passed, events] = [next - first, last - first + 1];
	return {
		id,
		adapter,
		delivered,
		passed,
		events,
		stoppedBy: stoppedBy ?? null,
	};
}

function adapterView({ backlog, ...adapter }: AdapterMetrics) {
	const { name, delivered, failures, attempt, parked } = adapter;
	return {
		name,
		backlog: { events: backlog.events, oldestAt: iso(backlog.oldestAt) },
		delivered,
		deliveredAt: iso(adapter.deliveredAt),
		failures,
		attempt,
		failure: adapter.failure ?? null,
		failedAt: iso(adapter.failedAt),
		nextAt: iso(adapter.nextAt),
		parked,
	};
}

/** Never what was said. */
function parkedView({ position, event, reason, at, about }: SetAside) {
	return {
		position,
		event,
		type: about?.type ?? null,
		room: about?.room?.name ?? null,
		happenedAt: about?.at ?? null,
		setAsideAt: at.toISOString(),
		reason,
	};
}

function iso(at: Date | undefined): string | null {
	return at?.toISOString() ?? null;
}
