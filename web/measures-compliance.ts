/** What is measured of compliance: what waits at each stage, and how each adapter does. */
import { Counter, Gauge, type Registry } from "prom-client";
import type { ComplianceMetrics } from "../plugin/index.ts";

/** Gives what notes the measures as of now. */
export function measureCompliance(
	registry: Registry,
): (metrics: ComplianceMetrics, at: Date) => void {
	const gauge = (name: string, help: string, labelNames: string[] = []) =>
		new Gauge({
			name: `persistent_chat_compliance_${name}`,
			help,
			labelNames,
			registers: [registry],
		});
	const counter = (name: string, help: string) =>
		new Counter({
			name: `persistent_chat_compliance_${name}`,
			help,
			labelNames: ["adapter"],
			registers: [registry],
		});
	const backlog = gauge(
		"backlog_events",
		"Events that wait: owed, for the archive; adapter, for an adapter",
		["stage", "adapter"],
	);
	const age = gauge("backlog_age_seconds", "How old the oldest of them is", [
		"stage",
		"adapter",
	]);
	const archived = gauge("archive_position", "Events archived ever");
	const notWhole = gauge(
		"archive_not_whole",
		"Events archived without their bytes, and set aside for @archive",
	);
	const relaying = gauge("relay_active", "1: this node feeds the archive");
	const adapters = {
		active: gauge("adapter_active", "1: this node works it", ["adapter"]),
		delivered: counter("adapter_delivered_total", "Events it has taken"),
		failures: counter("adapter_failures_total", "Batches it has failed"),
		attempt: gauge("adapter_attempt", "Failures in a row, to now", ["adapter"]),
		parked: gauge("adapter_parked", "Events set aside", ["adapter"]),
	};
	return ({ owed, relay, archive, adapters: states }, at) => {
		const note = (
			labels: { readonly stage: string; readonly adapter: string },
			{ events, oldestAt }: ComplianceMetrics["owed"],
		) => {
			backlog.set(labels, events);
			const ageMs =
				oldestAt === undefined ? 0 : at.getTime() - oldestAt.getTime();
			age.set(labels, Math.max(0, ageMs) / 1_000);
		};
		note({ stage: "owed", adapter: "" }, owed);
		relaying.set(relay?.active === true ? 1 : 0);
		if (archive !== undefined) {
			archived.set(archive.position);
			notWhole.set(archive.notWhole);
		}
		for (const state of states) {
			const adapter = state.name;
			note({ stage: "adapter", adapter }, state.backlog);
			adapters.active.set({ adapter }, state.active ? 1 : 0);
			adapters.delivered.remove({ adapter });
			adapters.delivered.inc({ adapter }, state.delivered);
			adapters.failures.remove({ adapter });
			adapters.failures.inc({ adapter }, state.failures);
			adapters.attempt.set({ adapter }, state.attempt);
			adapters.parked.set({ adapter }, state.parked);
		}
	};
}
