/**
 * Does the SIP server take SIP, and bring it here? Its control connection can live while the thread that does SIP is stuck, and it
 * can send requests to an application that has died: so it is asked by OPTIONS through its own SIP port, as a client would.
 */
import type { Socket } from "node:net";
import type { Logger } from "pino";
import { type Probed, type ProbeTarget, probe } from "./probe.ts";
import type { ServerReport } from "./server-report.ts";

export interface WatchdogState {
	/** `unknown`: not asked yet, or not to be asked; `unsteady`: every now and then there is no answer. */
	readonly state: "unknown" | "answering" | "unsteady" | "silent";
	/** How long the last answer took. */
	readonly answeredMs: number | undefined;
}

export interface Watchdog {
	state(): WatchdogState;
	begin(by: Socket, server: Pick<ServerReport, "contacts">): void;
	lost(by: Socket): void;
	close(): void;
}

export interface WatchdogNeeds {
	/** 0: never. */
	readonly everyMs: number;
	/** What is asked; default: where the SIP server says that it listens. */
	readonly uri: string | undefined;
	readonly log: Logger;
}

const longestAnswerMs = 5_000;
const remembered = 8;
/** Without so many answers one after another it is silent; among those remembered, unsteady. */
const missedInARow = 2;
const missedAtAll = 2;

export function createWatchdog(needs: WatchdogNeeds): Watchdog {
	const { everyMs, log } = needs;
	let closing = new AbortController();
	let by: Socket | undefined;
	let timer: NodeJS.Timeout | undefined;
	let answers: boolean[] = [];
	let state: WatchdogState["state"] = "unknown";
	let answeredMs: number | undefined;

	async function look(via: Socket, target: ProbeTarget): Promise<void> {
		const begun = performance.now();
		const answerMs = Math.min(everyMs, longestAnswerMs);
		const answer = await probe(target, answerMs, closing.signal);
		if (by !== via) return;
		const tookMs = Math.round(performance.now() - begun);
		note(isFromHere(answer), tookMs);
		timer = setTimeout(() => void look(via, target), everyMs);
	}

	function note(answered: boolean, tookMs: number): void {
		// What was missed while it was silent says nothing of how it is now.
		if (answered && state === "silent") answers = [];
		answers = [...answers, answered].slice(-remembered);
		if (answered) answeredMs = tookMs;
		const missed = answers.filter((each) => !each).length;
		const latest = answers.slice(-missedInARow);
		if (latest.length === missedInARow && latest.every((each) => !each)) {
			become("silent");
		} else if (missed >= missedAtAll) become("unsteady");
		// A single miss says nothing yet.
		else if (answered) become("answering");
	}

	function become(next: typeof state): void {
		if (state === next) return;
		const before = state;
		state = next;
		if (next === "silent") {
			log.error("SIP server takes no SIP, though its control port answers");
		} else if (next === "unsteady") {
			log.warn(
				"SIP server loses requests: it may send some to an application that has died; restart it when nobody needs it",
			);
		} else if (before !== "unknown") log.info("SIP server takes SIP again");
	}

	function stop(): void {
		clearTimeout(timer);
		closing.abort();
		closing = new AbortController();
		by = undefined;
		answers = [];
		state = "unknown";
	}

	return {
		state: () => ({ state, answeredMs }),
		begin(socket, { contacts }) {
			stop();
			const target =
				needs.uri === undefined ? targetAmong(contacts) : targetOf(needs.uri);
			if (everyMs === 0 || target === undefined) return;
			by = socket;
			void look(socket, target);
		},
		lost(socket) {
			if (by === socket) stop();
		},
		close: stop,
	};
}

/** drachtio-server answers 503 by itself when it knows no application; ours names its event packages also when it takes nobody. */
function isFromHere(answer: Probed | undefined): boolean {
	if (answer === undefined) return false;
	return answer.status !== 503 || /^Allow-Events\s*:/im.test(answer.head);
}

/** The first by which it can be asked in the clear: `tcp 192.0.2.1:5060`. */
function targetAmong(contacts: readonly string[]): ProbeTarget | undefined {
	for (const transport of ["tcp", "udp"] as const) {
		const found = contacts.find((each) => each.startsWith(`${transport} `));
		const place = found && placeIn(found.slice(transport.length + 1));
		if (place) return { transport, ...place };
	}
	return undefined;
}

/** `sip:192.0.2.1:5060;transport=tcp`. */
function targetOf(uri: string): ProbeTarget | undefined {
	const [, address = "", parameters = ""] =
		/^sip:(?:[^@]*@)?([^;?]+)(.*)$/i.exec(uri) ?? [];
	const place = placeIn(address);
	const tcp = /;transport=tcp\b/i.test(parameters);
	return place && { transport: tcp ? "tcp" : "udp", ...place };
}

function placeIn(text: string) {
	const [, host, port = "5060"] =
		/^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(text) ?? [];
	const plain = host?.replace(/^\[|\]$/g, "");
	return plain ? { host: plain, port: Number(port) } : undefined;
}
