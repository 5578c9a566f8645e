/** One stream of Server-Sent Events: numbered, beating, and dropped when its reader does not keep up. */
import { Readable } from "node:stream";
import type { Ending, WebEvent } from "./views.ts";

export interface EventStream {
	/** What is sent; closed when either side has ended it. */
	readonly body: Readable;
	send(event: WebEvent): void;
	/** Nothing is sent any more. */
	isOver(): boolean;
	/** What comes is kept back, until `release`. */
	hold(): void;
	release(): void;
	/** Says why, and sends nothing more; what was kept back is not sent. */
	end(why: Ending): void;
}

export interface EventStreamNeeds {
	/** Waiting for the reader; with more he is dropped. */
	readonly bufferBytes: number;
	readonly heartbeatMs: number;
	/** Called once, whatever ended it. */
	onClose(): void;
	onSlow(): void;
}

/** Who does not read the end is not waited for. */
const partingMs = 2_000;
/** So that not everybody comes back at once when a node has gone. */
const retryMs = { least: 1_000, most: 4_000 };

export function createEventStream(needs: EventStreamNeeds): EventStream {
	let sent = 0;
	let holders = 0;
	let ended = false;
	const held: WebEvent[] = [];
	let heldBytes = 0;
	const body = new Readable({ read() {} });
	let leaving: NodeJS.Timeout | undefined;
	const heartbeat = setInterval(() => write(": beat\n\n"), needs.heartbeatMs);
	body.once("close", () => {
		finish();
		clearTimeout(leaving);
	});
	// A reader who goes in the middle is no fault.
	body.on("error", () => {});

	function write(text: string): void {
		if (ended) return;
		const bytes = body.readableLength + heldBytes + Buffer.byteLength(text);
		if (bytes > needs.bufferBytes) drop();
		else body.push(text);
	}

	function finish(): void {
		if (ended) return;
		ended = true;
		clearInterval(heartbeat);
		needs.onClose();
	}

	function drop(): void {
		finish();
		needs.onSlow();
		body.destroy();
	}

	function number({ event, data }: WebEvent): string {
		sent += 1;
		return `id: ${sent}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
	}

	write(
		`retry: ${Math.round(retryMs.least + Math.random() * (retryMs.most - retryMs.least))}\n\n`,
	);
	return {
		body,
		send(event) {
			if (ended) return;
			if (holders === 0) return write(number(event));
			heldBytes += Buffer.byteLength(JSON.stringify(event.data));
			held.push(event);
			if (heldBytes > needs.bufferBytes) drop();
		},
		isOver: () => ended,
		hold() {
			holders += 1;
		},
		release() {
			holders -= 1;
			if (holders > 0) return;
			heldBytes = 0;
			for (const event of held.splice(0)) write(number(event));
		},
		end(why) {
			if (ended) return;
			held.length = 0;
			heldBytes = 0;
			write(number({ event: "end", data: { why } }));
			if (ended) return;
			finish();
			body.push(null);
			leaving = setTimeout(() => body.destroy(), partingMs);
		},
	};
}
