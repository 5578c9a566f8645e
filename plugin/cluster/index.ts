/** The nodes of one pool: how events reach all of them, and what this node does while it does not hear the others. */
import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { RoomEvent } from "../rooms/events.ts";
import type { RoomId } from "../rooms/types.ts";
import type { Store } from "../store/index.ts";
import { SpanKind, traced, traceOf } from "../tracing.ts";
import {
	type CatchingUp,
	type CatchingUpNeeds,
	createCatchingUp,
} from "./catching-up.ts";
import { createExchange } from "./exchange.ts";
import type { FanOut } from "./fan-out.ts";
import { createInProcessFanOut } from "./in-process.ts";
import { createRoomOrder } from "./room-order.ts";

export interface Cluster {
	readonly fanOut: FanOut;
	/** Undefined where this node uses none. */
	redisConnected(): boolean | undefined;
	/** From now on what was missed is asked of the store. `rightsChanged`: another node says that somebody may have lost a right. */
	begin(of: Beginning): void;
	/** It could not be said for a while that this node lives. */
	late(): void;
}

interface Beginning extends Pick<CatchingUpNeeds, "here" | "takenOver"> {
	rightsChanged(): void;
}

export interface ClusterNeeds {
	/** Without it this node is alone. */
	readonly redis: string | undefined;
	readonly store: Store;
	readonly roster: number;
	readonly log: Logger;
}

/** What another node has told may come so much later than what was posted after it. */
const waitMs = 20;

export function openCluster(needs: ClusterNeeds): Cluster {
	const { redis } = needs;
	if (redis !== undefined) return openShared({ ...needs, redis });
	return {
		fanOut: createInProcessFanOut(),
		redisConnected: () => undefined,
		begin() {},
		late() {},
	};
}

function openShared({
	redis,
	store,
	roster,
	log,
}: ClusterNeeds & { readonly redis: string }): Cluster {
	const inner = createInProcessFanOut();
	const hearers = new Map<RoomId, number>();
	let catchingUp: CatchingUp | undefined;
	let rightsChanged = () => {};

	function tell(event: RoomEvent): void {
		// A listener that throws is a fault of ours: it must not end the connection to Redis.
		inner.publish(event).catch((error: unknown) => {
			log.error({ err: error, type: event.type }, "event not told here");
		});
	}

	const order = createRoomOrder({
		log,
		tell,
		between: store.messages.between,
		latest: store.messages.latest,
		waitMs,
	});
	const exchange = createExchange({
		url: redis,
		pool: store.id,
		run: randomUUID(),
		log,
		heard(event, trace) {
			if (event.type === "narrowed" || event.type === "policy") rightsChanged();
			if (trace === undefined) return order.put(event);
			const parent = traceOf(trace);
			const attributes = { "event.type": event.type };
			const options = { kind: SpanKind.CONSUMER, parent, attributes };
			traced("heard", options, async () => order.put(event)).catch(
				(error: unknown) => log.error({ err: error }, "event not heard"),
			);
		},
		missed: (rooms) => catchingUp?.missed(rooms),
	});

	function hear(room: RoomId): () => void {
		const before = hearers.get(room) ?? 0;
		hearers.set(room, before + 1);
		if (before === 0) {
			order.keep(room);
			exchange.hear(room);
		}
		let hears = true;
		return () => {
			if (!hears) return;
			hears = false;
			const left = (hearers.get(room) ?? 1) - 1;
			if (left > 0) {
				hearers.set(room, left);
				return;
			}
			hearers.delete(room);
			order.forget(room);
			exchange.hearNoMore(room);
		};
	}

	return {
		fanOut: {
			async publish(event) {
				order.put(event);
				exchange.send(event);
			},
			subscribe: inner.subscribe,
			hear,
			async close() {
				await catchingUp?.close();
				await exchange.close();
				await order.close();
				await inner.close();
			},
		},
		redisConnected: exchange.connected,
		begin(of) {
			({ rightsChanged } = of);
			catchingUp ??= createCatchingUp({
				store,
				exchange,
				order,
				tell,
				subscribe: inner.subscribe,
				...of,
				roster,
				log,
			});
			catchingUp.missed("everything");
		},
		late: () => catchingUp?.late(),
	};
}
