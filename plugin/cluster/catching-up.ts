/**
 * What this node has not been told by others is asked of the store: every second while Redis is away, every few seconds while it
 * is there (who sends may be cut off alone), and when something is known to be missed, at once.
 */
import type { Logger } from "pino";
import { createTicker } from "../compliance/ticker.ts";
import type { RoomEvent } from "../rooms/events.ts";
import type { Participant, RoomId, UserUri } from "../rooms/types.ts";
import type { Store } from "../store/index.ts";
import type { Exchange } from "./exchange.ts";
import type { RoomOrder } from "./room-order.ts";

/** Who hears rooms here, and has been told so; the same objects while he does. */
export type Here = () => ReadonlyMap<RoomId, readonly Participant["user"][]>;

export interface CatchingUpNeeds {
	readonly store: {
		readonly rooms: Pick<Store["rooms"], "lastSequences" | "summary">;
		readonly participants: Pick<Store["participants"], "among" | "inRoom">;
		readonly messages: Pick<Store["messages"], "between">;
		readonly rights: Store["rights"];
	};
	readonly exchange: Pick<Exchange, "connected" | "probe">;
	readonly order: Pick<RoomOrder, "kept" | "stored">;
	/** To the listeners of this node alone. */
	tell(event: RoomEvent): void;
	/** Called with everything that is told here. */
	subscribe(listener: (event: RoomEvent) => void): () => void;
	readonly here: Here;
	/** Another node has parted these for this one: it was taken for dead. */
	takenOver(users: readonly UserUri[]): void;
	/** With more participants than this a roster is hidden. */
	readonly roster: number;
	readonly log: Pick<Logger, "info" | "warn">;
	readonly everyMs?: number;
}

export interface CatchingUp {
	missed(rooms: readonly RoomId[] | "everything"): void;
	/** This node may have been taken for dead: who is out of his rooms is so for that. */
	late(): void;
	/** Resolves when nothing is asked any more. */
	close(): Promise<void>;
}

/** While Redis is there, what was said is asked for at each so many looks. */
const seldom = 5;
const roomsAtOnce = 500;
/** The list of a room with fewer than this part of the limit is shown for certain. */
const shownBelow = 0.8;
const maxLooks = 3;
/** Of the newest messages it is seen whether they have been deleted or replaced. */
const looksBack = 100;

export function createCatchingUp(needs: CatchingUpNeeds): CatchingUp {
	const { store, exchange, order, tell, log } = needs;
	const due = new Set<RoomId>();
	let everything = false;
	let looks = 0;
	let away = false;
	let generation: number | undefined;
	/** Who was not in his room any more at the last look: he may just be leaving it. */
	let suspects = new Set<string>();
	let wasLate = false;
	let closed = false;

	async function look(): Promise<number> {
		exchange.probe();
		looks += 1;
		noteAway(!exchange.connected());
		const all = everything;
		const some = [...due];
		due.clear();
		everything = false;
		try {
			if (all || away || looks % seldom === 0) await askSaid(order.kept());
			else if (some.length > 0) await askSaid(some);
			if (all) await lookAtEverything();
			else if (away || suspects.size > 0) await lookAtRights();
		} catch (error) {
			if (all) everything = true;
			for (const room of some) due.add(room);
			throw error;
		}
		return needs.everyMs ?? 1_000;
	}

	function noteAway(now: boolean): void {
		if (now !== away) {
			log.info(
				{ away: now },
				now
					? "other nodes are not heard: the store is asked"
					: "other nodes are heard",
			);
		}
		away = now;
	}

	async function askSaid(rooms: readonly RoomId[]): Promise<void> {
		for (let start = 0; start < rooms.length; start += roomsAtOnce) {
			const some = rooms.slice(start, start + roomsAtOnce);
			const found = await store.rooms.lastSequences(some);
			for (const [room, sequence] of found) await order.stored(room, sequence);
			if (closed) return;
		}
	}

	/** While nobody tells. */
	async function lookAtRights(): Promise<void> {
		const found = await store.rights.generation();
		const isNew = generation !== undefined && found !== generation;
		generation = found;
		if (isNew) tellRights();
		if (isNew || suspects.size > 0) await putOut();
	}

	function tellRights(): void {
		tell({ type: "narrowed" });
		tell({ type: "policy" });
	}

	async function lookAtEverything(): Promise<void> {
		generation = await store.rights.generation();
		tellRights();
		await putOut();
		for (const [room, users] of needs.here()) {
			if (closed) return;
			if (users.length > 0) await lookAtRoom(room);
		}
	}

	/** Who has been put out elsewhere hears nothing more: found twice, for he may be leaving by himself. */
	async function putOut(): Promise<void> {
		const found = new Set<string>();
		for (const [room, users] of needs.here()) {
			if (closed) return;
			const uris = users.map(({ uri }) => uri);
			const inside = await store.participants.among(room, uris);
			const gone = users.filter(({ uri }) => !inside.has(uri));
			const out = gone.filter(({ uri }) => suspects.has(`${room} ${uri}`));
			for (const { uri } of gone) found.add(`${room} ${uri}`);
			if (out.length === 0) continue;
			if (wasLate) {
				needs.takenOver(out.map(({ uri }) => uri));
				continue;
			}
			tell({
				type: "kicked",
				room,
				why: "not a member any more",
				users: out,
				rosterHidden: true,
			});
		}
		suspects = found;
		if (found.size === 0) wasLate = false;
	}

	async function lookAtRoom(room: RoomId): Promise<void> {
		const summary = await store.rooms.summary(room);
		if (summary === undefined || closed) return;
		tell({ type: "changed", summary });
		await lookAtMessages(room, summary.room.lastSequence);
		if (summary.participantCount > needs.roster) {
			tell({ type: "rosterHidden", room });
		} else if (summary.participantCount < shownBelow * needs.roster) {
			await listAnew(room, summary.room.type);
		}
	}

	/** Whether they were deleted lately nobody knows; to be told so twice does no harm. */
	async function lookAtMessages(room: RoomId, newest: number): Promise<void> {
		const before = Math.max(0, newest - looksBack);
		const found = await store.messages.between(room, before, newest);
		if (closed) return;
		const there = new Set(found.map(({ sequence }) => sequence));
		const sequences: number[] = [];
		for (let each = before + 1; each <= newest; each += 1) {
			if (!there.has(each)) sequences.push(each);
		}
		if (sequences.length > 0) tell({ type: "deleted", room, sequences });
		for (const { replaced, sequence, text } of found) {
			if (replaced === undefined) continue;
			tell({ type: "replaced", room, sequences: [sequence], text });
		}
	}

	/** What is told of the room while its list is read would be undone by it. */
	async function listAnew(
		room: RoomId,
		roomType: "normal" | "auditorium",
	): Promise<void> {
		for (let tries = 0; tries < maxLooks && !closed; tries += 1) {
			let moved = false;
			const stop = needs.subscribe((event) => {
				moved ||= /^(joined|parted|moved|kicked)$/.test(event.type);
			});
			try {
				const participants = await store.participants.inRoom(room, {
					limit: needs.roster,
				});
				if (moved || closed) continue;
				tell({ type: "roster", room, roomType, participants });
				return;
			} finally {
				stop();
			}
		}
	}

	const ticker = createTicker({
		work: look,
		failed(error) {
			log.warn({ err: error }, "what others told is not asked; again soon");
			return needs.everyMs ?? 1_000;
		},
	});

	return {
		missed(rooms) {
			if (rooms === "everything") everything = true;
			else for (const room of rooms) due.add(room);
			ticker.wake();
		},
		late() {
			wasLate = true;
			everything = true;
			ticker.wake();
		},
		async close() {
			closed = true;
			await ticker.close();
		},
	};
}
