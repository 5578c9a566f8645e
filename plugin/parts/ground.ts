/** What the rooms stand on: the options, the database, files, compliance, and the way to the other nodes. */
import type { Logger } from "pino";
import { type Cluster, openCluster } from "../cluster/index.ts";
import type { Compliance } from "../compliance/index.ts";
import { openFiles } from "../files/index.ts";
import type { Measure } from "../load/index.ts";
import {
	checkCompliance,
	checkOptions,
	type PersistentChatOptions,
	type Service,
} from "../options.ts";
import {
	openReplicas,
	openStore,
	type Replicas,
	type Store,
} from "../store/index.ts";
import { createTraffic, type Traffic, timingTransactions } from "../traffic.ts";
import { archiveOf, beginCompliance } from "./begin-compliance.ts";

export interface Ground {
	readonly service: Service;
	readonly complianceSetting: ReturnType<typeof checkCompliance>;
	readonly database: PersistentChatOptions["database"];
	readonly store: Store;
	readonly replicas: Replicas;
	readonly traffic: Traffic;
	readonly files: ReturnType<typeof openFiles>;
	readonly compliance: Compliance;
	readonly cluster: Cluster;
	readonly fanOut: Cluster["fanOut"];
	/** Watched beside what is by itself. */
	readonly measures: readonly Measure[];
	readonly log: Logger;
	readonly now: () => Date;
}

/** Throws an `Error` that names every fault of the options, `ChatError('unavailable')`, `AdapterRefused`. */
export async function openGround({
	database,
	replicas: copies = [],
	log,
	compliance: wish,
	measures = [],
	...given
}: PersistentChatOptions): Promise<Ground> {
	const service = checkOptions(given);
	const complianceSetting = checkCompliance(wish);
	const now = () => new Date();
	const traffic = createTraffic();
	const store = timingTransactions(
		await openStore(database, { log, owes: complianceSetting !== "off" }),
		traffic.note,
	);
	const files = openFiles(service.files, log);
	const compliance = await beginCompliance(complianceSetting, {
		...{ database: archiveOf(wish) ?? database, store, files },
		...{ service, now, log },
	});
	const cluster = openCluster({
		redis: service.redis,
		roster: service.limits.roster,
		store,
		log,
	});
	const replicas = openReplicas(copies, { primary: database, store, now, log });
	const { readBack } = replicas;
	return {
		...{ service, complianceSetting, database, replicas, traffic, files },
		store: { ...store, readBack },
		...{ compliance, cluster, fanOut: cluster.fanOut },
		...{ measures, log, now },
	};
}
