/** Rooms for ordinary SIP phones: what is written to them by SIP MESSAGE, and what they are sent. Why so: decision 0026. */
import type { Socket } from "node:net";
import type { Logger } from "pino";
import type { Load } from "../../load/index.ts";
import type { RoomEvent } from "../../rooms/events.ts";
import type { PhoneRooms, Rooms } from "../../rooms/index.ts";
import type { UserUri } from "../../rooms/types.ts";
import type { TurnedAway } from "../../turned-away.ts";
import type { IncomingRequest, Reply } from "../drachtio.ts";
import type { Identity } from "../identity.ts";
import type { Registrar } from "../registrar.ts";
import { addressOfRoom } from "../room-address.ts";
import type { SipServers } from "../sip-servers.ts";
import { createLines } from "./lines.ts";
import { createLoopGuard } from "./loop-guard.ts";
import { createRoomMessages } from "./room-messages.ts";
import { createSender, type LastSeen } from "./sending.ts";
import { verdictOn } from "./verdict.ts";

export { isOfOtherDomain, roomNamedBy } from "../room-address.ts";

export interface PhonesNeeds {
	readonly server: Pick<SipServers, "connections" | "request">;
	readonly identity: Identity;
	readonly registrar:
		| Pick<Registrar, "contactOf" | "serverOf" | "onRegistered">
		| undefined;
	readonly rooms: Rooms;
	readonly phoneRooms: PhoneRooms;
	readonly turnedAway: Pick<TurnedAway, "refused">;
	readonly load: Pick<Load, "refuses">;
	readonly log: Logger;
	readonly domain: string;
	readonly roster: number;
	readonly phones: { readonly proxy?: string | undefined };
}

export interface Phones {
	/** `address`: the alias or id of the room. */
	handle(
		request: IncomingRequest,
		reply: Reply,
		address: string,
	): Promise<void>;
	/** Is there to be a look because of this? */
	concerns(event: RoomEvent): boolean;
	/** Sends to all for whom there is something. Rejects when the store cannot be asked. */
	look(): Promise<void>;
	/** The control connection is gone. */
	lost(socket: Socket): void;
	/** Resolves when nothing is sent any more. */
	close(): Promise<void>;
}

const maxSeen = 50_000;

export function createPhones(needs: PhonesNeeds): Phones {
	const { domain } = needs;
	/** How each came last; those who have not come for longest are forgotten. */
	const lastSeen = new Map<UserUri, LastSeen>();
	const addressOf = (room: Parameters<typeof addressOfRoom>[0]) =>
		addressOfRoom(room, domain);
	const loopGuard = createLoopGuard({
		takesPart: needs.phoneRooms.isPhoneIn,
		now: () => performance.now(),
	});
	const sender = createSender({ ...needs, proxy: needs.phones.proxy });
	const lines = createLines({
		...needs,
		rooms: needs.phoneRooms,
		addressOf,
		giveUp: sender.giveUp,
		async send(parcel) {
			const seen = lastSeen.get(parcel.user);
			loopGuard.told(parcel.user);
			const answer = await sender.send(parcel, seen);
			if (answer.sent) loopGuard.told(parcel.user);
			// Where he was he is not any more: next time, where he has registered since.
			if (verdictOn(answer, 1) !== "taken" && seen?.peer === undefined) {
				lastSeen.delete(parcel.user);
			}
			return answer;
		},
	});
	needs.registrar?.onRegistered((user) => lines.there(user));
	const roomMessages = createRoomMessages({
		...needs,
		lines,
		loopGuard,
		addressOf,
		seen(user, request) {
			const { protocol, source_address, source_port, socket } = request;
			const peer = needs.identity.peerOf(request);
			lastSeen.delete(user);
			lastSeen.set(user, {
				protocol,
				source_address,
				source_port,
				socket,
				peer,
			});
			const [oldest] = lastSeen.keys();
			if (lastSeen.size > maxSeen && oldest !== undefined) {
				lastSeen.delete(oldest);
			}
		},
	});
	return {
		handle: roomMessages.handle,
		concerns(event) {
			if (!lines.concerns(event)) return false;
			if (event.type === "posted") {
				const { room, author } = event.message;
				loopGuard.said(room, author.uri);
			}
			return true;
		},
		look: lines.look,
		lost: sender.lost,
		close: lines.close,
	};
}
