/** How compliance stands: what waits at each stage, for how long, who works it; told also while the archive is away. */
import { ChatError } from "../errors.ts";
import type { OwedEvents } from "../store/store.ts";
import type { AdapterState, Archive, Replay } from "./archive.ts";
import type { ArchivedEvent } from "./archived.ts";
import { archiving } from "./archiving.ts";
import { type KnownNames, type Unmatched, unmatched } from "./filter-names.ts";
import type { AdapterSetting } from "./options.ts";
import type { RelayState } from "./relay.ts";
import { nodeOf } from "./tenure.ts";
import { aloneAfter } from "./width.ts";

export interface ComplianceMetrics {
	/** In the chat database; stops at 100,000. */
	readonly owed: {
		readonly events: number;
		readonly oldestAt: Date | undefined;
	};
	/** On this node; undefined where it does none of this. */
	readonly relay: RelayState | undefined;
	/** Undefined while the archive cannot be had. */
	readonly archive:
		| {
				readonly position: number;
				/** Events that were archived, but not whole, and are set aside. */
				readonly notWhole: number;
		  }
		| undefined;
	readonly adapters: readonly AdapterMetrics[];
}

export interface AdapterMetrics extends AdapterState {
	/** Does this node work it? */
	readonly active: boolean;
	readonly backlog: {
		readonly events: number;
		readonly oldestAt: Date | undefined;
	};
	readonly parked: number;
}

export interface ComplianceStatus extends ComplianceMetrics {
	/** The node that brings events into the archive, as it last said so; undefined: none. */
	readonly relayedBy: string | undefined;
	/** Undefined while the archive cannot be had. */
	readonly extent: Awaited<ReturnType<Archive["extent"]>> | undefined;
	readonly adapters: readonly (AdapterMetrics & {
		/** The node that works it. */
		readonly workedBy: string | undefined;
		/** The event that it has failed with alone; its target may be away as well. */
		readonly standsAt: ArchivedEvent | undefined;
		/** In this node's settings. */
		readonly configured: boolean;
		/** What its filter names and there is none of. */
		readonly unmatched: Unmatched;
	})[];
	readonly checkpoint:
		| { readonly number: number; readonly at: Date; readonly position: number }
		| undefined;
	/** Replays that have not ended. */
	readonly replays: readonly Replay[];
}

/** What of it is at work on this node; `active`: of an adapter. */
export interface AtWork {
	readonly archive: Archive;
	readonly relay: () => RelayState;
	readonly active: (adapter: string) => boolean;
}

export interface StandingNeeds {
	/** Undefined while the archive cannot be had. */
	readonly atWork: () => AtWork | undefined;
	readonly adapters: readonly Pick<AdapterSetting, "name" | "only">[];
	readonly owed: Pick<OwedEvents, "behind">;
	readonly known: KnownNames;
}

/** Throws `ChatError('unavailable')` when the chat database is away. */
export async function metricsOf(
	needs: StandingNeeds,
): Promise<ComplianceMetrics> {
	const { owed, first } = await needs.owed.behind();
	const atWork = needs.atWork();
	const base = {
		owed: { events: owed, oldestAt: first?.at },
		relay: atWork?.relay(),
	};
	if (atWork === undefined) {
		return { ...base, archive: undefined, adapters: [] };
	}
	const found = await unlessAway(() => inArchive(atWork));
	return { ...base, ...(found ?? { archive: undefined, adapters: [] }) };
}

/** What waits for an archive that is away is to be seen all the same. */
async function unlessAway<T>(ask: () => Promise<T>): Promise<T | undefined> {
	try {
		return await ask();
	} catch (error) {
		if (error instanceof ChatError && error.reason === "unavailable") {
			return undefined;
		}
		throw error;
	}
}

async function inArchive({
	archive,
	active,
}: AtWork): Promise<Pick<ComplianceMetrics, "archive" | "adapters">> {
	const states = await archive.adapters.list();
	const adapters = await Promise.all(
		states.map(async (state) => ({
			...state,
			active: active(state.name),
			backlog: await archive.adapters.backlog(state.name),
			parked: await archive.parked.count(state.name),
		})),
	);
	const position = await archive.head();
	const notWhole = await archive.parked.count(archiving);
	return { archive: { position, notWhole }, adapters };
}

/** Likewise. */
export async function statusOf(
	needs: StandingNeeds,
): Promise<ComplianceStatus> {
	const metrics = await metricsOf(needs);
	const archive = needs.atWork()?.archive;
	const found =
		metrics.archive && archive
			? await unlessAway(() => moreInArchive(needs, archive, metrics))
			: undefined;
	return {
		...metrics,
		...(found ?? {
			relayedBy: undefined,
			extent: undefined,
			adapters: [],
			checkpoint: undefined,
			replays: [],
		}),
	};
}

async function moreInArchive(
	needs: StandingNeeds,
	archive: Archive,
	metrics: ComplianceMetrics,
): Promise<Omit<ComplianceStatus, "owed" | "relay" | "archive">> {
	return {
		relayedBy: await worksOn(archive, "relay"),
		extent: await archive.extent(),
		adapters: await Promise.all(
			metrics.adapters.map(async (adapter) => ({
				...adapter,
				workedBy: await worksOn(archive, `adapter ${adapter.name}`),
				standsAt: await standsAt(archive, adapter),
				configured: needs.adapters.some(({ name }) => name === adapter.name),
				unmatched: await unmatched(
					needs.adapters.find(({ name }) => name === adapter.name)?.only,
					needs.known,
				),
			})),
		),
		checkpoint: await archive.checkpoints.newest(),
		replays: await archive.replays.underWay(),
	};
}

async function standsAt(
	archive: Archive,
	{ attempt, position }: AdapterState,
): Promise<ArchivedEvent | undefined> {
	if (attempt <= aloneAfter) return undefined;
	const [event] = await archive.after(position, { events: 1, bytes: 0 });
	return event;
}

async function worksOn(
	{ leases }: Archive,
	lease: string,
): Promise<string | undefined> {
	const holder = (await leases.find(lease))?.holder ?? "";
	return holder === "" ? undefined : nodeOf(holder);
}
