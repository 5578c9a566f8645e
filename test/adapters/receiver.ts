/** A receiver of webhooks, as an operator would write one: checks the signature, keeps what it takes, answers as it is told to. */
import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import type { ArchivedEvent } from "../../plugin/compliance/adapter.ts";
import { track } from "../support/hooks.ts";

export interface Received {
	readonly headers: IncomingHttpHeaders;
	readonly bytes: number;
	/** As it came. */
	readonly text: string;
	readonly body: {
		readonly version: number;
		readonly adapter: string;
		readonly key: string;
		readonly replay: boolean;
		readonly events: readonly ArchivedEvent[];
	};
}

export interface Answer {
	readonly status: number;
	readonly headers?: Readonly<Record<string, string>>;
}

export interface Receiver {
	readonly url: string;
	/** All requests, in order. */
	readonly requests: readonly Received[];
	/** The events of those that were answered with 2xx. */
	readonly taken: readonly ArchivedEvent[];
	/** Undefined: no answer at all. */
	answer: (request: Received) => Answer | undefined;
	/** Connections are refused until `listen`. */
	stop(): Promise<void>;
	listen(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
	const requests: Received[] = [];
	const taken: ArchivedEvent[] = [];
	let port = 0;
	const server = createServer(async (request, response) => {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const bytes = Buffer.concat(chunks);
		const text = bytes.toString("utf8");
		const received = {
			text,
			headers: request.headers,
			bytes: bytes.length,
			body: JSON.parse(text) as Received["body"],
		};
		requests.push(received);
		const answer = receiver.answer(received);
		if (answer === undefined) return;
		if (answer.status < 300) taken.push(...received.body.events);
		response.writeHead(answer.status, answer.headers).end("answered");
	});
	track("a receiver of webhooks", () => server.listening);
	const receiver: Receiver = {
		requests,
		taken,
		answer: () => ({ status: 204 }),
		get url() {
			return `http://127.0.0.1:${port}/archive`;
		},
		listen: async () => {
			await new Promise<void>((resolve) =>
				server.listen(port, "127.0.0.1", resolve),
			);
			port = (server.address() as AddressInfo).port;
		},
		stop: async () => {
			if (!server.listening) return;
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
	await receiver.listen();
	return receiver;
}

/** Is the header a signature of the body by this secret? Written by the README, without the adapter's own code. */
export function isSigned({ headers, text }: Received, secret: string): boolean {
	const parts = String(headers["compliance-signature"]).split(",");
	const time = parts.find((part) => part.startsWith("t="))?.slice(2);
	const expected = createHmac("sha256", secret)
		.update(`${time}.${text}`)
		.digest("hex");
	return (
		Math.abs(Number(time) * 1_000 - Date.now()) < 300_000 &&
		parts.includes(`v1=${expected}`)
	);
}
