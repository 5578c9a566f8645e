/** A dialog that carries XCCOS: what comes is read and handed on, replies find their commands. */
import { ChatDisconnected } from "./errors.ts";
import { Exchange, type ExchangeLimits } from "./exchange.ts";
import type { DialogEnd, SipAgent, SipDialog } from "./sip-agent.ts";
import { decodeEnvelope, type Incoming } from "./xccos/envelope.ts";

export interface ChannelEvents {
	/** Before the command that waits for it hears of it, when it is a reply. */
	readonly onIncoming: (incoming: Incoming) => void;
	/** Something came that could not be read. */
	readonly onFault: (error: Error) => void;
	readonly onEnd: (why: string) => void;
}

export interface Channel {
	readonly dialog: SipDialog;
	readonly exchange: Exchange;
}

/** Calls `uri`. Rejects with `SipRefused`, `SipUnreachable` or `ChatDisconnected`. */
export async function openChannel(
	agent: SipAgent,
	uri: string,
	limits: ExchangeLimits,
	events: ChannelEvents,
): Promise<Channel> {
	const early: string[] = [];
	const read = (exchange: Exchange, body: string) => {
		let all: readonly Incoming[];
		try {
			all = decodeEnvelope(body);
		} catch (error) {
			events.onFault(error instanceof Error ? error : new Error(String(error)));
			return;
		}
		for (const incoming of all) {
			events.onIncoming(incoming);
			if (incoming.kind === "reply") exchange.reply(incoming);
		}
	};
	let exchange: Exchange | undefined;
	let ended: string | undefined;
	const dialog = await agent.invite(uri, {
		onInfo: (body) => (exchange ? read(exchange, body) : early.push(body)),
		onEnd: (end) => {
			ended = describeEnd(end);
			exchange?.end(ended);
			events.onEnd(ended);
		},
	});
	exchange = new Exchange(dialog, limits);
	if (ended !== undefined) throw new ChatDisconnected(ended);
	for (const body of early) read(exchange, body);
	return { dialog, exchange };
}

function describeEnd({ cause, detail }: DialogEnd): string {
	switch (cause) {
		case "bye":
			return `the service ended the dialog (${detail})`;
		case "gone":
			return `the service does not know the dialog any more (${detail})`;
		case "lost":
			return detail;
		case "local":
			return "the dialog was ended here";
	}
}
