/**
 * One OPTIONS to the SIP server as a stranger would send it, by a socket of its own: drachtio-server sends no request of an
 * application to itself ("can not send request to myself").
 */
import { randomUUID } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect } from "node:net";

export interface Probed {
	readonly status: number;
	/** The head of the answer. */
	readonly head: string;
}

export interface ProbeTarget {
	readonly transport: "tcp" | "udp";
	readonly host: string;
	readonly port: number;
}

const repeatMs = 500;
const mostBytes = 16_384;

/** Undefined without a final answer in time. Never rejects; nothing is open afterwards. */
export function probe(
	target: ProbeTarget,
	answerMs: number,
	signal: AbortSignal,
): Promise<Probed | undefined> {
	return new Promise((resolve) => {
		let closeLine = () => {};
		let over = false;
		const done = (found: Probed | undefined) => {
			if (over) return;
			over = true;
			clearTimeout(patience);
			signal.removeEventListener("abort", giveUp);
			closeLine();
			resolve(found);
		};
		const giveUp = () => done(undefined);
		const patience = setTimeout(giveUp, answerMs);
		signal.addEventListener("abort", giveUp, { once: true });
		const heard = (text: string) => {
			for (const found of readAnswers(text)) {
				if (found.status >= 200) done(found);
			}
		};
		closeLine = (target.transport === "udp" ? overUdp : overTcp)(
			target,
			heard,
			giveUp,
		);
		if (signal.aborted) giveUp();
	});
}

type Line = (
	target: ProbeTarget,
	heard: (text: string) => void,
	failed: () => void,
) => () => void;

const overTcp: Line = (target, heard, failed) => {
	const socket = connect(target.port, target.host);
	let text = "";
	socket.once("connect", () => {
		const { localAddress = "", localPort = 0 } = socket;
		socket.write(options(target, `${bracketed(localAddress)}:${localPort}`));
	});
	socket.on("data", (bytes) => {
		text = (text + bytes.toString("latin1")).slice(0, mostBytes);
		heard(text);
	});
	socket.once("error", failed);
	socket.once("close", failed);
	return () => socket.destroy();
};

const overUdp: Line = (target, heard, failed) => {
	const socket = createSocket(target.host.includes(":") ? "udp6" : "udp4");
	let repeat: NodeJS.Timeout | undefined;
	socket.once("error", failed);
	socket.on("message", (bytes) => heard(bytes.toString("latin1")));
	socket.connect(target.port, target.host, () => {
		const { address, port } = socket.address();
		const text = options(target, `${bracketed(address)}:${port}`);
		socket.send(text);
		repeat = setInterval(() => socket.send(text), repeatMs);
	});
	return () => {
		clearInterval(repeat);
		socket.close();
	};
};

function options({ transport, host, port }: ProbeTarget, local: string) {
	const place = `${bracketed(host)}:${port}`;
	const id = randomUUID();
	return [
		`OPTIONS sip:watchdog@${place};transport=${transport} SIP/2.0`,
		`Via: SIP/2.0/${transport.toUpperCase()} ${local};branch=z9hG4bK${id};rport`,
		"Max-Forwards: 1",
		`From: <sip:watchdog@${local}>;tag=${id.slice(0, 8)}`,
		`To: <sip:watchdog@${place}>`,
		`Call-ID: ${id}`,
		"CSeq: 1 OPTIONS",
		"User-Agent: persistent-chat watchdog",
		"Content-Length: 0",
		"",
		"",
	].join("\r\n");
}

function* readAnswers(text: string): Iterable<Probed> {
	for (const head of text.split("\r\n\r\n").slice(0, -1)) {
		const status = /^\s*SIP\/2\.0 (\d{3})\b/.exec(head)?.[1];
		if (status !== undefined) yield { status: Number(status), head };
	}
}

function bracketed(host: string): string {
	return host.includes(":") ? `[${host}]` : host;
}
