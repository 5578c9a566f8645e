/**
 * What is said in a room, whichever node it comes from, told here in one order and once. What is missing before a message comes
 * from the store, if it does not come by itself in a moment: so the listeners of this node need not each ask for it.
 */
import type { Logger } from "pino";
import type { RoomEvent } from "../rooms/events.ts";
import type { Message, RoomId } from "../rooms/types.ts";

type Posted = Extract<RoomEvent, { type: "posted" }>;

export interface RoomOrderNeeds {
	readonly log: Pick<Logger, "warn">;
	tell(event: RoomEvent): void;
	/** `afterSequence < sequence <= throughSequence`, oldest first. */
	between(
		room: RoomId,
		afterSequence: number,
		throughSequence: number,
	): Promise<readonly Message[]>;
	/** The newest `count`, oldest first. */
	latest(room: RoomId, count: number): Promise<readonly Message[]>;
	/** What is missing may still be on its way for so long. */
	readonly waitMs: number;
}

export interface RoomOrder {
	put(event: RoomEvent): void;
	/** Rooms of which what is said is put in order; of others everything is told as it comes. */
	keep(room: RoomId): void;
	forget(room: RoomId): void;
	kept(): readonly RoomId[];
	/** The store has messages up to this one: resolves when they have been told. Never rejects. */
	stored(room: RoomId, through: number): Promise<void>;
	/** Resolves when nothing is read any more. */
	close(): Promise<void>;
}

interface Line {
	/** The newest that was told; undefined: nobody knows yet. */
	told: number | undefined;
	/** Up to here it is in the store. */
	through: number;
	readonly held: Map<number, Posted>;
	/** What was said of messages while some were held. */
	readonly behind: RoomEvent[];
	timer?: NodeJS.Timeout | undefined;
	reading?: Promise<void> | undefined;
}

const maxHeld = 1_000;
const readAtOnce = 100;

export function createRoomOrder(needs: RoomOrderNeeds): RoomOrder {
	const lines = new Map<RoomId, Line>();
	let closed = false;

	function posted(event: Posted): void {
		const { room, sequence } = event.message;
		const line = lines.get(room);
		if (line === undefined) {
			needs.tell(event);
			return;
		}
		line.told ??= sequence - 1;
		if (sequence <= line.told) return;
		line.through = Math.max(line.through, sequence);
		if (line.held.size < maxHeld) line.held.set(sequence, event);
		drain(line);
		if (line.through > line.told) readSoon(room, line);
	}

	function drain(line: Line): void {
		for (;;) {
			const next = (line.told ?? 0) + 1;
			const event = line.held.get(next);
			if (event === undefined) break;
			line.held.delete(next);
			line.told = next;
			needs.tell(event);
		}
		if (line.held.size > 0) return;
		for (const event of line.behind.splice(0)) needs.tell(event);
	}

	function readSoon(room: RoomId, line: Line): void {
		if (closed || line.reading !== undefined) return;
		if (lines.get(room) !== line) return;
		line.timer ??= setTimeout(() => {
			line.timer = undefined;
			void read(room, line);
		}, needs.waitMs);
	}

	function read(room: RoomId, line: Line): Promise<void> {
		clearTimeout(line.timer);
		line.timer = undefined;
		line.reading ??= readAll(room, line).finally(() => {
			line.reading = undefined;
			if (line.through > (line.told ?? 0)) readSoon(room, line);
		});
		return line.reading;
	}

	async function readAll(room: RoomId, line: Line): Promise<void> {
		while (!closed && lines.get(room) === line) {
			const told = line.told ?? 0;
			const [oldest = line.through + 1] = [...line.held.keys()].sort(
				(a, b) => a - b,
			);
			const until = Math.min(oldest - 1, told + readAtOnce);
			if (until <= told) return;
			const found = await needs
				.between(room, told, until)
				.catch((error: unknown) => {
					// A gap that stays is passed over: later messages must not wait for it.
					needs.log.warn({ err: error, room }, "missed messages not read");
					return [];
				});
			if (closed || lines.get(room) !== line) return;
			for (const message of found) tellRead(line, message);
			line.told = Math.max(line.told ?? 0, until);
			drain(line);
		}
	}

	/** Some may have come by themselves meanwhile. */
	function tellRead(line: Line, message: Message): void {
		if (message.sequence <= (line.told ?? 0)) return;
		line.told = message.sequence;
		line.held.delete(message.sequence);
		needs.tell({ type: "posted", message });
	}

	/** Who hears the room here may have missed the last of them. */
	async function begin(room: RoomId, line: Line): Promise<void> {
		const [newest] = await needs.latest(room, 1).catch(() => []);
		if (newest === undefined || closed || lines.get(room) !== line) return;
		posted({ type: "posted", message: newest });
	}

	return {
		put(event) {
			if (event.type === "posted") return posted(event);
			if (event.type === "deleted" || event.type === "replaced") {
				const line = lines.get(event.room);
				const waits = line !== undefined && line.held.size > 0;
				if (waits && line.behind.length < maxHeld) {
					line.behind.push(event);
					return;
				}
			}
			needs.tell(event);
		},
		keep(room) {
			if (lines.has(room)) return;
			lines.set(room, {
				told: undefined,
				through: 0,
				held: new Map(),
				behind: [],
			});
		},
		forget(room) {
			clearTimeout(lines.get(room)?.timer);
			lines.delete(room);
		},
		kept: () => [...lines.keys()],
		async stored(room, through) {
			const line = lines.get(room);
			if (line === undefined || through === 0) return;
			if (line.told === undefined) return begin(room, line);
			line.through = Math.max(line.through, through);
			if (line.through > line.told) await read(room, line);
		},
		async close() {
			closed = true;
			for (const { timer } of lines.values()) clearTimeout(timer);
			await Promise.all([...lines.values()].map(({ reading }) => reading));
		},
	};
}
