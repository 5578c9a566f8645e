/** What the page knows, and who is told when it changes. */
import type {
	ChatClient,
	Invitation,
	RoomInfo,
} from "../../../client/browser.ts";
import type { Drafts } from "./drafts.ts";
import type { Named } from "./mentions.ts";
import { createTimeline, type Timeline } from "./timeline.ts";

/** A message of ours on its way. */
export interface Outgoing {
	readonly id: number;
	readonly text: string;
	readonly alert: boolean;
	/** `waiting`: for the connection; `unsure`: it broke before the answer; `failed`: refused. */
	readonly stage: "sending" | "waiting" | "unsure" | "failed";
	readonly why?: string;
}

/** A file of ours on its way. */
export interface Upload {
	readonly id: number;
	readonly name: string;
	readonly bytes: number;
	/** How many of them have gone out. */
	readonly sent: number;
	/**
	 * `cut`: it goes on by itself; `whole`: all of it is there, and waits to be posted; `queued`: for those before it;
	 * `checking`: it is looked at, then told of; `failed`: it may be tried again; `refused`: that would change nothing.
	 */
	readonly stage:
		| "sending"
		| "cut"
		| "whole"
		| "queued"
		| "checking"
		| "failed"
		| "refused";
	readonly why?: string;
}

/** A room that is followed, joined or looked at. */
export interface RoomState {
	readonly uri: string;
	info: RoomInfo;
	followed: boolean;
	joined: boolean;
	unread: { count: number; addressed: number };
	readonly timeline: Timeline;
	/** The messages that the window begins with have been asked for. */
	loaded: boolean;
	/** A page of history is on its way. */
	loading: boolean;
	/** Why nothing can be read back. */
	unreadable?: string;
	/** Where reading stopped: the line "new" is drawn behind this number. */
	readUpTo?: number;
	/** The message that was jumped to. */
	sought?: number;
	draft: string;
	outgoing: readonly Outgoing[];
	uploads: readonly Upload[];
	/** Why one is not in it any more. */
	shownOut?: string;
}

export type Change =
	| "rooms"
	| "messages"
	| "people"
	| "uploads"
	| "feeds"
	| "connection"
	| "invitations";

export interface Toast {
	readonly text: string;
	readonly urgent: boolean;
	/** The room that it is about. */
	readonly room?: string;
}

export interface State {
	readonly chat: ChatClient;
	/** Oneself: the name comes with the first room that is entered. */
	me: Named;
	readonly rooms: Map<string, RoomState>;
	readonly drafts: Drafts;
	current: RoomState | undefined;
	connection: "connected" | "away" | "over";
	/** Why it is not connected. */
	why: string;
	invitations: readonly Invitation[];
	/** Calls `listener` after each such change. */
	on(change: Change, listener: () => void): void;
	changed(...changes: readonly Change[]): void;
	/** Short news, wherever one looks. */
	onToast(listener: (toast: Toast) => void): void;
	toast(toast: Toast): void;
	/** Takes the room into the list, or brings it up to date. */
	know(info: RoomInfo): RoomState;
}

export function createState(
	chat: ChatClient,
	me: Named,
	drafts: Drafts,
): State {
	const listeners = new Map<Change, (() => void)[]>();
	const toastListeners: ((toast: Toast) => void)[] = [];
	const rooms = new Map<string, RoomState>();
	return {
		chat,
		me,
		rooms,
		drafts,
		current: undefined,
		connection: "connected",
		why: "",
		invitations: [],
		on(change, listener) {
			listeners.set(change, [...(listeners.get(change) ?? []), listener]);
		},
		changed(...changes) {
			for (const change of changes) {
				for (const listener of listeners.get(change) ?? []) listener();
			}
		},
		onToast: (listener) => void toastListeners.push(listener),
		toast(toast) {
			for (const listener of toastListeners) listener(toast);
		},
		know(info) {
			const known = rooms.get(info.uri);
			if (known) {
				known.info = { ...known.info, ...info };
				return known;
			}
			const room = newRoom(info, drafts.read(info.uri));
			rooms.set(info.uri, room);
			return room;
		},
	};
}

function newRoom(info: RoomInfo, draft: string): RoomState {
	return {
		uri: info.uri,
		info,
		followed: false,
		joined: false,
		unread: { count: 0, addressed: 0 },
		timeline: createTimeline(),
		loaded: false,
		loading: false,
		draft,
		outgoing: [],
		uploads: [],
	};
}

/** Rooms of the list: by name; what is for one first is seen by its badge. */
export function listed(state: State): readonly RoomState[] {
	return [...state.rooms.values()]
		.filter((room) => room.followed || room.joined || room === state.current)
		.sort((a, b) => a.info.name.localeCompare(b.info.name));
}

/** May one bring files there? The reason when not. */
export function fileless(state: State, room: RoomState): string | undefined {
	return room.info.files === false
		? "No files can be posted in this room."
		: silenced(state, room);
}

/** May one post there? The reason when not. */
export function silenced(state: State, room: RoomState): string | undefined {
	if (room.shownOut !== undefined) return room.shownOut;
	if (room.info.disabled) return "This room is disabled: nobody can post.";
	const people = state.chat.joined.get(room.uri)?.people;
	const self = people?.get(state.me.uri.toLowerCase());
	if (room.info.auditorium && self?.presenter === false) {
		return "This is an auditorium: only its presenters post. You can read along.";
	}
	return undefined;
}
