/** What is kept for one user: preferences, presence document, followed rooms, invitations. */
import type {
	Holder,
	Invitation,
	Publication,
	PublicationKey,
	RoomId,
	UserUri,
} from "../../rooms/types.ts";

export interface Preference {
	readonly label: string;
	/** Goes up with every change. */
	readonly version: number;
	/** Opaque. */
	readonly content: string;
}

export interface PreferenceReader {
	find(user: UserUri, label: string): Promise<Preference | undefined>;
}

export interface PreferenceWriter extends PreferenceReader {
	/** Throws `conflict` unless `version` is greater than the one kept, `too-large` for one label too many. */
	put(user: UserUri, preference: Preference): Promise<void>;
}

export interface PresenceReader {
	/** What has not ended at this time, by container, name and instance. */
	all(user: UserUri, at: Date): Promise<readonly Publication[]>;
	/** Those of them that there are. */
	named(
		user: UserUri,
		keys: readonly PublicationKey[],
		at: Date,
	): Promise<readonly Publication[]>;
}

/** A publication without what is in it. */
export interface PublicationEntry extends PublicationKey {
	readonly version: number;
	/** Of its data, in UTF-8. */
	readonly bytes: number;
}

export interface PresenceWriter extends PresenceReader {
	/**
	 * What is in the user's document, locked until the transaction ends; what has ended is gone from it. The methods below
	 * need it locked.
	 */
	lock(user: UserUri, at: Date): Promise<readonly PublicationEntry[]>;
	/** How many transactions have changed the document, this one among them if it has: 0 before the first. */
	revision(user: UserUri): Promise<number>;
	/** In place of the one with its key. */
	put(user: UserUri, publication: Publication): Promise<void>;
	remove(user: UserUri, key: PublicationKey): Promise<void>;
}

export interface FollowingReader {
	/** By id. */
	roomsOf(user: UserUri): Promise<readonly RoomId[]>;
	/** Those of the users who follow the room, with the newest message when each left it, or began to follow it. */
	among(
		room: RoomId,
		users: readonly UserUri[],
	): Promise<ReadonlyMap<UserUri, number>>;
}

export interface FollowingWriter extends FollowingReader {
	/** These and no others. What is new begins with the newest message of the room. */
	set(user: UserUri, rooms: readonly RoomId[]): Promise<void>;
}

export interface InvitationsAsked {
	/** Of this room only. */
	readonly room?: RoomId | undefined;
	readonly limit: number;
}

/** Somebody is a member, and has not been told of it. */
export interface DueInvitation {
	readonly room: RoomId;
	readonly grantedAt: Date;
	/** Who made him one. */
	readonly grantedBy: string;
}

/** Only of rooms that invite now, where the holder is a member and in scope. */
export interface InvitationReader {
	/** The oldest first; not of rooms that he has made, or made himself a member of. */
	due(
		user: UserUri,
		holder: Holder,
		asked: InvitationsAsked,
	): Promise<readonly DueInvitation[]>;
	/** Those made with a greater serial, by serial. */
	after(
		user: UserUri,
		holder: Holder,
		serial: number,
		asked: InvitationsAsked,
	): Promise<readonly Invitation[]>;
}

export interface InvitationWriter extends InvitationReader {
	/** Makes those that are due, with the user's next serials; one that he had of the room gives way. */
	make(
		user: UserUri,
		holder: Holder,
		asked: InvitationsAsked,
		at: Date,
	): Promise<readonly DueInvitation[]>;
}
