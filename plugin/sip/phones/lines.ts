/**
 * What waits for people who take part by SIP MESSAGE, sent one at a time to each: first what they asked for, then what is said
 * in their rooms, as the store has it.
 *
 * A line is *idle* (and forgotten), *sending*, or *waiting* because its user could not be reached just now. What is said in
 * rooms is never queued here: how far he has come is kept, and the next is read when the one before was answered.
 */
import type { Logger } from "pino";
import type { RoomEvent } from "../../rooms/events.ts";
import type { PhoneNews, PhoneRooms } from "../../rooms/index.ts";
import type { RoomId, UserUri } from "../../rooms/types.ts";
import { createGate } from "../gate.ts";
import type { Answered, Parcel } from "./sending.ts";
import { splitText } from "./split-text.ts";
import { verdictOn } from "./verdict.ts";
import { textOfNews } from "./wording.ts";

export interface Line {
	/** Of the room that it comes from. */
	readonly from: Parcel["from"];
	readonly type: string;
	readonly body: string;
}

export interface Lines {
	/** Sent to him after what waits already, be it as much as it may. False when too much does. */
	put(user: UserUri, lines: readonly Line[]): boolean;
	/** Does too much wait for him? */
	isFull(user: UserUri): boolean;
	/** He is there now: what waits because he could not be reached goes out. */
	there(user: UserUri): void;
	/** Somebody takes part in this room by MESSAGE from now on. */
	joined(room: RoomId): void;
	/** Is there to be a look because of this? */
	concerns(event: RoomEvent): boolean;
	/** Sends to all for whom there is something. Rejects when the store cannot be asked. */
	look(): Promise<void>;
	/** Resolves when nothing is sent any more. */
	close(): Promise<void>;
}

export interface LinesNeeds {
	readonly rooms: PhoneRooms;
	readonly log: Logger;
	/** Of the room with this id or alias. */
	addressOf(room: {
		readonly id: RoomId;
		readonly alias?: string | undefined;
	}): string;
	/** Never rejects. */
	send(parcel: Parcel): Promise<Answered>;
	/** Nothing that is out is waited for any more. */
	giveUp(): void;
}

export const textType = "text/plain;charset=UTF-8";
/** What somebody asked for and was not sent yet; the last answer may go beyond it. */
const maxLines = 200;
/** Longer than any MESSAGE takes to be answered or given up. */
const claimMs = 120_000;
/** Who cannot be reached for so long takes part no more. */
const goneMs = 24 * 60 * 60 * 1000;
/** How long what is under way may take when the service stops. */
const closeMs = 2_000;
const usersAtOnce = 200;
/** Lines that ask the store, and MESSAGEs that are out, at the same time. */
const asksAtOnce = 10;
const sendsAtOnce = 200;
/** Which rooms have phones in them is read no more often. */
const roomsEveryMs = 4_000;

interface Waiting {
	readonly lines: Line[];
	failures: number;
	notBefore: number;
	work: Promise<void> | undefined;
	/** There may be more than it has seen. */
	again: boolean;
}

export function createLines(needs: LinesNeeds): Lines {
	const { rooms, log } = needs;
	const waiting = new Map<UserUri, Waiting>();
	const asking = createGate(asksAtOnce);
	const sending = createGate(sendsAtOnce);
	let closed = false;
	let inRooms: ReadonlySet<RoomId> = new Set();
	const joinedHere = new Set<RoomId>();
	let roomsReadAt = Number.NEGATIVE_INFINITY;
	/** Goes up with whatever may be something to send. */
	let news = 0;

	function lineOf(user: UserUri): Waiting {
		const found = waiting.get(user) ?? {
			lines: [],
			failures: 0,
			notBefore: 0,
			work: undefined,
			again: false,
		};
		waiting.set(user, found);
		return found;
	}

	function start(user: UserUri): void {
		if (closed) return;
		const line = lineOf(user);
		if (line.work !== undefined) {
			line.again = true;
			return;
		}
		line.again = false;
		line.work = run(user, line)
			.catch((error: unknown) => {
				log.error({ err: error, user }, "phone not sent to; again soon");
			})
			.finally(() => {
				line.work = undefined;
				const isIdle = line.lines.length === 0 && line.failures === 0;
				if (line.again || line.lines.length > 0) start(user);
				else if (isIdle) waiting.delete(user);
			});
	}

	async function readRooms(): Promise<void> {
		const before = [...joinedHere];
		roomsReadAt = performance.now();
		inRooms = new Set(await rooms.phoneRooms());
		for (const room of before) joinedHere.delete(room);
	}

	async function run(user: UserUri, line: Waiting): Promise<void> {
		while (!closed) {
			const [asked] = line.lines;
			if (asked !== undefined) {
				await sendAsked(user, asked);
				line.lines.shift();
				continue;
			}
			if (performance.now() < line.notBefore) return;
			const seen = news;
			const next = await asking(() => claimed(user));
			// Nothing that could not be sent to him is left, or another node has it.
			if (typeof next !== "object") line.failures = 0;
			if (next === "another's") return;
			if (next !== undefined) await sendNews(user, line, next);
			else {
				await rooms.claimPhone(user, 0);
				if (seen === news) return;
			}
		}
	}

	async function claimed(
		user: UserUri,
	): Promise<PhoneNews | "another's" | undefined> {
		const isMine = await rooms.claimPhone(user, claimMs);
		return isMine ? rooms.nextForPhone(user) : "another's";
	}

	const send = (parcel: Parcel) => sending(() => needs.send(parcel));

	/** Told once: who asks again is answered again. */
	async function sendAsked(user: UserUri, line: Line): Promise<void> {
		const { status, callId } = await send({ user, ...line });
		if (status >= 300)
			log.info({ user, status, callId }, "answer to a phone not taken");
	}

	async function sendNews(
		user: UserUri,
		line: Waiting,
		next: PhoneNews,
	): Promise<void> {
		const from = { name: next.room.name, uri: needs.addressOf(next.room) };
		for (const body of splitText(textOfNews(next))) {
			const parcel = { user, from, type: textType, body };
			const answer = await send(parcel);
			if (closed && answer.status >= 300) return;
			const verdict = verdictOn(answer, line.failures + 1);
			if (verdict === "gone") return giveUp(user, line, answer);
			if (verdict === "refused") {
				const { status, callId } = answer;
				log.info(
					{ user, room: next.room.id, status, callId },
					"phone refused a message; passed over",
				);
				break;
			}
			if (verdict !== "taken") return later(user, line, answer, verdict.waitMs);
		}
		line.failures = 0;
		await rooms.phoneHad(user, next);
	}

	async function later(
		user: UserUri,
		line: Waiting,
		answer: Answered,
		waitMs: number,
	): Promise<void> {
		const { status, sent, callId } = answer;
		const forMs = await rooms.phoneFailed(user);
		if (forMs >= goneMs) return giveUp(user, line, answer);
		line.failures += 1;
		line.notBefore = performance.now() + waitMs;
		log.info(
			{ user, status, waitMs, callId },
			"phone not reached; again later",
		);
		// No other node tries meanwhile, unless this one does not know where he is.
		await rooms.claimPhone(user, sent ? waitMs : 0);
	}

	async function giveUp(
		user: UserUri,
		line: Waiting,
		{ status, callId }: Answered,
	): Promise<void> {
		log.warn({ user, status, callId }, "phone given up; its user is parted");
		line.failures = 0;
		await rooms.endPhone(user);
	}

	return {
		put(user, lines) {
			const line = lineOf(user);
			if (closed || line.lines.length >= maxLines) return false;
			line.lines.push(...lines);
			start(user);
			return true;
		},
		isFull: (user) => (waiting.get(user)?.lines.length ?? 0) >= maxLines,
		there(user) {
			const line = waiting.get(user);
			if (line === undefined || line.failures === 0) return;
			line.notBefore = 0;
			start(user);
		},
		joined: (room) => joinedHere.add(room),
		concerns(event) {
			const room =
				event.type === "posted"
					? event.message.room
					: event.type === "kicked"
						? event.room
						: undefined;
			if (room === undefined) return false;
			if (!inRooms.has(room) && !joinedHere.has(room)) return false;
			news += 1;
			return true;
		},
		async look() {
			if (performance.now() >= roomsReadAt + roomsEveryMs) await readRooms();
			for (let after: UserUri | undefined; !closed; ) {
				const page = { after, limit: usersAtOnce };
				const due = await rooms.duePhones(page);
				for (const user of due) start(user);
				after = due.at(-1);
				if (due.length < usersAtOnce) break;
			}
			for (const [user, { failures }] of waiting) if (failures > 0) start(user);
		},
		async close() {
			closed = true;
			const timer = setTimeout(needs.giveUp, closeMs);
			await Promise.all([...waiting.values()].map(({ work }) => work));
			clearTimeout(timer);
			await rooms.releasePhones().catch((error: unknown) => {
				log.warn({ err: error }, "claims on phones not given back");
			});
		},
	};
}
