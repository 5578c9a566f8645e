/** How the service is doing, looked at all the time: the last minutes are kept, so that whoever comes sees what has been. */
import type { WebWork } from "../route.ts";
import { judge } from "./judging.ts";
import { type Look, type LookNeeds, look } from "./look.ts";
import { createMeter } from "./meter.ts";
import type { Picture, Sample } from "./views.ts";

export interface Operations {
	picture(): Picture;
	/** Oldest first, `samplesKept` at most. */
	samples(): readonly Sample[];
	/** Called with each new sample; the answer ends it. */
	onSample(
		listener: (sample: Sample, picture: Picture) => void | Promise<void>,
	): () => void;
	/** Resolves when nothing is asked any more. */
	close(): Promise<void>;
}

export interface OperationsNeeds extends LookNeeds {
	readonly streams: Pick<WebWork["streams"], "count">;
	readonly sampleEveryMs?: number;
	/** From the end of one look at the databases to the next. */
	readonly lookEveryMs?: number;
}

/** Five minutes. */
export const samplesKept = 150;

export function createOperations(needs: OperationsNeeds): Operations {
	const { condition, now, sampleEveryMs = 2_000, lookEveryMs = 5_000 } = needs;
	const meter = createMeter(condition, now);
	const samples: Sample[] = [];
	const listeners = new Set<Parameters<Operations["onSample"]>[0]>();
	let latest: Look | undefined;
	let closed = false;
	let timer: NodeJS.Timeout | undefined;
	let looking = lookOn();
	const sampling = setInterval(sample, sampleEveryMs);

	async function lookOn(): Promise<void> {
		latest = await look(needs);
		if (closed) return;
		timer = setTimeout(() => {
			looking = lookOn();
		}, lookEveryMs);
	}

	function picture(): Picture {
		return judge({
			now: now(),
			node: condition.node,
			replicas: condition.replicas().states,
			sipConnected: condition.sipConnected(),
			sipServer: condition.sipServer(),
			sipWatchdog: condition.sipWatchdog(),
			registrations: condition.registrations(),
			sipServersAway: condition
				.sipServers()
				.filter(({ connected }) => !connected).length,
			redisConnected: condition.redisConnected(),
			compliance: condition.compliance,
			behindMs: condition.complianceBehindMs(),
			loopMs: samples.at(-1)?.loopMs ?? 0,
			look: latest,
		});
	}

	function sample(): void {
		const { owed, adapters = [] } = latest?.compliance ?? {};
		const taken: Sample = {
			...meter.read(now()),
			streams: needs.streams.count(),
			...(owed !== undefined && { owed: owed.events }),
			adapters: Object.fromEntries(
				adapters.map(({ name, backlog }) => [name, backlog.events]),
			),
		};
		samples.push(taken);
		if (samples.length > samplesKept) samples.shift();
		if (listeners.size === 0) return;
		const seen = picture();
		for (const listener of [...listeners]) void listener(taken, seen);
	}

	return {
		picture,
		samples: () => samples,
		onSample(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		async close() {
			closed = true;
			clearInterval(sampling);
			clearTimeout(timer);
			listeners.clear();
			meter.close();
			await looking;
		},
	};
}
