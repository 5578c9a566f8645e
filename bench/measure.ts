/** What is said of a row of measurements. */
import { monitorEventLoopDelay } from "node:perf_hooks";

export interface Quantiles {
	readonly p50: number;
	readonly p95: number;
	readonly p99: number;
	readonly most: number;
}

export function quantiles(values: readonly number[]): Quantiles {
	const sorted = [...values].sort((a, b) => a - b);
	const at = (part: number) =>
		sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ??
		0;
	return { p50: at(0.5), p95: at(0.95), p99: at(0.99), most: at(1) };
}

/** A line of a Markdown table. */
export function row(...cells: readonly string[]): string {
	return `| ${cells.join(" | ")} |`;
}

/** From now until the answer is asked for: the longest time in milliseconds that nothing else could run. */
export function longestStall(): () => number {
	const delay = monitorEventLoopDelay({ resolution: 1 });
	delay.enable();
	return () => {
		delay.disable();
		return delay.max / 1e6;
	};
}
