/** What the person at the terminal sees of the rooms, and what the lines typed do. */
import {
	type ChatClient,
	type ChatMessage,
	ChatRefused,
	type Invitation,
	type MessagesBeside,
	type Room,
	type RoomInfo,
} from "../index.ts";
import { harmless, harmlessLine, refusalText } from "./harmless.ts";
import type { Screen } from "./screen.ts";
import { changesOfPerson, changesOfRoom } from "./sentences.ts";
import { messageLines, peopleLine, roomLine, type Style } from "./style.ts";
import {
	commandHelp,
	defaultHistory,
	explain,
	Misuse,
	messagesText,
	searchOf,
	unreadText,
	windowOf,
} from "./wording.ts";

export class Conversation {
	readonly #chat: ChatClient;
	readonly #screen: Screen;
	readonly #style: Style;
	readonly #quit: () => void;
	/** The room written in. */
	#room: Room | undefined;
	/** Messages that came while the history of their room is being shown. */
	readonly #held = new Map<string, ChatMessage[]>();
	/** A post or a command was refused. */
	failed = false;

	constructor(
		chat: ChatClient,
		screen: Screen,
		style: Style,
		quit: () => void,
	) {
		this.#chat = chat;
		this.#screen = screen;
		this.#style = style;
		this.#quit = quit;
		this.#listen();
	}

	#listen(): void {
		const chat = this.#chat;
		chat.on("message", (message) => {
			const held = this.#held.get(message.room);
			if (held) held.push(message);
			else this.#show(message);
		});
		chat.on("joined", ({ room, person }) =>
			this.#happened(room, `${this.#name(person)} came in`),
		);
		chat.on("parted", ({ room, person }) =>
			this.#happened(room, `${this.#name(person)} left`),
		);
		chat.on("kicked", ({ room, why }) => {
			this.#screen.complain(
				`You were shown out of ${this.#roomName(room)}: ${refusalText(harmlessLine(why))}`,
			);
			if (room === this.#room) this.#goElsewhere();
		});
		chat.on("roomChanged", ({ room, before }) => {
			for (const said of changesOfRoom(before, room.info)) {
				this.#happened(room, said);
			}
			if (room === this.#room) this.#switchTo(room);
		});
		chat.on("permissionsChanged", ({ room, person, before }) => {
			const self = person.uri.toLowerCase() === chat.user.toLowerCase();
			const name = self ? undefined : this.#name(person);
			for (const said of changesOfPerson(name, before, person)) {
				this.#happened(room, said);
			}
		});
		chat.on("deleted", ({ room, runs }) =>
			this.#happened(room, `an administrator deleted ${messagesText(runs)}`),
		);
		chat.on("replaced", ({ room, runs, text }) =>
			this.#happened(
				room,
				`an administrator replaced ${messagesText(runs)}: ${harmlessLine(text)}`,
			),
		);
		chat.on("invitation", (invitation) => {
			this.#invited(invitation);
			// Told now: not told again at the next start.
			if (this.#screen.interactive) void chat.newInvitations().catch(() => {});
		});
		chat.on("newContent", (room) =>
			this.#note(
				`${harmlessLine(room.name)}: ${unreadText(room)}: /join it to read`,
			),
		);
		chat.on("postRefused", ({ error }) =>
			this.#complain(`Not posted: ${refusalText(error.text)}`),
		);
		chat.on("gap", ({ room }) =>
			this.#happened(room, "some messages in between may be missing here"),
		);
		chat.on("disconnected", ({ why, final }) => {
			if (final) {
				this.#complain(`Disconnected: ${why}`);
				this.#quit();
			} else this.#screen.complain(`Connection lost: ${why}. Coming back …`);
		});
		chat.on("reconnected", () => {
			this.#note("Connected again.");
			if (this.#screen.interactive) void this.tellInvitations();
		});
	}

	/** Says to which rooms one has been invited meanwhile; never rejects. */
	async tellInvitations(): Promise<void> {
		try {
			for (const invitation of await this.#chat.newInvitations()) {
				this.#invited(invitation);
			}
		} catch (error) {
			this.#note(`Invitations are not known: ${explain(error)}`);
		}
	}

	#invited({ room }: Invitation): void {
		if (this.#chat.joined.has(room.uri)) return;
		this.#note(`You are invited to ${harmlessLine(room.name)}: /join it`);
	}

	/** Enters the room and shows its last messages. Throws `ChatRefused` and its like. */
	async enter(uri: string, historyCount: number): Promise<void> {
		this.#held.set(uri, []);
		try {
			const room = await this.#chat.join(uri);
			this.#switchTo(room);
			if (historyCount > 0) await this.#showHistory(room, historyCount);
			const { rosterHidden, participantCount } = room.info;
			const people = rosterHidden
				? `here are ${participantCount} people; /who lists them`
				: `here are ${peopleLine(this.#style, room.people.values())}`;
			this.#note(`${this.#roomName(room)}: ${people}`);
		} finally {
			const held = this.#held.get(uri) ?? [];
			this.#held.delete(uri);
			for (const message of held) this.#show(message);
		}
	}

	async #showHistory(
		room: Room,
		which: number | MessagesBeside,
	): Promise<void> {
		const { uri } = room.info;
		const history = await this.#chat.history(uri, which);
		for (const message of history) this.#show(message);
		const newest = history.at(-1)?.sequence ?? 0;
		const held = this.#held.get(uri);
		if (!held) return;
		this.#held.set(
			uri,
			held.filter(({ sequence }) => (sequence ?? Infinity) > newest),
		);
	}

	/** Does what a typed line says; never rejects. */
	async take(line: string): Promise<void> {
		try {
			await this.#obey(line);
		} catch (error) {
			this.#complain(explain(error));
		}
	}

	async #obey(line: string): Promise<void> {
		if (line.trim() === "") return;
		if (!line.startsWith("/")) return this.#post(line, false);
		if (line.startsWith("//")) return this.#post(line.slice(1), false);
		const [command = "", ...words] = line.slice(1).trim().split(/\s+/);
		const rest = line.slice(line.indexOf(command) + command.length).trim();
		switch (command.toLowerCase()) {
			case "who":
				return this.#who();
			case "rooms":
				return this.#listRooms(rest);
			case "join":
				return this.#join(rest);
			case "part":
				return this.#part();
			case "follow":
				return this.#follow(rest);
			case "unfollow":
				return this.#unfollow(rest);
			case "followed":
				return this.#listFollowed();
			case "history":
				return this.#showHistory(this.#here, windowOf(words));
			case "search":
				return this.#search(rest);
			case "alert":
				if (rest === "") throw new Misuse("Write what to post: /alert TEXT.");
				return this.#post(rest, true);
			case "help":
				return this.#screen.print(commandHelp);
			case "quit":
				return this.#quit();
			default:
				throw new Misuse(`There is no /${command}: see /help.`);
		}
	}

	/** In a large room the list is not told: it is asked for, and not shown whole. */
	async #who(): Promise<void> {
		const { info, people } = this.#here;
		if (!info.rosterHidden) {
			return this.#note(`here are ${peopleLine(this.#style, people.values())}`);
		}
		const page = await this.#chat.participants(info.uri);
		const others = page.count - page.people.length;
		const rest = others > 0 ? `, and ${others} more` : "";
		this.#note(`here are ${peopleLine(this.#style, page.people)}${rest}`);
	}

	get #here(): Room {
		if (this.#room) return this.#room;
		throw new Misuse("You are in no room: /join one.");
	}

	async #post(text: string, alert: boolean): Promise<void> {
		if (text === "") return;
		const room = this.#here.info.uri;
		try {
			const receipt = await this.#chat.post(room, text, { alert });
			// A pipe's reader sees what was posted before the program ends.
			if (!this.#screen.interactive) await receipt.echo();
		} catch (error) {
			this.#complain(explain(error));
			// The line is gone from the screen: it can be copied from here.
			if (this.#screen.interactive) this.#note(`not posted: ${harmless(text)}`);
		}
	}

	async #search(text: string): Promise<void> {
		const rooms = [...this.#chat.joined.keys()];
		if (rooms.length === 0) throw new Misuse("You are in no room: /join one.");
		const found = await this.#chat.search({ ...searchOf(text), rooms });
		for (const message of found.messages) {
			const room = this.#chat.joined.get(message.room)?.info.name;
			const place = `${room ?? message.room} #${message.sequence ?? "?"}`;
			this.#screen.print(messageLines(this.#style, message, place));
		}
		if (found.messages.length === 0) this.#note("Nobody has said that here.");
		if (found.more) this.#note("There are more: say more words.");
	}

	async #listRooms(words: string): Promise<void> {
		const rooms = await this.#chat.rooms(words);
		if (rooms.length === 0) this.#note("There is no such room.");
		for (const room of rooms) {
			const joined = this.#chat.joined.has(room.uri);
			this.#screen.print(roomLine(this.#style, room, joined));
		}
	}

	/** Enters the followed rooms, and says which. */
	async enterFollowed(): Promise<void> {
		const rooms = await this.#chat.joinFollowed().then(
			({ rooms }) => rooms,
			(error) => {
				// A service of another kind has no such list.
				if (error instanceof ChatRefused) return [];
				throw error;
			},
		);
		if (rooms.length === 0) return;
		const names = rooms.map((room) => this.#roomName(room)).join(", ");
		this.#note(`You follow ${names}`);
	}

	async #follow(name: string): Promise<void> {
		const room = await this.#named(name);
		await this.#chat.follow(room.uri);
		this.#note(`You follow ${harmlessLine(room.name)} now.`);
	}

	async #unfollow(name: string): Promise<void> {
		const room = await this.#named(name);
		await this.#chat.unfollow(room.uri);
		this.#note(`You do not follow ${harmlessLine(room.name)} any more.`);
	}

	async #listFollowed(): Promise<void> {
		const rooms = await this.#chat.followed();
		if (rooms.length === 0) this.#note("You follow no room: /follow one.");
		for (const room of rooms) {
			const joined = this.#chat.joined.has(room.uri);
			const news = room.unread ? `  ${unreadText(room)}` : "";
			this.#screen.print(`${roomLine(this.#style, room, joined)}${news}`);
		}
	}

	/** The room of this name; the one written in where none is given. */
	async #named(name: string): Promise<RoomInfo> {
		if (name === "") return this.#here.info;
		const found = await this.#chat.roomNamed(name);
		if (found) return found;
		throw new Misuse(
			`There is no room "${name}" that you may see: try /rooms.`,
		);
	}

	async #join(name: string): Promise<void> {
		if (name === "") throw new Misuse("Say which room: /join ROOM.");
		const found = await this.#named(name);
		const joined = this.#chat.joined.get(found.uri);
		if (joined) {
			this.#switchTo(joined);
			this.#note(`You write in ${this.#roomName(joined)} now.`);
		} else await this.enter(found.uri, defaultHistory);
	}

	async #part(): Promise<void> {
		const room = this.#here;
		await this.#chat.part(room.info.uri);
		this.#note(`You left ${this.#roomName(room)}.`);
		this.#goElsewhere();
	}

	/** Into another room that was joined, if there is one, and says so. */
	#goElsewhere(): void {
		const room = this.#anotherRoom();
		this.#switchTo(room);
		this.#note(
			room
				? `You write in ${this.#roomName(room)} now.`
				: "You are in no room now: /join one.",
		);
	}

	#anotherRoom(): Room | undefined {
		return [...this.#chat.joined.values()].at(-1);
	}

	#switchTo(room: Room | undefined): void {
		this.#room = room;
		this.#screen.setPrompt(room ? `${this.#roomName(room)}> ` : "> ");
	}

	#show(message: ChatMessage): void {
		const { uri } = this.#room?.info ?? {};
		const other = message.room === uri ? undefined : message.room;
		const name = other && (this.#chat.joined.get(other)?.info.name ?? other);
		this.#screen.print(messageLines(this.#style, message, name));
	}

	#name({
		name,
		uri,
	}: {
		readonly name: string;
		readonly uri: string;
	}): string {
		return this.#style.name(name, uri);
	}

	#roomName(room: Room): string {
		return harmlessLine(room.info.name);
	}

	#happened(room: Room, what: string): void {
		const where = room === this.#room ? "" : `${this.#roomName(room)}: `;
		this.#note(`${where}${what}`);
	}

	#note(text: string): void {
		this.#screen.print(`${this.#style.faint("*")} ${text}`);
	}

	#complain(text: string): void {
		this.failed = true;
		this.#screen.complain(this.#style.alarm(harmlessLine(text)));
	}
}
