/** The chat service behind Kamailio, as `examples/kamailio` has it: a SIP server, a fresh database with the demo in it, and both. */
import Srf from "drachtio-srf";
import { pino } from "pino";
import { makeDemo } from "../../demo.ts";
import { type PersistentChat, persistentChat } from "../../plugin/index.ts";
import {
	type Knex,
	makeDatabase,
	openStore,
} from "../../plugin/store/index.ts";
import { disconnectSipServer } from "../../sip-server.ts";
import { connect, sipServer } from "./chat-node.ts";
import { freshSqlite } from "./databases.ts";
import { type Kamailio, startKamailio } from "./kamailio.ts";
import { freePort } from "./service.ts";

const log = pino({ level: "silent" });

export interface BehindKamailio {
	readonly kamailio: Kamailio;
	readonly database: Knex;
	/** The one that runs now. */
	chat(): PersistentChat;
	stopService(): Promise<void>;
	startService(): Promise<void>;
	/** How Kamailio reaches the SIP server: `127.0.0.1:5070`. */
	readonly node: string;
	close(): Promise<void>;
}

/** `users`: who may sign in; the password of each is the name and `-pw`, and policy admits all of them. */
export async function startBehindKamailio(
	users: readonly string[],
): Promise<BehindKamailio> {
	const fresh = await freshSqlite();
	const database = makeDatabase(fresh.description, log);
	const store = await openStore(database, { log });
	await makeDemo(store, "example.com");
	await store.transaction(async (tx) => {
		const scope = "domain:example.com" as const;
		await tx.policies.set({ scope, enabled: true, admit: true });
	});
	const edge = await sipServer(log);
	const [, node = ""] = /^sip:([^;]+)/.exec(edge.server("tcp")) ?? [];
	const kamailio = await startKamailio({
		// The first has nobody behind it.
		nodes: [`127.0.0.1:${await freePort()}`, node],
		users,
	});
	let srf: Srf;
	let chat: PersistentChat;
	async function startService(): Promise<void> {
		srf = new Srf();
		chat = await persistentChat(srf, {
			registrar: false,
			trustedPeers: ["127.0.0.2"],
			compliance: "elsewhere",
			database,
			log,
		});
		await connect(srf, edge.admin);
	}
	async function stopService(): Promise<void> {
		await chat.close();
		disconnectSipServer(srf);
	}
	await startService();
	return {
		kamailio,
		database,
		chat: () => chat,
		stopService,
		startService,
		node,
		async close() {
			await stopService();
			await kamailio.stop();
			await edge.close();
			await database.destroy();
			await fresh.drop();
		},
	};
}
