/** `persistent-chat check`: does the service do what it is for, as its users see it? For people and for monitoring systems. */
import type { Checked } from "../check/index.ts";
import { type Command, Unhealthy } from "./command.ts";
import { properties } from "./table.ts";

const defaults = { warningMs: 1_000, criticalMs: 10_000, timeoutMs: 30_000 };
const room = "Service check";

interface Judged extends Checked {
	readonly state: "ok" | "warning" | "critical";
	readonly words: string;
	readonly warningMs: number;
	readonly criticalMs: number;
}

export const checkCommand: Command = {
	words: ["check"],
	summary:
		"Sign in two users over SIP, let them talk in a room, and tell how long each step took",
	flags: {
		server: {
			value: "ADDRESS",
			text: "where their SIP goes, a proxy too: sip:HOST:PORT;transport=tcp (or tls, udp), or ws://HOST:PORT; default: CHAT_CHECK_SERVER, else sip:127.0.0.1:5060;transport=tcp",
		},
		credentials: {
			value: "FILE",
			text: "two lines, each USER PASSWORD, readable by its owner only; default: CHAT_CHECK_USER, CHAT_CHECK_PASSWORD, CHAT_CHECK_OTHER, CHAT_CHECK_OTHER_PASSWORD",
		},
		ca: {
			value: "FILE",
			text: "over TLS: certificates (PEM) of who is trusted to say who the server is; default: whom Node trusts",
		},
		room: { value: "NAME", text: `where they talk (default: ${room})` },
		pool: {
			value: "URI",
			text: "the service's address; default: as clients find it",
		},
		"no-register": { text: "do not REGISTER first" },
		"warning-ms": {
			value: "N",
			text: `a step that takes longer is slow: exit status 1 (default: ${defaults.warningMs})`,
		},
		"critical-ms": {
			value: "N",
			text: `a step that takes longer has failed: exit status 2 (default: ${defaults.criticalMs})`,
		},
		"timeout-ms": {
			value: "N",
			text: `all of it, with taking leave (default: ${defaults.timeoutMs})`,
		},
		format: {
			value: "text|nagios",
			text: "nagios: one line with performance data, as Nagios, Icinga and their like read it",
		},
	},
	examples: [
		"check --credentials /etc/persistent-chat/check",
		"check --server 'sip:proxy.example.com:5060;transport=tcp' --format nagios --warning-ms 500",
		"check --server 'sip:sip.example.com:5061;transport=tls' --ca /etc/ssl/our-ca.pem",
		"check --server ws://127.0.0.1:8088 --json",
	],
	async run(given, { check, show }) {
		const format = given.choice("format", ["text", "nagios"]) ?? "text";
		const warningMs = given.number("warning-ms") ?? defaults.warningMs;
		const criticalMs = given.number("critical-ms") ?? defaults.criticalMs;
		const checked = await check({
			server: given.text("server"),
			credentials: given.text("credentials"),
			ca: given.text("ca"),
			room: given.text("room") ?? room,
			register: !given.has("no-register"),
			poolUri: given.text("pool"),
			timeoutMs: given.number("timeout-ms", 600_000) ?? defaults.timeoutMs,
		});
		const judged = judge(checked, warningMs, criticalMs);
		show(judged, () => (format === "text" ? text(judged) : nagios(judged)));
		if (judged.state === "warning") throw new Unhealthy(1);
		if (judged.state === "critical") throw new Unhealthy(2);
	},
};

function judge(
	checked: Checked,
	warningMs: number,
	criticalMs: number,
): Judged {
	const { steps, totalMs } = checked;
	const limits = { warningMs, criticalMs };
	const failed = steps.find(({ fault }) => fault !== null);
	if (failed !== undefined) {
		const words = `${failed.step}: ${failed.fault}`;
		return { ...checked, ...limits, state: "critical", words };
	}
	const [slowest] = [...steps].sort((a, b) => b.ms - a.ms);
	const took = slowest?.ms ?? 0;
	const words =
		took > warningMs
			? `${slowest?.step} took ${took} ms`
			: `${steps.length} steps in ${totalMs} ms`;
	const state =
		took > criticalMs ? "critical" : took > warningMs ? "warning" : "ok";
	return { ...checked, ...limits, state, words };
}

function text({ steps, totalMs, state, words }: Judged): string {
	return [
		properties([
			...steps.map(({ step, ms, fault }): [string, string] => [
				step,
				fault === null ? `${ms} ms` : `FAILED after ${ms} ms: ${fault}`,
			]),
			["all", `${totalMs} ms`],
		]),
		`${state.toUpperCase()}: ${words}`,
	].join("\n");
}

/** `CHAT OK - words | 'step'=12ms;warning;critical;0 …` */
function nagios(judged: Judged): string {
	const { steps, totalMs, state, words, warningMs, criticalMs } = judged;
	const data = steps
		.filter(({ fault }) => fault === null)
		.map(({ step, ms }) => `'${step}'=${ms}ms;${warningMs};${criticalMs};0`);
	// A bar would begin the performance data.
	const harmless = words.replace(/[|\r\n]+/g, " ");
	return `CHAT ${state.toUpperCase()} - ${harmless} | ${[...data, `'all'=${totalMs}ms;;;0`].join(" ")}`;
}
