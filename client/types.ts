/** What the client library gives to programs: rooms, people, messages. */

import type { ChatRefused } from "./errors.ts";

/** A room, as lists and joins describe it. */
export interface RoomInfo {
	/** `ma-chan://<domain>/<guid>`: names the room in every call; compared letter by letter. */
	readonly uri: string;
	readonly name: string;
	readonly description: string;
	/** Only presenters post. */
	readonly auditorium: boolean;
	readonly disabled: boolean;
	/** `ma-cat://…`, when the server said. */
	readonly category?: string;
	readonly privacy?: "open" | "closed" | "secret";
	/** How many are in it, when the server said. */
	readonly participantCount?: number;
	/** Too many are in it for a list: `people` is not kept up to date, `ChatClient.participants` asks. */
	readonly rosterHidden?: boolean;
	/** What was said can be read back and found, when the server said. */
	readonly history?: boolean;
	/** Files may be brought to it, when the server said. */
	readonly files?: boolean;
	/** A program shown beside the room. */
	readonly addIn?: { readonly name: string; readonly url: string };
	/** Names this state of the room, when the server said: see `RoomAdministration.change`. */
	readonly version?: string;
}

/** What may be said of a room when it is made or changed. */
export interface RoomFields {
	readonly name?: string;
	readonly description?: string;
	/** `ma-cat://…`: another one moves the room. */
	readonly category?: string;
	readonly privacy?: "open" | "closed" | "secret";
	readonly auditorium?: boolean;
	readonly disabled?: boolean;
	/** False: off, whatever the category says. */
	readonly invitations?: boolean;
	/** `null` takes it away. */
	readonly addIn?: { readonly name: string; readonly url: string } | null;
}

/** URIs of principals: `sip:…`, `domain:…`, `ma-grp:…`. */
export interface RoleLists {
	readonly members: readonly string[];
	readonly managers: readonly string[];
	readonly presenters: readonly string[];
}

/** To whom a role can be given. */
export interface Principal {
	/** `sip:…`, `domain:…`, `ma-grp:…`. */
	readonly uri: string;
	readonly name: string;
	readonly kind: "user" | "domain" | "group";
}

/** A room with its roles, for those who manage it. */
export interface RoomDetails {
	readonly info: RoomInfo;
	readonly roles?: {
		readonly members: readonly Principal[];
		readonly managers: readonly Principal[];
		readonly presenters: readonly Principal[];
	};
}

/** A category where one may make rooms. */
export interface CategoryInfo {
	/** `ma-cat://…` */
	readonly uri: string;
	readonly name: string;
	readonly description: string;
}

export interface Found {
	readonly principals: readonly Principal[];
	/** There are more than these. */
	readonly more: boolean;
}

/** A room that one follows. */
export interface FollowedRoom extends RoomInfo {
	/** What there is since one was last there; absent while one is in the room, and where one may not read back. */
	readonly unread?: {
		/** Messages; the service counts to 500. */
		readonly count: number;
		/** Those of them that are alerts or name one. */
		readonly addressed: number;
	};
}

/** Somebody in a room. */
export interface Person {
	/** `sip:user@domain`. */
	readonly uri: string;
	readonly name: string;
	readonly manager: boolean;
	readonly presenter: boolean;
}

export interface ChatMessage {
	/** The room's URI. */
	readonly room: string;
	/** The server's number of the message in its room (`chatId`): 1, 2, 3 … Absent where a server gives none. */
	readonly sequence?: number;
	readonly author: { readonly uri: string; readonly name: string };
	/** Plain text as its author sent it: any character that XML allows, line ends as LF. Make it harmless before showing it. */
	readonly text: string;
	/** High importance. */
	readonly alert: boolean;
	/** When the server received it. */
	readonly at: Date;
}

/** Messages by their `sequence`: from `first` to `last`, as far as there are any. */
export interface NumberRun {
	readonly first: number;
	readonly last: number;
}

/** Which messages of a room, seen from the one with this number. */
export interface MessagesBeside {
	readonly side: "before" | "around" | "after";
	readonly sequence: number;
	readonly count: number;
}

/** What messages are to be like; what is not named does not matter. */
export interface MessageSearch {
	readonly words: string;
	/** `all` of the words (default), `any` of them, or just so, as one `phrase`. */
	readonly match?: "all" | "any" | "phrase";
	readonly matchCase?: boolean;
	/** By one of these URIs. */
	readonly authors?: readonly string[];
	readonly from?: Date;
	readonly to?: Date;
	/** By URI; default: the rooms that one is a member of. */
	readonly rooms?: readonly string[];
	/** Of each room, the newest; default 25. */
	readonly count?: number;
}

export interface FoundMessages {
	/** Room by room, oldest first. */
	readonly messages: readonly ChatMessage[];
	/** There are, or may be, more than these. */
	readonly more: boolean;
}

export interface Invitation {
	/** Give the highest id seen to `invitations` to get only newer ones. */
	readonly id: string;
	readonly room: RoomInfo;
	readonly at?: Date;
}

/** What the service says of itself at sign-in. */
export interface ServiceInfo {
	/** UTF-8 bytes that the text of one message may have. */
	readonly messageBytes?: number;
	/** The most results of any query. */
	readonly searchLimit?: number;
	readonly displayName?: string;
	/** Where rooms are managed in a browser. */
	readonly roomManagementUrl?: string;
}

/** Signs the user in at the service's web pages, once. */
export interface WebLink {
	/** A secret: whoever opens it first is signed in. */
	readonly url: string;
	readonly expiresAt: Date;
}

/** A user's stored settings under one label. */
export interface Preference {
	readonly label: string;
	/** Goes up with every change. */
	readonly sequence: number;
	/** Absent when the server has nothing newer than what was asked for. */
	readonly content?: string;
}

/** A room that this client is in; kept up to date. */
export interface Room {
	readonly info: RoomInfo;
	/** By URI in lower case. Not true while `info.rosterHidden`. */
	readonly people: ReadonlyMap<string, Person>;
}

/** Some of those who are in a room, by URI. */
export interface ParticipantPage {
	readonly people: readonly Person[];
	/** How many are in the room. */
	readonly count: number;
	/** There are others after the last of these. */
	readonly more: boolean;
}

/** A post that the service has taken. */
export interface PostReceipt {
	/**
	 * The message as everybody in the room gets it. Rejects with `ChatTimeout` or `ChatDisconnected` when the copy to its
	 * author does not come, with `ChatRefused` when the service takes its 200 back (behind a SIP server that answers for it).
	 */
	echo(): Promise<ChatMessage>;
}

/** What `ChatClient` tells, by name of the event. */
export interface ChatEvents {
	/** A message of a joined room, one's own too; each once, oldest first, also across reconnections. */
	readonly message: ChatMessage;
	readonly joined: { readonly room: Room; readonly person: Person };
	readonly parted: { readonly room: Room; readonly person: Person };
	/** This client is not in the room any more, and it was not its own wish. */
	readonly kicked: { readonly room: Room; readonly why: string };
	readonly roomChanged: { readonly room: Room; readonly before: RoomInfo };
	/** Somebody in the room may do more or less than before; `before` is absent when he was not known to be there. */
	readonly permissionsChanged: {
		readonly room: Room;
		readonly person: Person;
		readonly before?: Person;
	};
	/** An administrator has deleted messages of the room: a program that shows them shows them no more. */
	readonly deleted: {
		readonly room: Room;
		readonly runs: readonly NumberRun[];
	};
	/** An administrator has put this text in the place of messages of the room. */
	readonly replaced: {
		readonly room: Room;
		readonly runs: readonly NumberRun[];
		readonly text: string;
	};
	readonly invitation: Invitation;
	/** There is something new in a room that one follows and is not in. Told to who has called `followed` or `follow`. */
	readonly newContent: FollowedRoom;
	/** A post was refused after its 200; see `PostReceipt`. */
	readonly postRefused: { readonly room: string; readonly error: ChatRefused };
	/** Messages after number `after` and before `before` may be missing: there were more than the service gives back. */
	readonly gap: {
		readonly room: Room;
		readonly after: number;
		readonly before: number;
	};
	/** `final`: it will not come back by itself. */
	readonly disconnected: { readonly why: string; readonly final: boolean };
	/** Signed in again, in the same rooms (but for those `kicked` told of), with what was missed already told. */
	readonly reconnected: { readonly rooms: readonly Room[] };
	/** Something came that could not be read; it was passed over. */
	readonly fault: Error;
}
