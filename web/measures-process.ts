/** What is measured of the process: its event loop, memory, processor and files. */
import { readdirSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, type Registry } from "prom-client";

const nanosecondsInSecond = 1e9;
/** How often the event loop is looked at; Node counts this as part of the delay. */
const loopMs = 10;

export interface ProcessMeasures {
	note(): void;
	close(): void;
}

export function measureProcess(registry: Registry): ProcessMeasures {
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
	const files = gauge("process_open_fds", "Open files and sockets");
	new Counter({
		name: "process_cpu_seconds_total",
		help: "Processor time used",
		registers,
		collect() {
			const { user, system } = process.cpuUsage();
			this.reset();
			this.inc((user + system) / 1e6);
		},
	});
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
			const open = openFiles();
			if (open !== undefined) files.set(open);
		},
		close: () => loop.disable(),
	};
}

/** Linux says it. */
function openFiles(): number | undefined {
	try {
		return readdirSync("/proc/self/fd").length;
	} catch {
		return undefined;
	}
}
