/** What is measured of this node; asked of the databases only when somebody reads it. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { ChatError } from "../plugin/errors.ts";
import { measureCompliance } from "./measures-compliance.ts";
import { measureHttp } from "./measures-http.ts";
import {
	countWork,
	measureLoad,
	measureNode,
	measurePool,
	measureReplicas,
} from "./measures-node.ts";
import { measureProcess } from "./measures-process.ts";
import { measureSipServer } from "./measures-sip.ts";
import type { WebWork } from "./route.ts";

export interface Measures {
	readonly contentType: string;
	/** All that there are, also those that have no value yet. */
	readonly described: readonly MeasureDescription[];
	text(): Promise<string>;
	/** A request at the web door was answered. */
	answered(request: FastifyRequest, reply: FastifyReply): void;
	close(): void;
}

export interface MeasureDescription {
	readonly name: string;
	readonly help: string;
	readonly type: string;
	readonly labels: readonly string[];
}

export interface MeasuresNeeds
	extends Pick<
		WebWork,
		"condition" | "load" | "accounts" | "compliance" | "log" | "now"
	> {
	/** Event streams that are open now. */
	readonly streams?: { count(): number };
}

const fanOutSeconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30];

export function createMeasures(needs: MeasuresNeeds): Measures {
	const { condition } = needs;
	const registry = new Registry();
	const gauge = (name: string, help: string) =>
		new Gauge({ name, help, registers: [registry] });
	const noteNode = measureNode(registry, condition);
	const stopListening = [
		countEvents(registry, needs),
		countWork(registry, condition),
	];
	const noteSip = measureSipServer(registry, condition);
	const database = gauge(
		"persistent_chat_database_up",
		"1: the database answers, and keeps what it is given",
	);
	const notePool = measurePool(registry, condition);
	const noteReplicas = measureReplicas(registry, condition);
	const noteLoad = measureLoad(registry, needs.load);
	const signedIn = gauge(
		"persistent_chat_web_sessions",
		"Browsers signed in, on all nodes",
	);
	const http = measureHttp(registry);
	const compliance = measureCompliance(registry);
	const loop = measureProcess(registry);

	async function askDatabases(): Promise<void> {
		signedIn.set(await needs.accounts.webSessions.count(needs.now()));
		if (needs.compliance === undefined) return;
		compliance(await needs.compliance.metrics(), needs.now());
	}

	return {
		contentType: registry.contentType,
		described: described(registry),
		async text() {
			noteNode();
			noteSip();
			notePool();
			noteReplicas();
			noteLoad();
			http.streams(needs.streams?.count() ?? 0);
			const up = await answers(askDatabases);
			database.set(condition.databaseKeeps() ? up : 0);
			loop.note();
			return registry.metrics();
		},
		answered: http.note,
		close() {
			loop.close();
			for (const stop of stopListening) stop();
			registry.clear();
		},
	};
}

/** The library's own list has less in its types than in itself. */
function described(registry: Registry): readonly MeasureDescription[] {
	return registry.getMetricsAsArray().map((metric) => {
		const { labelNames: labels = [], ...rest } =
			metric as unknown as MeasureDescription & {
				readonly labelNames?: readonly string[];
			};
		const { name, help } = rest;
		return { name, help, labels, type: typeOf(metric) };
	});
}

function typeOf(metric: unknown): string {
	if (metric instanceof Counter) return "counter";
	return metric instanceof Histogram ? "histogram" : "gauge";
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
