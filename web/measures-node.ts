/** What is measured of the node: who is here, what waits for them and for the database, what is done and how fast. */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Condition, PersistentChat } from "../plugin/index.ts";
import { countRequests } from "./measures-sip.ts";

const levels = ["fine", "posts", "commands"];
const workSeconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

/** Gives what notes how it is now. */
export function measureNode(
	registry: Registry,
	condition: Condition,
): () => void {
	const gauge = (name: string, help: string) =>
		new Gauge({ name, help, registers: [registry] });
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
		"1: connected to the SIP server, or to one of several",
	);
	const drained = gauge(
		"persistent_chat_drained",
		"1: this node takes no new clients, as an operator wishes",
	);
	const redis = gauge(
		"persistent_chat_redis_up",
		"1: Redis answers; absent: none is used",
	);
	const waiting = gauge(
		"persistent_chat_queue_bodies",
		"INFOs that wait for clients of this node",
	);
	const waitingBytes = gauge(
		"persistent_chat_queue_bytes",
		"What waits for clients of this node",
	);
	return () => {
		dialogs.set(condition.dialogs());
		people.set(condition.people());
		sip.set(condition.sipConnected() ? 1 : 0);
		drained.set(condition.drained() ? 1 : 0);
		const { bodies, bytes } = condition.waiting();
		waiting.set(bodies);
		waitingBytes.set(bytes);
		const connected = condition.redisConnected();
		redis.remove();
		if (connected !== undefined) redis.set(connected ? 1 : 0);
	};
}

/** Likewise: what is too much, and what is refused because of it. */
export function measureLoad(
	registry: Registry,
	load: PersistentChat["load"],
): () => void {
	const registers = [registry];
	const level = new Gauge({
		name: "persistent_chat_load_level",
		help: "0: nothing is refused because of load; 1: posts are; 2: commands and sign-ins too",
		registers,
	});
	const pressure = new Gauge({
		name: "persistent_chat_load_pressure",
		help: "What is watched, as a part of its bound: from 1 on posts are refused, from 2 on commands and sign-ins too",
		labelNames: ["type"],
		registers,
	});
	new Counter({
		name: "persistent_chat_load_refused_total",
		help: "What was refused because of load (503 with Retry-After)",
		labelNames: ["type"],
		registers,
		collect() {
			this.reset();
			for (const [type, count] of load.state().refused) {
				this.inc({ type }, count);
			}
		},
	});
	return () => {
		const state = load.state();
		level.set(levels.indexOf(state.level));
		for (const { name, pressure: its } of state.readings) {
			pressure.set({ type: name }, its);
		}
	};
}

/** Likewise. */
export function measurePool(
	registry: Registry,
	condition: Condition,
): () => void {
	const connections = new Gauge({
		name: "persistent_chat_database_connections",
		help: "Connections to the chat database: used, or free",
		labelNames: ["state"],
		registers: [registry],
	});
	const waiting = new Gauge({
		name: "persistent_chat_database_waiting",
		help: "What waits for a connection to the chat database",
		registers: [registry],
	});
	return () => {
		const pool = condition.databasePool();
		connections.set({ state: "used" }, pool.used);
		connections.set({ state: "free" }, pool.free);
		waiting.set(pool.waiting);
	};
}

/** Likewise: replicas for history and search, where there are any. */
export function measureReplicas(
	registry: Registry,
	condition: Condition,
): () => void {
	const registers = [registry];
	const used = new Gauge({
		name: "persistent_chat_replica_used",
		help: "1: this read-only replica answers for history and search; 0: it is away, or behind, and the primary does",
		labelNames: ["server"],
		registers,
	});
	const answered = new Counter({
		name: "persistent_chat_replica_reads_total",
		help: "Questions for history and searches, by who answered: a replica, or the primary in place of one",
		labelNames: ["by"],
		registers,
	});
	return () => {
		const { states, answeredByPrimary } = condition.replicas();
		answered.reset();
		for (const state of states) {
			const { name: server } = state;
			used.set({ server }, state.standing === "used" ? 1 : 0);
			answered.inc({ by: "replica" }, state.answered);
		}
		if (states.length > 0) answered.inc({ by: "primary" }, answeredByPrimary);
	};
}

/** What this node does, as it does it; the answer ends it. */
export function countWork(
	registry: Registry,
	condition: Condition,
): () => void {
	const registers = [registry];
	const requests = countRequests(registry);
	const commands = new Histogram({
		name: "persistent_chat_command_duration_seconds",
		help: "From the turn of a command or message (grpchat) in an INFO until it was done or refused",
		labelNames: ["command"],
		buckets: workSeconds,
		registers,
	});
	const transactions = new Histogram({
		name: "persistent_chat_transaction_duration_seconds",
		help: "A transaction of the chat database, from the wait for a connection to the commit",
		labelNames: ["outcome"],
		buckets: workSeconds,
		registers,
	});
	return condition.onHappening((happening) => {
		switch (happening.type) {
			case "answered":
			case "sent":
				requests(happening.type, happening.method, happening.status);
				return;
			case "command": {
				const { command, ms } = happening;
				commands.observe({ command }, ms / 1_000);
				return;
			}
			case "transaction": {
				const { outcome, ms } = happening;
				transactions.observe({ outcome }, ms / 1_000);
			}
		}
	});
}
