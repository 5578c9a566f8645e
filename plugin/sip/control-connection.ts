/**
 * The connection to a drachtio-server, kept within what that server can read.
 *
 * drachtio-server reads frames into a ring of 12,228 bytes: a frame above 4,036 bytes is corrupted when it arrives behind
 * others that are not yet consumed, and one above 12,228 ends the connection's life. So a frame above `sharedFrameBytes`
 * waits until everything before it has been answered, and travels alone; one above `maxFrameBytes` is never written and
 * fails. Every frame is answered by the server with a `response` frame that names it.
 *
 * It also does what the library leaves undone: TCP_NODELAY after a reconnect, frames of one tick in one write, word of a
 * lost connection, with which every dialog on it is lost; and it ends the connection when something comes that cannot be read, where
 * the library would end the process (drachtio-server mixes up very large frames). What comes is read here: what is about requests in
 * dialogs never reaches the library (`dialog-requests.ts`).
 */
import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import type { Logger } from "pino";
import { carryRequests, takeAnswer } from "./dialog-requests.ts";
import type { WireProtocol } from "./drachtio.ts";
import { createFrameReader } from "./frame-reader.ts";

/** A frame up to this size may follow others at once. */
export const sharedFrameBytes = 4_000;
/** What a frame may have at most. */
export const maxFrameBytes = 12_100;
/** A server that has not answered for so long while a large frame waits is given up. */
const silenceMs = 10_000;
/** What may wait behind a large frame. */
const maxWaitingBytes = 64 * 1024 * 1024;

interface Frame {
	readonly id: string;
	readonly text: string;
	readonly bytes: number;
}

interface Line {
	/** Frames written and not yet answered. */
	readonly unanswered: Set<string>;
	/** Leaves when this tick is over. */
	leaving: string;
	/** A large frame is under way: nothing may follow it. */
	alone: string | undefined;
	waiting: Frame[];
	waitingBytes: number;
	watchdog: NodeJS.Timeout | undefined;
}

export function guardControlConnection(
	wire: WireProtocol,
	/** The connections that stand already. */
	connected: Iterable<Socket>,
	log: Logger,
	onLost: (socket: Socket) => void,
): void {
	const lines = new WeakMap<Socket, Line>();

	function lineOf(socket: Socket): Line {
		const line = lines.get(socket) ?? {
			unanswered: new Set(),
			leaving: "",
			alone: undefined,
			waiting: [],
			waitingBytes: 0,
			watchdog: undefined,
		};
		lines.set(socket, line);
		return line;
	}

	function write(socket: Socket, line: Line, frame: Frame): void {
		line.unanswered.add(frame.id);
		if (frame.bytes > sharedFrameBytes) line.alone = frame.id;
		if (line.leaving === "") process.nextTick(leave, socket, line);
		line.leaving += frame.text;
	}

	function leave(socket: Socket, line: Line): void {
		const text = line.leaving;
		line.leaving = "";
		if (!socket.destroyed) socket.write(text);
	}

	function mayGo({ unanswered, alone }: Line, frame: Frame): boolean {
		if (alone !== undefined) return false;
		return frame.bytes <= sharedFrameBytes || unanswered.size === 0;
	}

	function pump(socket: Socket, line: Line): void {
		let gone = 0;
		for (const frame of line.waiting) {
			if (!mayGo(line, frame)) break;
			write(socket, line, frame);
			line.waitingBytes -= frame.bytes;
			gone += 1;
		}
		if (gone > 0) line.waiting = line.waiting.slice(gone);
		watch(socket, line);
	}

	/** Restarted whenever the server has answered anything. */
	function watch(socket: Socket, line: Line): void {
		clearTimeout(line.watchdog);
		line.watchdog = undefined;
		if (line.waiting.length === 0) return;
		line.watchdog = setTimeout(() => {
			log.error(
				{ waiting: line.waiting.length, silenceMs },
				"SIP server answers no frames; control connection given up",
			);
			socket.destroy();
		}, silenceMs);
	}

	function fail(socket: Socket, id: string, bytes: number): void {
		log.error({ bytes, limit: maxFrameBytes }, "frame too large; not sent");
		const reason = `the message has ${bytes} bytes, the SIP server takes ${maxFrameBytes}`;
		const answer = `${randomUUID()}|response|${id}|NOK|${reason}`;
		setImmediate(() => take(socket, Buffer.from(answer)));
	}

	wire.send = (socket, message) => {
		const id = randomUUID();
		const payload = `${id}|${message}`;
		const length = Buffer.byteLength(payload);
		const text = `${length}#${payload}`;
		const frame = { id, text, bytes: length + text.length - payload.length };
		if (frame.bytes > maxFrameBytes) {
			fail(socket, id, frame.bytes);
			return id;
		}
		const line = lineOf(socket);
		if (line.waiting.length === 0 && mayGo(line, frame)) {
			write(socket, line, frame);
			return id;
		}
		line.waiting.push(frame);
		line.waitingBytes += frame.bytes;
		if (line.waitingBytes > maxWaitingBytes) {
			log.error("too much waits for the SIP server; control connection ended");
			socket.destroy();
		} else if (line.watchdog === undefined) {
			watch(socket, line);
		}
		return id;
	};

	function answered(socket: Socket, id: string): void {
		const line = lines.get(socket);
		if (line === undefined) return;
		line.unanswered.delete(id);
		if (line.alone === id) line.alone = undefined;
		if (line.waiting.length > 0) pump(socket, line);
	}

	function take(socket: Socket, payload: Buffer): void {
		const taken = takeAnswer(socket, payload);
		if (taken === undefined) wire.emit("msg", socket, payload.toString());
		else if (taken.id !== undefined) answered(socket, taken.id);
	}

	wire.on("msg", (socket, message) => {
		const [, kind, id] = message.slice(0, 120).split("|", 3);
		if (kind === "response" && id !== undefined) answered(socket, id);
	});

	/** In the place of the library, which throws out of its listener for data. */
	function listen(socket: Socket): void {
		carryRequests(socket, (message) => wire.send(socket, message));
		const [library] = socket.listeners("data") as (() => void)[];
		if (library !== undefined) socket.off("data", library);
		const read = createFrameReader((payload) => {
			if (!socket.destroyed) take(socket, payload);
		});
		socket.on("data", (bytes) => {
			if (socket.destroyed) return;
			try {
				read(bytes);
			} catch {
				log.error("frame not readable; control connection ended");
				socket.destroy();
			}
		});
	}

	for (const socket of connected) listen(socket);
	wire.on("connect", (socket) => {
		socket.setNoDelay(true);
		listen(socket);
	});

	wire.on("close", (socket) => {
		const line = lines.get(socket);
		if (line !== undefined) {
			clearTimeout(line.watchdog);
			lines.delete(socket);
		}
		onLost(socket);
	});
}
