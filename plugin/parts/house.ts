/** The rooms, once what an earlier run of this node left behind is in order, and their upkeep. */
import { createTicker, type Ticker } from "../compliance/ticker.ts";
import { createRooms } from "../rooms/index.ts";
import { maxBodyBytes } from "../xccos/notices.ts";
import type { Ground } from "./ground.ts";
import { keepRetention } from "./retention.ts";
import { createWire } from "./wire.ts";

export interface House extends ReturnType<typeof createRooms> {
	/** Old entries, messages and files that nobody needs are removed until it is closed. */
	readonly upkeep: { close(): Promise<void> };
}

/** The archive may be so far behind until categories that demand it take no posts, where another node keeps it. */
const closedAfterMs = 60_000;
/** What is too old in the log of administrators' acts is looked for. */
const pruneEveryMs = 3_600_000;
const pruneAtOnce = 1_000;
const dayMs = 86_400_000;
/** What nobody needs of files is looked for. */
const collectEveryMs = 600_000;

export async function openHouse(ground: Ground): Promise<House> {
	const { service, store, compliance, complianceSetting, log } = ground;
	const made = createRooms({
		...ground,
		directory: store.directory,
		node: service.node,
		limits: {
			...service.limits,
			postWaitMs: service.overload.postWaitMs,
			relayBytes: maxBodyBytes,
		},
		archive: compliance,
		closedAfterMs:
			typeof complianceSetting === "string"
				? closedAfterMs
				: complianceSetting.closedAfterMs,
		wire: createWire(service.domain),
	});
	const left = await made.nodeRooms.partLeftovers().catch(async (error) => {
		await ground.replicas.close();
		await compliance.close();
		throw error;
	});
	if (left > 0) log.warn({ left }, "participants of an earlier run parted");
	await made.nodeRooms.recordLeftDownloads();
	const collecting = collectFiles(made, ground);
	const pruning = pruneAudit(ground);
	const retention = keepRetention(made, ground);
	return {
		...made,
		upkeep: {
			async close() {
				await retention.close();
				await pruning.close();
				await collecting.close();
			},
		},
	};
}

function collectFiles(
	{ nodeRooms }: Pick<House, "nodeRooms">,
	{ log }: Ground,
): Ticker {
	return createTicker({
		work: async () => {
			await nodeRooms.collectFiles();
			return collectEveryMs;
		},
		failed: (error) => {
			log.warn({ err: error }, "files that nobody needs are not collected");
			return collectEveryMs;
		},
	});
}

function pruneAudit({ service, store, log, now }: Ground): Ticker {
	return createTicker({
		work: async () => {
			const before = new Date(now().getTime() - service.auditDays * dayMs);
			const pruned = await store.audit.prune(before, pruneAtOnce);
			return pruned === pruneAtOnce ? 0 : pruneEveryMs;
		},
		failed: (error) => {
			log.warn({ err: error }, "old entries of the audit log are not deleted");
			return pruneEveryMs;
		},
	});
}
