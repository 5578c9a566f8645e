/** What the person at the terminal sees: the room written in, messages, notes and complaints. */
import type {
	ChatClient,
	ChatMessage,
	MessagesBeside,
	Room,
	RoomInfo,
} from "../index.ts";
import { harmless, harmlessLine } from "./harmless.ts";
import type { Screen } from "./screen.ts";
import { messageLines, peopleLine, type Style } from "./style.ts";
import { explain, Misuse } from "./wording.ts";

export interface Conversation {
	readonly chat: ChatClient;
	readonly screen: Screen;
	readonly style: Style;
	/** A post or a command was refused. */
	readonly failed: boolean;
	/** The room written in, if there is one. */
	readonly room: Room | undefined;
	/** The room written in. Throws `Misuse` when there is none. */
	readonly here: Room;
	/** The room that is managed: the one named last, else the one written in. Throws `Misuse`. */
	readonly managed: RoomInfo;
	manage(room: RoomInfo | undefined): void;
	/** Enters the room and shows its last messages. Throws `ChatRefused` and its like. */
	enter(uri: string, historyCount: number): Promise<void>;
	writeIn(room: Room | undefined): void;
	/** Into another room that was joined, if there is one, and says so. */
	goElsewhere(): void;
	/** Resolves with how many there were. */
	showHistory(room: Room, which: number | MessagesBeside): Promise<number>;
	/** A message that came: at once, or behind the history that is being shown. */
	heard(message: ChatMessage): void;
	show(message: ChatMessage): void;
	post(text: string, alert: boolean): Promise<void>;
	/** A note about a room: it is named where one is in several, or not in it. */
	happened(room: Room, what: string): void;
	note(text: string): void;
	complain(text: string): void;
	quit(): void;
}

export function createConversation(
	chat: ChatClient,
	screen: Screen,
	style: Style,
	quit: () => void,
): Conversation {
	let here: Room | undefined;
	let managed: RoomInfo | undefined;
	let failed = false;
	/** Messages that came while the history of their room is being shown. */
	const held = new Map<string, ChatMessage[]>();

	function demandRoom(): Room {
		if (here) return here;
		throw new Misuse("You are in no room: /join one.");
	}

	function writeIn(room: Room | undefined): void {
		here = room;
		screen.setPrompt(room ? `${nameOf(room)}> ` : "> ");
	}

	function note(text: string): void {
		screen.print(`${style.faint("*")} ${text}`);
	}

	function happened(room: Room, what: string): void {
		const isPlain = room === here && chat.joined.size <= 1;
		note(isPlain ? what : `${nameOf(room)}: ${what}`);
	}

	function complain(text: string): void {
		failed = true;
		screen.complain(style.alarm(harmlessLine(text)));
	}

	function show(message: ChatMessage): void {
		const other = message.room === here?.info.uri ? undefined : message.room;
		const name = other && (chat.joined.get(other)?.info.name ?? other);
		screen.print(messageLines(style, message, name));
	}

	async function showHistory(room: Room, which: number | MessagesBeside) {
		const { uri } = room.info;
		const history = await chat.history(uri, which);
		for (const message of history) show(message);
		const newest = history.at(-1)?.sequence ?? 0;
		const waiting = held.get(uri);
		if (waiting) {
			const later = waiting.filter(
				({ sequence }) => (sequence ?? Infinity) > newest,
			);
			held.set(uri, later);
		}
		return history.length;
	}

	return {
		chat,
		screen,
		style,
		get failed() {
			return failed;
		},
		get room() {
			return here;
		},
		get here() {
			return demandRoom();
		},
		get managed() {
			return managed ?? demandRoom().info;
		},
		manage(room) {
			managed = room;
		},
		async enter(uri, historyCount) {
			held.set(uri, []);
			try {
				const room = await chat.join(uri);
				writeIn(room);
				if (historyCount > 0) await showHistory(room, historyCount);
				const { rosterHidden, participantCount } = room.info;
				const people = rosterHidden
					? `here are ${participantCount} people; /who lists them`
					: `here are ${peopleLine(style, room.people.values())}`;
				note(`${nameOf(room)}: ${people}`);
			} finally {
				const waited = held.get(uri) ?? [];
				held.delete(uri);
				for (const message of waited) show(message);
			}
		},
		writeIn,
		goElsewhere() {
			const room = [...chat.joined.values()].at(-1);
			writeIn(room);
			note(
				room
					? `You write in ${nameOf(room)} now.`
					: "You are in no room now: /join one.",
			);
		},
		showHistory,
		heard(message) {
			const waiting = held.get(message.room);
			if (waiting) waiting.push(message);
			else show(message);
		},
		show,
		async post(text, alert) {
			if (text === "") return;
			const room = demandRoom().info.uri;
			try {
				const receipt = await chat.post(room, text, { alert });
				// A pipe's reader sees what was posted before the program ends.
				if (!screen.interactive) await receipt.echo();
			} catch (error) {
				complain(explain(error));
				// The line is gone from the screen: it can be copied from here.
				if (screen.interactive) note(`not posted: ${harmless(text)}`);
			}
		},
		happened,
		note,
		complain,
		quit,
	};
}

/** As it is shown. */
export function nameOf(room: Room): string {
	return harmlessLine(room.info.name);
}
