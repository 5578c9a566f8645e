/** What is measured of this node; asked of the databases only when somebody reads it. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { ChatError } from "../plugin/errors.ts";
import { measureCompliance } from "./measures-compliance.ts";
import type { WebWork } from "./route.ts";

export interface Measures {
	readonly contentType: string;
	text(): Promise<string>;
	close(): void;
}

export type MeasuresNeeds = Pick<
	WebWork,
	"condition" | "accounts" | "compliance" | "log" | "now"
>;

const fanOutSeconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30];

export function createMeasures(needs: MeasuresNeeds): Measures {
	const registry = new Registry();
	const gauge = (name: string, help: string) =>
		new Gauge({ name, help, registers: [registry] });
	const loop = measureProcess(registry);
	countTurnedAway(registry, needs);
	const stopListening = countEvents(registry, needs);
	const dialogs = gauge(
		"persistent_chat_dialogs",
		"SIP dialogs open on this node",
	);
	const people = gauge(
		"persistent_chat_people",
		"Users with a dialog on this node",
	);
	const sip = gauge(
		"persistent_chat_sip_connected",
		"1: connected to the SIP server",
	);
	const measureSip = measureSipServer(registry, needs);
	const database = gauge(
		"persistent_chat_database_up",
		"1: the database answers",
	);
	const signedIn = gauge(
		"persistent_chat_web_sessions",
		"Browsers signed in, on all nodes",
	);
	const compliance = measureCompliance(registry);

	async function askDatabases(): Promise<void> {
		signedIn.set(await needs.accounts.webSessions.count(needs.now()));
		if (needs.compliance === undefined) return;
		compliance(await needs.compliance.metrics(), needs.now());
	}

	return {
		contentType: registry.contentType,
		async text() {
			const { condition } = needs;
			dialogs.set(condition.dialogs());
			people.set(condition.people());
			sip.set(condition.sipConnected() ? 1 : 0);
			measureSip();
			database.set(await answers(askDatabases));
			loop.note();
			return registry.metrics();
		},
		close() {
			loop.close();
			stopListening();
			registry.clear();
		},
	};
}

/** What stands and falls with the SIP server. */
function measureSipServer(
	registry: Registry,
	{ condition }: MeasuresNeeds,
): () => void {
	const registers = [registry];
	const gauge = (name: string, help: string, labelNames: string[] = []) =>
		new Gauge({ name, help, labelNames, registers });
	const takes = gauge(
		"persistent_chat_sip_watchdog",
		"1: the SIP server takes SIP; 0: it does not, though it is connected; 0.5: it loses requests; absent: not known",
	);
	const took = gauge(
		"persistent_chat_sip_watchdog_seconds",
		"How long the SIP server took to answer through its SIP port",
	);
	const registered = gauge(
		"persistent_chat_registered",
		"1: the registrar sends calls here, as far as is known",
		["registrar", "address"],
	);
	const losses = gauge(
		"persistent_chat_control_connections_lost_total",
		"Control connections to the SIP server that were lost",
	);
	const lostDialogs = gauge(
		"persistent_chat_dialogs_lost_total",
		"Dialogs that were lost with a control connection",
	);
	const worth = { answering: 1, unsteady: 0.5, silent: 0 };
	return () => {
		const { state, answeredMs } = condition.sipWatchdog();
		takes.remove();
		if (state !== "unknown") takes.set(worth[state]);
		if (answeredMs !== undefined) took.set(answeredMs / 1_000);
		for (const each of condition.registrations()) {
			const { registrar, address, until } = each;
			const holds = until !== undefined && until > new Date();
			registered.set({ registrar, address }, holds ? 1 : 0);
		}
		const { connections, dialogs } = condition.losses();
		losses.set(connections);
		lostDialogs.set(dialogs);
	};
}

/** 0 when the database is away: then what it would have said is as it was. */
async function answers(ask: () => Promise<void>): Promise<0 | 1> {
	try {
		await ask();
		return 1;
	} catch (error) {
		if (error instanceof ChatError) return 0;
		throw error;
	}
}

function countEvents(
	registry: Registry,
	{ condition, now }: MeasuresNeeds,
): () => void {
	const registers = [registry];
	const events = new Counter({
		name: "persistent_chat_events_total",
		help: "What happened in rooms, as this node was told; posted: messages",
		labelNames: ["type"],
		registers,
	});
	const fanOut = new Histogram({
		name: "persistent_chat_fan_out_seconds",
		help: "From the time of a message until this node was told of it",
		buckets: fanOutSeconds,
		registers,
	});
	return condition.onEvent((event) => {
		events.inc({ type: event.type });
		if (event.type !== "posted") return;
		const lateMs = now().getTime() - event.message.postedAt.getTime();
		fanOut.observe(Math.max(0, lateMs) / 1_000);
	});
}

function countTurnedAway(registry: Registry, { condition }: MeasuresNeeds) {
	const registers = [registry];
	new Counter({
		name: "persistent_chat_sip_refused_total",
		help: "SIP requests and messages refused because somebody was not, or did not show, who he said",
		labelNames: ["why"],
		registers,
		collect() {
			this.reset();
			for (const [why, count] of condition.turnedAway().refused) {
				this.inc({ why }, count);
			}
		},
	});
	new Counter({
		name: "persistent_chat_sip_throttled_total",
		help: "SIP requests refused because there were too many, by whom they were counted",
		labelNames: ["method", "by"],
		registers,
		collect() {
			this.reset();
			for (const { count, ...labels } of condition.turnedAway().throttled) {
				this.inc(labels, count);
			}
		},
	});
}

const nanosecondsInSecond = 1e9;
/** How often the event loop is looked at; Node counts this as part of the delay. */
const loopMs = 10;

function measureProcess(registry: Registry) {
	const registers = [registry];
	const gauge = (name: string, help: string, labelNames: string[] = []) =>
		new Gauge({ name, help, labelNames, registers });
	const loop = monitorEventLoopDelay({ resolution: loopMs });
	loop.enable();
	const delay = gauge(
		"nodejs_eventloop_delay_seconds",
		"How late the event loop was since it was last asked",
		["quantile"],
	);
	const resident = gauge("process_resident_memory_bytes", "Memory in use");
	const heap = gauge("nodejs_heap_used_bytes", "Of it, the heap in use");
	const cpu = gauge("process_cpu_seconds_total", "Processor time used");
	const since = gauge("process_start_time_seconds", "Unix time of the start");
	since.set(Math.round(performance.timeOrigin / 1_000));
	return {
		note() {
			for (const percent of [50, 99, 100]) {
				delay.set(
					{ quantile: String(percent / 100) },
					Math.max(
						0,
						loop.percentile(percent) / nanosecondsInSecond - loopMs / 1_000,
					),
				);
			}
			loop.reset();
			const { rss, heapUsed } = process.memoryUsage();
			resident.set(rss);
			heap.set(heapUsed);
			const { user, system } = process.cpuUsage();
			cpu.set((user + system) / 1e6);
		},
		close: () => loop.disable(),
	};
}
