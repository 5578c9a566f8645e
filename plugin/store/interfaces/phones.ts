/** Who takes part by SIP MESSAGE, how far each has been sent what was said, and which node sends to him. */
import type { RoomId, SessionId, UserUri } from "../../rooms/types.ts";
import type { Page } from "./page.ts";

/** A room in which somebody takes part by MESSAGE. */
export interface PhoneRoom {
	readonly room: RoomId;
	/** As it was when he joined. */
	readonly roomName: string;
	/** The newest message that he has been sent, or was not to be sent. */
	readonly sent: number;
	/** The newest message of the room; 0 when it is gone. */
	readonly lastSequence: number;
	/** False when he has been put out of it, and not been told. */
	readonly inside: boolean;
}

export interface PhoneReader {
	/** Rooms in which somebody takes part by MESSAGE, as many as `limit`. */
	rooms(limit: number): Promise<readonly RoomId[]>;
	/** Users for whom there may be something to send, and whom no node has claimed beyond this time; by URI. */
	due(at: Date, page: Page<UserUri>): Promise<readonly UserUri[]>;
	/** By id. */
	of(user: UserUri): Promise<readonly PhoneRoom[]>;
}

export interface PhoneWriter extends PhoneReader {
	/** Who is there already goes on from where he was. */
	add(
		user: UserUri,
		session: SessionId,
		room: {
			readonly id: RoomId;
			readonly name: string;
			readonly lastSequence: number;
		},
	): Promise<void>;
	remove(user: UserUri, room: RoomId): Promise<void>;
	/** Until then nobody else sends to him. False when another node does, or he takes part in nothing. */
	claim(user: UserUri, node: string, at: Date, until: Date): Promise<boolean>;
	/** What an earlier run of this node had claimed is free. */
	release(node: string): Promise<void>;
	/** He has had everything up to this message. */
	sent(user: UserUri, room: RoomId, sequence: number): Promise<void>;
	/** Nothing reaches him; since when that is so. */
	failing(user: UserUri, at: Date): Promise<Date>;
	/** He has answered. */
	reached(user: UserUri): Promise<void>;
}
