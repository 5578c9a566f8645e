/** The rooms of a node without its doors: a real store, and everything that was told or is owed to compliance kept for looking at. */
import { randomUUID } from "node:crypto";
import { pino } from "pino";
import type { FanOut } from "../../plugin/cluster/fan-out.ts";
import { createInProcessFanOut } from "../../plugin/cluster/in-process.ts";
import type { ComplianceEvent } from "../../plugin/compliance/events.ts";
import type { FileBytes } from "../../plugin/files/index.ts";
import type { RoomEvent } from "../../plugin/rooms/events.ts";
import {
	createRooms,
	type NodeRooms,
	type Rooms,
} from "../../plugin/rooms/index.ts";
import type {
	Actor,
	CategoryRecord,
	Draft,
	Principal,
	RoomId,
	RoomRecord,
	SessionId,
	UserUri,
} from "../../plugin/rooms/types.ts";
import {
	type Knex,
	makeDatabase,
	openStore,
	type Store,
} from "../../plugin/store/index.ts";
import { fileLink, filesNamedIn } from "../../plugin/xccos/file-links.ts";
import {
	encodeRoomSetting,
	roomsNamedIn,
} from "../../plugin/xccos/presence.ts";
import { forbiddenCharacter } from "../../plugin/xccos/xml.ts";
import { type FreshDatabase, freshSqlite } from "./databases.ts";

export interface Domain {
	readonly rooms: Rooms;
	readonly nodeRooms: NodeRooms;
	readonly store: Store;
	readonly knex: Knex;
	readonly events: Pick<FanOut, "subscribe">;
	/** What the people in rooms were told since the last time. */
	told(): readonly RoomEvent[];
	/** What compliance is owed since the last time. */
	owed(): Promise<readonly ComplianceEvent[]>;
	/** Somebody of the directory, of example.com unless the name has a domain. */
	person(name: string): Promise<Actor>;
	close(): Promise<void>;
}

/** Whoever runs the service, at his own door. */
export const operator: Actor = {
	uri: "sip:operator@localhost" as UserUri,
	displayName: "Operator",
	guid: "",
	administrator: true,
};

export interface DomainOptions {
	/** In place of the store itself: to hold something up, or to count. */
	readonly through?: (store: Store) => Store;
	readonly roster?: number;
	readonly now?: () => Date;
	readonly elapsedMs?: () => number;
	/** Default: posts wait as long as they may. */
	readonly postWaitMs?: number;
	/** In place of a fresh one of SQLite. It is dropped. */
	readonly database?: FreshDatabase;
	/** What a draft takes on the wire. */
	readonly relayBytes?: (draft: Draft) => number;
	/** Where the bytes of files are. */
	readonly files?: FileBytes;
	readonly fileBytes?: number;
	/** How far compliance's archive is behind. Closed categories bear 60 s. */
	readonly behindMs?: () => number;
}

export async function openDomain({
	through = (store) => store,
	roster = 75,
	now = () => new Date(),
	elapsedMs,
	postWaitMs = 0,
	relayBytes = () => 0,
	database,
	behindMs = () => 0,
	files,
	fileBytes = 1_000,
}: DomainOptions = {}): Promise<Domain> {
	const fresh = database ?? (await freshSqlite());
	const knex = makeDatabase(fresh.description);
	const store = await openStore(knex);
	const fanOut = createInProcessFanOut();
	let events: RoomEvent[] = [];
	fanOut.subscribe((event) => {
		// It takes back what waits, and tells nobody anything.
		if (event.type !== "narrowed") events.push(event);
	});
	await store.transaction((tx) =>
		tx.policies.set({ scope: "everybody", enabled: true, admit: false }),
	);
	const seenByRooms = through(store);
	const {
		rooms,
		nodeRooms,
		close: closeRooms,
	} = createRooms({
		store: seenByRooms,
		directory: seenByRooms.directory,
		fanOut,
		log: pino({ level: "silent" }),
		node: "node-1",
		now,
		elapsedMs,
		limits: {
			messageBytes: 4_000,
			postWaitMs,
			storyBytes: 9_000,
			relayBytes: 11_500,
			historyMessages: 500,
			searchResults: 999,
			fileBytes,
			roster,
		},
		files,
		archive: { behindMs },
		closedAfterMs: 60_000,
		wire: {
			relayBytes: (_, draft) => relayBytes(draft),
			forbiddenCharacter,
			roomSetting: (room) => encodeRoomSetting("example.com", room),
			roomsNamed: (data) => roomsNamedIn("example.com", data),
			fileLink: (file) => fileLink("example.com", file),
			filesNamed: (text) => filesNamedIn("example.com", text),
		},
	});
	let seen = 0;
	return {
		rooms,
		nodeRooms,
		store,
		knex,
		events: fanOut,
		told() {
			const all = events;
			events = [];
			return all;
		},
		async owed() {
			const rows: readonly { position: number; payload: string }[] = await knex(
				"outbox",
			)
				.where("position", ">", seen)
				.orderBy("position");
			seen = rows.at(-1)?.position ?? seen;
			return rows.map(({ payload }) => JSON.parse(payload));
		},
		async person(name) {
			const uri = (
				name.includes("@") ? `sip:${name}` : `sip:${name}@example.com`
			) as UserUri;
			const displayName = `${name[0]?.toUpperCase()}${name.slice(1)}`;
			await rooms.addUser(operator, { uri, displayName });
			const user = await store.users.find(uri);
			return {
				uri,
				displayName,
				guid: user?.guid ?? "",
				callId: `call-${name}`,
			};
		},
		async close() {
			await closeRooms();
			await fanOut.close();
			await knex.destroy();
			await fresh.drop();
		},
	};
}

export function principalOf({ uri }: Pick<Actor, "uri">): Principal {
	return uri as string as Principal;
}

export const wholeDomain = "domain:example.com" as Principal;

/** A category for everybody of example.com, unless it says otherwise. */
export function addCategory(
	{ rooms }: Domain,
	change: Partial<CategoryRecord> = {},
): Promise<CategoryRecord> {
	return rooms.createCategory(operator, {
		name: `Category ${randomUUID()}`,
		allowed: [wholeDomain],
		...change,
	});
}

/** Enters with a session of its own; throws the refusal. */
export async function enter(
	{ rooms }: Domain,
	actor: Actor,
	room: RoomId | RoomRecord,
): Promise<SessionId> {
	const id = typeof room === "string" ? room : room.room.id;
	const session = randomUUID() as SessionId;
	const [outcome] = await rooms.join(actor, session, [id], false);
	if (outcome === undefined || "refusal" in outcome) throw outcome?.refusal;
	return session;
}

/** Who is in the room, by name. */
export async function inside(
	{ store }: Domain,
	room: RoomId,
): Promise<readonly string[]> {
	const here = await store.participants.inRoom(room, { limit: 1_000 });
	return here.map(({ user }) => user.displayName);
}
