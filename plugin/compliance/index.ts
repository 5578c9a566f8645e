/** Compliance at work on a node: joins archive, relay, adapters and retention, in the order in which they start and stop. */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import type { RedisKeys } from "../cluster/redis.ts";
import type { OwedEvents, PostedNumbers } from "../store/store.ts";
import type { ComplianceAdapter } from "./adapter.ts";
import type { Archive } from "./archive.ts";
import { type Backlog, watchBacklog } from "./backlog.ts";
import { type Carrier, straight } from "./carrier.ts";
import { signCheckpoints } from "./checkpoints.ts";
import { type FileSource, filesIn } from "./files.ts";
import { type KnownNames, warnOfUnmatched } from "./filter-names.ts";
import { type BuiltIn, makeAdapter } from "./load.ts";
import type { AdapterSetting, ComplianceAtWork } from "./options.ts";
import { endsWithin } from "./patience.ts";
import { throughRedis } from "./queue.ts";
import { createRelay, type Relay } from "./relay.ts";
import { keepOnlyWhatIsNeeded } from "./retention.ts";
import { archiveWholeAgain } from "./second-look.ts";
import { isSigned, signStatement } from "./signing.ts";
import { openSigningKey, type SigningKey } from "./signing-key.ts";
import {
	type AtWork,
	type ComplianceSupervision,
	superviseCompliance,
} from "./supervision.ts";
import { type Holding, holdWhenFree } from "./tenure.ts";
import { createWorker, type Worker } from "./worker.ts";

export { AdapterRefused } from "./load.ts";
export type {
	ComplianceAtWork,
	ComplianceGiven,
} from "./options.ts";
export { SigningKeyRefused } from "./signing-key.ts";
export type {
	ComplianceMetrics,
	ComplianceSupervision,
} from "./supervision.ts";

export interface ComplianceNeeds {
	readonly setting: ComplianceAtWork;
	readonly builtIn: BuiltIn;
	/** Opens the compliance database. Throws `unavailable` while it is away. */
	readonly openArchive: () => Promise<Archive>;
	readonly owed: OwedEvents;
	readonly posted: PostedNumbers;
	/** What adapters' filters may name. */
	readonly known: KnownNames;
	/** Unique for the chat database. */
	readonly id: string;
	readonly domain: string;
	readonly node: string;
	readonly connectRedis: (
		url: string,
		failed: (error: Error) => void,
	) => RedisKeys;
	readonly source: FileSource;
	readonly now: () => Date;
	readonly log: Logger;
}

export interface Compliance extends Pick<Backlog, "behindMs"> {
	/** Undefined where this node uses no Redis. */
	redisConnected(): boolean | undefined;
	/** Undefined where nothing is recorded. */
	readonly supervision: ComplianceSupervision | undefined;
	/**
	 * Archives and delivers what there is, for a short while; what then is left comes with the next start. Never rejects, and
	 * takes no longer than 7 s, whatever does not answer.
	 */
	close(): Promise<void>;
}

/** How long the end of the service is kept waiting for what is still to be archived and delivered. */
const drainMs = 3_000;
const closeMs = 7_000;
const openAgainMs = 2_000;

/** Throws `AdapterRefused`, `SigningKeyRefused`. While the compliance database is away it is tried again, and events wait in the chat database. */
export async function createCompliance(
	needs: ComplianceNeeds,
): Promise<Compliance> {
	const key = await openSigningKey(needs.setting.signingKey, needs.log);
	const adapters = await makeAdapters(needs);
	await warnOfUnmatched(needs.setting.adapters, needs.known, needs.log);
	const backlog = await watchBacklog(needs.owed, needs.log);
	const stopping = new AbortController();

	async function begin(): Promise<Working | undefined> {
		while (!stopping.signal.aborted) {
			try {
				return await beginWork(needs, { adapters, key });
			} catch (error) {
				needs.log.error(
					{ err: error },
					"the archive cannot be had; events wait in the chat database",
				);
				await pause(openAgainMs, undefined, stopping).catch(() => {});
			}
		}
		return undefined;
	}

	let working: Working | undefined;
	const begun = begin().then((begun) => {
		working = begun;
		return begun;
	});
	return {
		supervision: superviseCompliance({
			...needs,
			atWork: () => working,
			adapters: needs.setting.adapters,
			stopping: stopping.signal,
		}),
		behindMs: backlog.behindMs,
		redisConnected: () =>
			needs.setting.redis === undefined
				? undefined
				: (working?.redisConnected() ?? false),
		async close() {
			stopping.abort();
			const ended = Promise.all([
				backlog.close(),
				begun.then((working) =>
					working === undefined ? closeAdapters(adapters) : working.close(),
				),
			]);
			if (!(await endsWithin(closeMs, ended))) {
				needs.log.warn({}, "compliance has not ended in time");
			}
		},
	};
}

/** Nothing is archived by this node. `off`: nothing is owed; `elsewhere`: another node does it. */
export async function watchOnly(
	setting: "off" | "elsewhere",
	{
		owed,
		posted,
		now,
		log,
	}: Pick<ComplianceNeeds, "owed" | "posted" | "now" | "log">,
): Promise<Compliance> {
	if (setting === "elsewhere") {
		const supervision = superviseCompliance({
			owed,
			posted,
			known: { category: async () => true, room: async () => true },
			now,
			log,
			adapters: [],
			atWork: () => undefined,
			stopping: new AbortController().signal,
		});
		return {
			...(await watchBacklog(owed, log)),
			supervision,
			redisConnected: () => undefined,
		};
	}
	const { owed: events } = await owed.behind();
	if (events > 0) {
		log.warn({ events }, "compliance is off; what it was owed before stays");
	}
	return {
		behindMs: () => 0,
		redisConnected: () => undefined,
		supervision: undefined,
		close: async () => {},
	};
}

interface Made {
	readonly setting: AdapterSetting;
	readonly adapter: ComplianceAdapter;
	readonly log: Logger;
}

async function makeAdapters(needs: ComplianceNeeds): Promise<readonly Made[]> {
	const made: Made[] = [];
	try {
		for (const setting of needs.setting.adapters) {
			const log = needs.log.child({ adapter: setting.name });
			const adapter = await makeAdapter(setting, needs.builtIn, log);
			made.push({ setting, adapter, log });
		}
	} catch (error) {
		await closeAdapters(made);
		throw error;
	}
	return made;
}

/** One that fails keeps no other open. */
async function closeAdapters(adapters: readonly Made[]): Promise<void> {
	await Promise.all(
		adapters.map(async ({ adapter, log }) => {
			try {
				await adapter.close?.();
			} catch (error) {
				log.error({ err: error }, "adapter not closed");
			}
		}),
	);
}

interface Working extends AtWork {
	redisConnected(): boolean;
	close(): Promise<void>;
}

async function beginWork(
	needs: ComplianceNeeds,
	{
		adapters,
		key,
	}: { readonly adapters: readonly Made[]; readonly key: SigningKey },
): Promise<Working> {
	const { setting, now, log } = needs;
	const archive = await needs.openArchive();
	for (const { setting } of adapters) {
		await archive.adapters.register(setting.name);
	}
	const run = randomUUID();
	const hold = (lease: string): Holding =>
		holdWhenFree({ lease, leases: archive.leases, node: needs.node, run, log });
	const files = filesIn(setting.files, needs.source);
	const carrier = makeCarrier(needs, archive);
	const relaying = hold("relay");
	const relay = createRelay({
		...needs,
		archive,
		carrier,
		files,
		missingFileAfterMs: setting.missingFileAfterMs,
		holding: relaying,
	});
	const again = archiveWholeAgain({
		archive,
		files,
		holding: relaying,
		now,
		log,
	});
	const workers = adapters.map((made) => {
		const holding = hold(`adapter ${made.setting.name}`);
		const worker = createWorker({ ...made, archive, files, holding, now });
		return { made, worker, holding };
	});
	const retention = keepOnlyWhatIsNeeded({
		archive,
		adapters: adapters.map(({ setting }) => setting.name),
		relay,
		holding: relaying,
		retainDays: setting.retainDays,
		sign: (unsigned) => signStatement(unsigned, key, now()),
		isProven: (checkpoint) => isSigned(checkpoint, key.public),
		now,
		log,
	});
	const signing = signCheckpoints({
		checkpoints: archive.checkpoints,
		key,
		holding: relaying,
		everyMs: setting.checkpointEveryMs,
		now,
		log,
	});
	return {
		archive,
		relay: relay.state,
		redisConnected: () => carrier.connected?.() ?? true,
		active: (name) =>
			workers.some(({ worker }) => worker.name === name && worker.active()),
		async close() {
			const retired = Promise.all([retention.close(), again.close()]);
			await drain(
				relay,
				workers.map(({ worker }) => worker),
				log,
			);
			// The carrier too at once: what the relay waits for ends with it.
			const relayed = Promise.all([relay.close(), carrier.close(), retired]);
			await Promise.all([
				relayed.then(() => signing.close()).then(() => relaying.close()),
				...workers.map(endWorker),
			]);
		},
	};
}

/** An adapter that does not end is neither closed nor given to another node: that one takes it over a little later. */
async function endWorker({
	made,
	worker,
	holding,
}: {
	readonly made: Made;
	readonly worker: Worker;
	readonly holding: Holding;
}): Promise<void> {
	if (await worker.close()) {
		await Promise.all([holding.close(), closeAdapters([made])]);
		return;
	}
	made.log.error({}, "the service stops, but the adapter does not end");
	await holding.abandon();
}

function makeCarrier(
	{ setting: { redis }, id, connectRedis, log }: ComplianceNeeds,
	archive: Archive,
): Carrier {
	if (redis === undefined) return straight(archive);
	const connect = () =>
		connectRedis(redis, (error) => log.warn({ err: error }, "no Redis"));
	return throughRedis({ connect, id, archive, log });
}

/** What has happened until now reaches the adapters, unless something is in the way. */
async function drain(
	relay: Relay,
	workers: readonly Worker[],
	log: Pick<Logger, "warn">,
): Promise<void> {
	const all = relay
		.drain()
		.then(() => Promise.allSettled(workers.map((worker) => worker.drain())));
	if (!(await endsWithin(drainMs, all)))
		log.warn({}, "events are left for the next start");
}
