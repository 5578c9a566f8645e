/**
 * What nodes tell each other, by Redis' publish and subscribe: a channel for each room that somebody on a node hears, and one for
 * what concerns every node. Nobody waits for it: what cannot be sent now is dropped, and the others are told that they have
 * missed something, who then ask the store; what they would not find there is sent later.
 */
import type { Logger } from "pino";
import type { RoomEvent } from "../rooms/events.ts";
import type { RoomId } from "../rooms/types.ts";
import { tracedNow, traceParent } from "../tracing.ts";
import { createChannels } from "./channels.ts";
import {
	beginOf,
	decodePayload,
	encodeEvent,
	encodeMissed,
} from "./event-format.ts";
import { createHeldBack, isHeldBack } from "./held-back.ts";
import { connectRedis, seldom, withoutCommand } from "./redis.ts";

export interface ExchangeNeeds {
	readonly url: string;
	/** The pools of different databases may share a Redis. */
	readonly pool: string;
	/** Unique for each start of a node. */
	readonly run: string;
	readonly log: Pick<Logger, "warn" | "info">;
	/** From another node, which traces it as this. */
	heard(event: RoomEvent, trace: string | undefined): void;
	/** Something may have been missed of these rooms, or of everything. */
	missed(rooms: readonly RoomId[] | "everything"): void;
}

export interface Exchange {
	send(event: RoomEvent): void;
	/** What is said in these rooms is heard; `missed` is called with them when that begins. */
	hear(room: RoomId): void;
	hearNoMore(room: RoomId): void;
	/** Is Redis there, and answers? */
	connected(): boolean;
	/** Says something that only this node hears: whether both of its connections lead to a Redis that passes things on. */
	probe(): void;
	close(): Promise<void>;
}

const most = { waiting: 10_000, characters: 16_000_000 };
/** Longer without an answer: it is away. */
const answerMs = 1_500;
/** … and looked for anew, at another server if there are several. */
const giveUpMs = 4_000;

/** What cannot be answered fails, and what was under way when a connection ended too: without the last, it would be forgotten, and waited for for ever. */
const atOnce = {
	enableOfflineQueue: false,
	autoResendUnfulfilledCommands: false,
	maxRetriesPerRequest: 0,
};

export function createExchange(needs: ExchangeNeeds): Exchange {
	const { url, pool, run, log } = needs;
	const common = `persistent-chat:${pool}:all`;
	const ownChannel = `persistent-chat:${pool}:run:${run}`;
	const roomPrefix = `persistent-chat:${pool}:room:`;
	const failed = (error: Error) =>
		log.warn({ err: error }, "no Redis between the nodes");
	const strange = seldom((error) =>
		log.warn({ err: error }, "not understood, from another node"),
	);
	const outward = connectRedis(url, failed, atOnce);
	const inward = connectRedis(url, failed, {
		...atOnce,
		autoResubscribe: false,
	});
	const waiting = { count: 0, characters: 0, since: 0 };
	/** Something was dropped of which the others do not know. */
	let dropped = false;
	let closed = false;
	/** Said to ourselves, and heard of it. */
	const echo = { said: 0, saidAt: 0, heard: 0 };
	const heldBack = createHeldBack((payload) => publish(common, payload, true));

	async function ask(
		work: () => Promise<unknown>,
		characters: number,
		lost: () => void = () => {},
	) {
		if (waiting.count === 0) waiting.since = performance.now();
		waiting.count += 1;
		waiting.characters += characters;
		let isTaken = false;
		try {
			await work();
			isTaken = true;
		} catch {
			dropped = true;
			lost();
		}
		waiting.count -= 1;
		waiting.characters -= characters;
		if (isTaken) {
			waiting.since = performance.now();
			// Not after a failure: while a connection ends each attempt fails on the spot, and nobody else would have his turn.
			if (waiting.count === 0) admit();
		}
	}

	function isFull(): boolean {
		return (
			waiting.count >= most.waiting || waiting.characters >= most.characters
		);
	}

	function publish(channel: string, payload: string, lasts = false): void {
		const lost = () => {
			if (lasts) heldBack.hold(payload);
		};
		if (outward.status !== "ready" || isFull()) {
			dropped = true;
			lost();
			return;
		}
		void ask(() => outward.publish(channel, payload), payload.length, lost);
	}

	/** As soon as others can hear it. */
	function admit(): void {
		if (!dropped || closed || outward.status !== "ready") return;
		dropped = false;
		publish(common, encodeMissed(run));
		heldBack.release();
	}

	function unheardMs(): number {
		return echo.heard === echo.said ? 0 : performance.now() - echo.saidAt;
	}

	for (const each of [outward, inward]) {
		each.on("ready", () => {
			echo.heard = echo.said;
		});
	}
	outward.on("ready", admit);

	const rooms = createChannels({
		redis: inward,
		always: [common, ownChannel],
		channelOf: (room) => `${roomPrefix}${room}`,
		began: needs.missed,
		failed: (error) => strange(withoutCommand(error)),
	});
	const own = beginOf(run);
	inward.on("message", (channel: string, payload: string) => {
		if (channel === ownChannel) echo.heard = Number(payload);
		if (closed || channel === ownChannel || payload.startsWith(own)) return;
		try {
			const found = decodePayload(payload);
			if (found?.kind === "event") needs.heard(found.event, found.trace);
			else if (found?.kind === "missed") needs.missed("everything");
		} catch {
			strange(new Error("An event is not as it should be."));
		}
	});

	return {
		send(event) {
			const payload = encodeEvent(run, event, traceParent(tracedNow()));
			const room = roomOf(event);
			const channel = room === undefined ? common : `${roomPrefix}${room}`;
			if (payload === undefined) dropped = true;
			else publish(channel, payload, isHeldBack(event));
			if (waiting.count === 0) admit();
		},
		hear: rooms.hear,
		hearNoMore: rooms.hearNoMore,
		connected: () =>
			outward.status === "ready" &&
			rooms.isHearing() &&
			unheardMs() < answerMs &&
			(waiting.count === 0 || performance.now() - waiting.since < answerMs),
		probe() {
			if (outward.status !== "ready" || !rooms.isHearing()) return;
			if (unheardMs() >= giveUpMs) {
				echo.heard = echo.said;
				for (const each of [outward, inward]) each.disconnect(true);
			} else if (echo.heard === echo.said) {
				echo.said += 1;
				echo.saidAt = performance.now();
				const word = String(echo.said);
				void ask(() => outward.publish(ownChannel, word), 0);
			}
		},
		async close() {
			closed = true;
			heldBack.close();
			rooms.close();
			outward.disconnect();
			inward.disconnect();
		},
	};
}

/** Of what is told to who hears this room alone; undefined: every node is told. */
function roomOf(event: RoomEvent): RoomId | undefined {
	if (event.type === "posted") return event.message.room;
	return event.type === "standing" ? event.room : undefined;
}
