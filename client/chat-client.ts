/** The chat client: what a program asks of persistent chat, and what it is told. Runs in Node and in browsers. */
import { element } from "../plugin/xccos/xml.ts";
import type { Ask } from "./ask.ts";
import { defaultBackOff } from "./back-off.ts";
import type { ChatOptions } from "./chat-options.ts";
import { Connection } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import { ChatRefused } from "./errors.ts";
import { defaultExchangeLimits } from "./exchange.ts";
import { moderate } from "./moderation.ts";
import {
	readInvitationsAfter,
	readNewInvitations,
	readPreference,
	writePreference,
} from "./preferences.ts";
import {
	createRoomAdministration,
	type RoomAdministration,
} from "./room-administration.ts";
import {
	chanid,
	findMessages,
	joinAll,
	markStart,
	readBeside,
	readHistoryOf,
} from "./room-commands.ts";
import {
	type AssociationScope,
	findRooms,
	findRoomsNamed,
	followedRooms,
	readParticipants,
	roomsWithRole,
} from "./room-lists.ts";
import type {
	ChatEvents,
	ChatMessage,
	FollowedRoom,
	FoundMessages,
	Invitation,
	MessageSearch,
	MessagesBeside,
	ParticipantPage,
	PostReceipt,
	Preference,
	Room,
	RoomInfo,
	ServiceInfo,
	WebLink,
} from "./types.ts";
import { askWebLink } from "./web-link.ts";
import { readJoinedRooms } from "./xccos/blocks.ts";
import { encodeCommand } from "./xccos/envelope.ts";

/**
 * A signed-in user. Every method rejects with `ChatRefused` (the service said no), `ChatTimeout` (no answer in
 * `limits.commandMs`) or `ChatDisconnected` (not connected now, or lost before the answer; the client comes back by
 * itself and tells `reconnected`).
 */
export class ChatClient extends Emitter<ChatEvents> {
	readonly #connection: Connection;
	readonly #fillGaps: boolean;
	/** The service has been asked to tell of followed rooms: it must be again when signed in anew. */
	#hearsNews = false;
	/** Rooms made and changed, their roles, the people for them. */
	readonly administration: RoomAdministration;
	readonly #ask: Ask = (id, ...data) =>
		this.#connection.session.exchange.command(id, (envid) =>
			encodeCommand(envid, id, ...data),
		);

	private constructor(options: ChatOptions) {
		super();
		this.#fillGaps = options.fillGaps ?? true;
		this.#connection = new Connection(
			{
				signIn: {
					open: options.open,
					register: options.register ?? true,
					provisioning: options.provisioning ?? true,
					poolUri: options.poolUri,
					limits: { ...defaultExchangeLimits, ...options.limits },
				},
				backOff: options.reconnect ?? defaultBackOff,
				fillGaps: this.#fillGaps,
			},
			(name, value) => this.emit(name, value),
		);
		this.administration = createRoomAdministration(this.#ask);
		this.on("reconnected", () => {
			if (!this.#hearsNews) return;
			this.followed().catch((error) => this.emit("fault", error));
		});
	}

	/**
	 * Signs in. Rejects with `SipUnreachable` (nobody there), `SipRefused` (e.g. 401, 403, 407: wrong password), `ChatRefused`
	 * (e.g. not enabled for persistent chat) or `ChatTimeout`; nothing is left open then.
	 */
	static async connect(options: ChatOptions): Promise<ChatClient> {
		const client = new ChatClient(options);
		await client.#connection.open();
		if (options.followRooms !== true) return client;
		try {
			await client.joinFollowed();
			return client;
		} catch (error) {
			await client.close();
			throw error;
		}
	}

	/** `sip:alice@example.com`. */
	get user(): string {
		return this.#connection.user;
	}

	get connected(): boolean {
		return this.#connection.connected;
	}

	/** As told at the last sign-in. */
	get service(): ServiceInfo {
		return this.#connection.service;
	}

	/** The rooms this client is in, by URI. */
	get joined(): ReadonlyMap<string, Room> {
		return this.#connection.rooms.all;
	}

	/** Of the service: rooms are `ma-chan://<domain>/<id>`. */
	get domain(): string {
		return this.#connection.session.domain;
	}

	/** Rooms that one may see whose name has all these words; all of them without words. */
	rooms(words = ""): Promise<readonly RoomInfo[]> {
		return findRooms(this.#ask, words);
	}

	/** The room of exactly this name, else of one that differs in letter case; undefined when one sees none of it. */
	async roomNamed(name: string): Promise<RoomInfo | undefined> {
		return (await this.roomsNamed(name))[0];
	}

	/** All of that name: several secret rooms may have one. */
	roomsNamed(name: string): Promise<readonly RoomInfo[]> {
		return findRoomsNamed(this.#ask, name);
	}

	/** Rooms that one is a member of. */
	async myRooms(): Promise<readonly RoomInfo[]> {
		return roomsWithRole(this.#ask, "MEMBER", this.#scope);
	}

	/** Rooms that one manages. */
	async managedRooms(): Promise<readonly RoomInfo[]> {
		return roomsWithRole(this.#ask, "MANAGER", this.#scope);
	}

	/** Rooms that one follows, with what there is to read; from then on `newContent` tells of more. */
	async followed(): Promise<readonly FollowedRoom[]> {
		this.#hearsNews = true;
		return followedRooms(this.#ask, this.#scope);
	}

	/** Keeps with the service, for all of one's clients, that one follows the room; from then on `newContent` tells of it. */
	async follow(room: string): Promise<void> {
		this.#hearsNews = true;
		await this.#ask("follow", element("chanib", { uri: room }));
	}

	/** A room that one does not follow changes nothing. */
	async unfollow(room: string): Promise<void> {
		await this.#ask("unfollow", element("chanib", { uri: room }));
	}

	/** Enters the rooms that one follows with one command, as `joinAll` does. */
	async joinFollowed(): ReturnType<ChatClient["joinAll"]> {
		const rooms = await this.followed();
		return this.joinAll(rooms.map(({ uri }) => uri));
	}

	get #scope(): AssociationScope {
		return { domain: this.domain, limit: this.service.searchLimit ?? 100 };
	}

	/** Enters a room by its URI; from then on its messages and people are told. */
	async join(room: string): Promise<Room> {
		const parts = await this.#ask("join", chanid(room, 0));
		const [entered] = parts.flatMap((part) => readJoinedRooms(part.data));
		const joined = this.#connection.rooms.all.get(entered?.info.uri ?? room);
		if (!joined) throw new ChatRefused("join", 500, "the reply names no room");
		if (this.#fillGaps) {
			await markStart(this.#connection.session.exchange, joined);
		}
		return joined;
	}

	/** Enters several rooms with one command; `refused` says which were not entered, and why. */
	async joinAll(rooms: readonly string[]): Promise<{
		readonly rooms: readonly Room[];
		readonly refused: ReadonlyMap<string, ChatRefused>;
	}> {
		const { exchange } = this.#connection.session;
		const refused = await joinAll(exchange, rooms, this.#connection.rooms);
		const entered = rooms
			.map((uri) => this.#connection.rooms.all.get(uri))
			.filter((room) => room !== undefined);
		if (this.#fillGaps) {
			await Promise.all(entered.map((room) => markStart(exchange, room)));
		}
		return { rooms: entered, refused };
	}

	/** Leaves a room. */
	async part(room: string): Promise<void> {
		await this.#ask("part", element("chanib", { uri: room }));
	}

	/**
	 * Posts plain text (at most `service.messageBytes` of UTF-8). Resolves when the service has kept it; posts are kept in the
	 * order of the calls. A service that is overloaded is asked again with the same envid, so that nothing is posted twice.
	 * After `ChatTimeout` or `ChatDisconnected` the post may or may not have been kept.
	 */
	post(
		room: string,
		text: string,
		options: { readonly alert?: boolean } = {},
	): Promise<PostReceipt> {
		return this.#connection.post({
			room,
			text: text.replace(/\r\n?/g, "\n"),
			alert: options.alert ?? false,
		});
	}

	/**
	 * The last `count` messages of a room, or those before, around or after one of them, oldest first; the service has its own
	 * upper limit.
	 */
	async history(
		room: string,
		which: number | MessagesBeside,
	): Promise<readonly ChatMessage[]> {
		const { exchange } = this.#connection.session;
		return typeof which === "number"
			? readHistoryOf(exchange, room, which)
			: readBeside(exchange, room, which);
	}

	/** Messages by words, authors and dates. */
	async search(search: MessageSearch): Promise<FoundMessages> {
		return findMessages(this.#connection.session.exchange, search);
	}

	/**
	 * Who is in a room, page by page, also when its list is hidden: as many as `limit` (the service gives at most 500), after
	 * the URI `after`.
	 */
	participants(
		room: string,
		page: { after?: string; limit?: number } = {},
	): Promise<ParticipantPage> {
		return readParticipants(this.#ask, room, page);
	}

	/** Invitations with an id above `afterId`. Later ones are told by the event `invitation`. */
	async invitations(afterId = "0"): Promise<readonly Invitation[]> {
		return readInvitationsAfter(this.#ask, this.domain, afterId);
	}

	/**
	 * Invitations that this was not asked for before, by any of the user's clients: the service remembers how far they were
	 * given.
	 */
	async newInvitations(): Promise<readonly Invitation[]> {
		return readNewInvitations(this.#ask, this.domain);
	}

	/** For administrators: resolves with how many of these messages there were. Everybody in the room hears `deleted`. */
	deleteMessages(room: string, numbers: readonly number[]): Promise<number> {
		const { exchange } = this.#connection.session;
		return moderate(exchange, "chatdelete", room, numbers);
	}

	/** For administrators, as `deleteMessages`; without `text` the service's own sentence. Everybody in the room hears `replaced`. */
	replaceMessages(
		room: string,
		numbers: readonly number[],
		text?: string,
	): Promise<number> {
		const { exchange } = this.#connection.session;
		return moderate(exchange, "chatreplace", room, numbers, text);
	}

	/** The settings stored under a label; without content when they are not newer than `knownSequence`. */
	preference(label: string, knownSequence = 0): Promise<Preference> {
		return readPreference(this.#ask, label, knownSequence);
	}

	/** Stores settings; `sequence` must be above the stored one, else `ChatRefused`. `content` is opaque to the service. */
	setPreference(
		label: string,
		sequence: number,
		content: string,
	): Promise<Preference> {
		return writePreference(this.#ask, label, sequence, content);
	}

	/** A link by which this user signs in at the service's web pages, once and soon. */
	webLink(): Promise<WebLink> {
		return askWebLink(this.#ask);
	}

	/** Signs out: BYE (which leaves every room) and un-REGISTER. Never rejects; no event follows. */
	close(): Promise<void> {
		return this.#connection.close();
	}
}
