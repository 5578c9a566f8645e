/**
 * The chat service as it is measured: a process of its own on a SIP server and MariaDB, compliance on (archive and jsonl), who logs what
 * an operator's does, to nowhere.
 */
import { once } from "node:events";
import { join } from "node:path";
import Srf from "drachtio-srf";
import { pino } from "pino";
import { makeDemo } from "../demo.ts";
import {
	type DatabaseDescription,
	makeDatabase,
	openStore,
	type PersistentChat,
	persistentChat,
	type Store,
} from "../plugin/index.ts";
import type { CategoryId, RoomId, UserUri } from "../plugin/rooms/types.ts";
import { disconnectSipServer } from "../sip-server.ts";
import type { BenchSipServer } from "./sip-server.ts";

export interface ChatServiceSetting {
	readonly admin: BenchSipServer["admin"];
	readonly chat: DatabaseDescription;
	readonly archive: DatabaseDescription;
	/** For what compliance writes. */
	readonly directory: string;
	readonly people: number;
	readonly rooms: number;
	/** With more people than this in it, nobody is told who comes and goes. */
	readonly roster: number;
	/** Of a pool, by this Redis. */
	readonly redis?: string | undefined;
	/** One more node of the pool: people and rooms are there. */
	readonly node?: string;
}

export const serviceUri = "sip:persistentchat@example.com";

export function personUri(index: number): UserUri {
	return `sip:person-${index}@example.com` as UserUri;
}

const many = 100_000;
const rate = {
	register: many,
	invite: many,
	subscribe: many,
	publish: many,
	message: many,
	info: many,
};
const operator = {
	uri: "sip:operator@example.com" as UserUri,
	displayName: "Operator",
	guid: "",
	administrator: true,
};

if (process.send !== undefined) await serve();

async function serve(): Promise<void> {
	const setting = JSON.parse(process.argv[2] ?? "") as ChatServiceSetting;
	const log = pino({ level: "info" }, pino.destination("/dev/null"));
	const database = makeDatabase(setting.chat, log);
	const archive = makeDatabase(setting.archive, log);
	const store = await openStore(database, { log });
	if (setting.node === undefined) await makeDemo(store, "example.com");
	const srf = new Srf();
	const chat = await persistentChat(srf, {
		authentication: "open",
		rates: { perUser: rate, perSource: rate },
		limits: { roster: setting.roster },
		life: { drainMs: 500 },
		...(setting.node !== undefined && { node: setting.node }),
		...(setting.redis !== undefined && { redis: setting.redis }),
		compliance: {
			adapters: [
				{
					use: "jsonl",
					options: { directory: join(setting.directory, "out") },
				},
			],
			database: archive,
			files: join(setting.directory, "files"),
			signingKey: join(setting.directory, "key.pem"),
		},
		database,
		log,
	});
	const connected = once(srf, "connect");
	srf.connect(setting.admin);
	await connected;
	const rooms =
		setting.node === undefined ? await populate(setting, store, chat) : [];
	process.on("message", async () => {
		await chat.close();
		disconnectSipServer(srf);
		await database.destroy();
		await archive.destroy();
		process.exit();
	});
	process.once("disconnect", () => process.exit(1));
	process.send?.({ rooms });
}

/** People, and rooms. */
async function populate(
	setting: ChatServiceSetting,
	store: Store,
	chat: PersistentChat,
): Promise<readonly RoomId[]> {
	await store.transaction(async (tx) => {
		for (let i = 0; i < setting.people; i++) {
			await tx.users.add({
				uri: personUri(i),
				displayName: `Person ${i}`,
				guid: `00000000-0000-4000-9000-${String(i).padStart(12, "0")}`,
				active: true,
			});
		}
	});
	const lobby = await store.rooms.find(
		"00000000-0000-4000-8000-000000000001" as RoomId,
	);
	const rooms: RoomId[] = [];
	for (let i = 0; i < setting.rooms; i++) {
		const { room } = await chat.rooms.createRoom(operator, {
			name: `Room ${i}`,
			category: lobby?.category.id as CategoryId,
			privacy: "open",
		});
		rooms.push(room.id);
	}
	return rooms;
}
