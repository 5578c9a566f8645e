/** What is measured of SIP: the server beside us, requests by their answers, who was turned away. */
import { Counter, Gauge, type Registry } from "prom-client";
import type { Condition } from "../plugin/index.ts";

/** Others are `other`: a client writes what it likes. */
const methods = new Set([
	...["INVITE", "ACK", "BYE", "CANCEL", "INFO", "UPDATE", "OPTIONS"],
	...["MESSAGE", "SUBSCRIBE", "NOTIFY", "PUBLISH", "SERVICE", "REGISTER"],
	"REFER",
]);

/** What stands and falls with the SIP server. */
export function measureSipServer(
	registry: Registry,
	condition: Condition,
): () => void {
	const registers = [registry];
	const gauge = (name: string, help: string, labelNames: string[] = []) =>
		new Gauge({ name, help, labelNames, registers });
	const takes = gauge(
		"persistent_chat_sip_watchdog",
		"1: the SIP server takes SIP, or one of several does; 0: it does not, though it is connected; 0.5: it loses requests; absent: not known",
	);
	const took = gauge(
		"persistent_chat_sip_watchdog_seconds",
		"How long the SIP server took to answer through its SIP port",
	);
	const up = gauge(
		"persistent_chat_sip_server_up",
		"Each SIP server: 1: connected and takes SIP, as far as is known; 0.5: it loses requests; 0: not",
		["server"],
	);
	const registered = gauge(
		"persistent_chat_registered",
		"1: the registrar sends calls here, as far as is known",
		["registrar", "address"],
	);
	countTurnedAway(registry, condition);
	countAsTold(registry, {
		name: "persistent_chat_control_connections_lost_total",
		help: "Control connections to the SIP server that were lost",
		told: () => condition.losses().connections,
	});
	countAsTold(registry, {
		name: "persistent_chat_dialogs_lost_total",
		help: "Dialogs that were lost with a control connection",
		told: () => condition.losses().dialogs,
	});
	countAsTold(registry, {
		name: "persistent_chat_deliveries_total",
		help: "Messages that clients of this node have taken",
		told: () => condition.taken(),
	});
	const worth = { answering: 1, unsteady: 0.5, silent: 0 };
	return () => {
		const { state, answeredMs } = condition.sipWatchdog();
		takes.remove();
		if (state !== "unknown") takes.set(worth[state]);
		if (answeredMs !== undefined) took.set(answeredMs / 1_000);
		for (const { number, connected, watchdog } of condition.sipServers()) {
			const takes = watchdog.state === "unknown" ? 1 : worth[watchdog.state];
			up.set({ server: String(number) }, connected ? takes : 0);
		}
		for (const each of condition.registrations()) {
			const { registrar, address, until } = each;
			const holds = until !== undefined && until > new Date();
			registered.set({ registrar, address }, holds ? 1 : 0);
		}
	};
}

/** A counter whose number somebody else keeps. */
function countAsTold(
	registry: Registry,
	{
		told,
		...described
	}: {
		readonly name: string;
		readonly help: string;
		readonly told: () => number;
	},
): void {
	new Counter({
		...described,
		registers: [registry],
		collect() {
			this.reset();
			this.inc(told());
		},
	});
}

/** Gives what counts an answer. */
export function countRequests(registry: Registry) {
	const registers = [registry];
	const labelNames = ["method", "code"];
	const received = new Counter({
		name: "persistent_chat_sip_requests_total",
		help: "SIP requests that were answered here, by method and status",
		labelNames,
		registers,
	});
	const sent = new Counter({
		name: "persistent_chat_sip_requests_sent_total",
		help: "SIP requests sent in dialogs, by method and the client's status; 0: no answer",
		labelNames,
		registers,
	});
	return (way: "answered" | "sent", method: string, status: number) => {
		const labels = {
			method: methods.has(method) ? method : "other",
			code: String(status),
		};
		(way === "sent" ? sent : received).inc(labels);
	};
}

function countTurnedAway(registry: Registry, condition: Condition): void {
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
