/** SUBSCRIBE `conference` to a room's address (RFC 4575): who may, how many, for how long; and which events are for whom. */
import type { Socket } from "node:net";
import type { Logger } from "pino";
import type { RoomEvent } from "../../rooms/events.ts";
import type { Rooms } from "../../rooms/index.ts";
import type { Actor, Room, RoomId, User, UserUri } from "../../rooms/types.ts";
import type { DialogGuard } from "../dialog-guard.ts";
import type { Dismissal } from "../dismissal.ts";
import type { DrachtioServer, IncomingRequest, Reply } from "../drachtio.ts";
import { createGate } from "../gate.ts";
import { actorOf, type Identity } from "../identity.ts";
import { refuse } from "../refusal.ts";
import { addressOfRoom } from "../room-address.ts";
import type { SipServers } from "../sip-servers.ts";
import { forget, secondsOf, unfit } from "../subscribing.ts";
import { createUnderWay } from "../under-way.ts";
import {
	type ConferenceSubscription,
	createConferenceSubscription,
} from "./subscription.ts";

export const conferenceEvent = "conference";

export interface ConferencesNeeds {
	readonly server: Pick<SipServers, "removeDialog">;
	readonly createUAS: DrachtioServer["createUAS"];
	readonly identity: Identity;
	readonly guard: DialogGuard;
	readonly rooms: Pick<Rooms, "roomAt" | "participants">;
	readonly dismissal: Pick<Dismissal, "generation" | "dismiss">;
	readonly log: Logger;
	readonly domain: string;
	/** With more people in it than this a room lists nobody. */
	readonly roster: number;
	readonly phones: {
		/** A subscriber is told of one room no more often. */
		readonly rosterEveryMs: number;
	};
}

export interface Conferences {
	/** `address`: the alias or id of the room. */
	handle(
		request: IncomingRequest,
		reply: Reply,
		address: string,
	): Promise<void>;
	deliver(event: RoomEvent): void;
	/** Who has any here. */
	users(): readonly UserUri[];
	/** He may not use persistent chat any more. */
	endOf(user: UserUri): void;
	/** The control connection is gone, and these dialogs with it. */
	lost(socket: Socket): void;
	/** From now on nobody is let in; who is there is told that it is over. */
	close(): void;
}

const maxOfUser = 100;
const maxOfAll = 20_000;
/** A change of policy makes everybody look. */
const readsAtOnce = 20;

export function createConferences(needs: ConferencesNeeds): Conferences {
	const byUser = new Map<UserUri, Set<ConferenceSubscription>>();
	const byRoom = new Map<RoomId, Set<ConferenceSubscription>>();
	const underWay = createUnderWay(needs.dismissal);
	const gate = createGate(readsAtOnce);
	let count = 0;
	let closing = false;

	/** The user who has been let in. */
	async function answer(
		request: IncomingRequest,
		reply: Reply,
		address: string,
	): Promise<User | undefined> {
		const user = await needs.identity.identify(request, reply);
		if (user === undefined) return undefined;
		if (!user.enabled) {
			reply.send(403, "Not enabled for persistent chat");
			return undefined;
		}
		const seconds = secondsOf(request, reply);
		if (seconds === undefined) return undefined;
		const actor = actorOf(user);
		let room: Room;
		try {
			room = await needs.rooms.roomAt(actor, address);
			await needs.rooms.participants(actor, room.id, { limit: 1 });
		} catch (error) {
			refuse(error, reply);
			return undefined;
		}
		const mine = (byUser.get(user.uri)?.size ?? 0) + underWay.of(user.uri);
		if (mine >= maxOfUser || count >= maxOfAll) {
			reply.send(503, "Too many subscriptions", {
				headers: { "Retry-After": "60" },
			});
			return undefined;
		}
		await underWay.count(user.uri, () =>
			open(request, reply, { actor, room, seconds }),
		);
		return user;
	}

	async function open(
		request: IncomingRequest,
		reply: Reply,
		{
			actor,
			room,
			seconds,
		}: {
			readonly actor: Actor;
			readonly room: Room;
			readonly seconds: number;
		},
	): Promise<void> {
		const { server, domain, phones } = needs;
		const dialog = await needs.createUAS(request, reply, {
			headers: { Expires: String(seconds) },
		});
		const subscription = createConferenceSubscription({
			...needs,
			dialog,
			actor,
			room: room.id,
			address: addressOfRoom(room, domain),
			event: request.get("Event") ?? conferenceEvent,
			seconds,
			gate,
			everyMs: phones.rosterEveryMs,
			secondsOf,
			onEnd() {
				count -= 1;
				remove(byUser, actor.uri, subscription);
				remove(byRoom, room.id, subscription);
				forget(server, dialog);
			},
		});
		needs.guard.watch(dialog, request, actor.uri);
		count += 1;
		add(byUser, actor.uri, subscription);
		add(byRoom, room.id, subscription);
	}

	function* all(): Iterable<ConferenceSubscription> {
		for (const mine of [...byUser.values()]) yield* [...mine];
	}

	function endAll(): void {
		for (const subscription of all()) subscription.end("deactivated");
	}

	return {
		async handle(request, reply, address) {
			if (closing) {
				reply.send(503, { headers: { "Retry-After": "5" } });
				return;
			}
			const fault = unfit(request);
			if (fault !== undefined) {
				reply.send(fault.status, fault.reason);
				return;
			}
			await underWay.admit(() => answer(request, reply, address));
			if (closing) endAll();
		},
		deliver(event) {
			const rooms = roomsOf(event);
			const concerned =
				rooms === "all"
					? [...all()]
					: rooms.flatMap((room) => [...(byRoom.get(room) ?? [])]);
			const atOnce = ["kicked", "narrowed"].includes(event.type);
			for (const subscription of concerned) subscription.changed(atOnce);
		},
		users: () => [...byUser.keys()],
		endOf(user) {
			for (const subscription of [...(byUser.get(user) ?? [])]) {
				subscription.end("rejected");
			}
		},
		lost(socket) {
			for (const subscription of all()) {
				if (subscription.dialog.socket === socket) subscription.lost();
			}
		},
		close() {
			closing = true;
			endAll();
		},
	};
}

/** Where there may be something to tell: others in it, another name, or somebody who may not know it any more. */
function roomsOf(event: RoomEvent): readonly RoomId[] | "all" {
	switch (event.type) {
		case "joined":
			return event.rooms.map(({ room }) => room);
		case "parted":
		case "moved":
			return event.rooms;
		case "kicked":
		case "roster":
		case "rosterHidden":
			return [event.room];
		case "changed":
			return [event.summary.room.id];
		case "narrowed":
			return event.room === undefined ? "all" : [event.room];
		case "posted":
		case "standing":
		case "deleted":
		case "replaced":
		case "invited":
		case "presence":
		case "policy":
			return [];
		default:
			return event satisfies never;
	}
}

function add<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
	sets.set(key, (sets.get(key) ?? new Set()).add(value));
}

function remove<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
	const set = sets.get(key);
	set?.delete(value);
	if (set?.size === 0) sets.delete(key);
}
