/**
 * A node with compliance in a process of its own, to be killed and frozen: nobody is at its SIP side, it posts by itself.
 * Its argument is a `NodeSetting` as JSON. Says `ready` when it has begun and `posted` when it has posted all it was to;
 * ends when it is told to by SIGTERM.
 */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import Srf from "drachtio-srf";
import { pino } from "pino";
import {
	ChatError,
	type PersistentChat,
	persistentChat,
} from "../../plugin/index.ts";
import type {
	Actor,
	RoomId,
	SessionId,
	UserUri,
} from "../../plugin/rooms/types.ts";
import { type Knex, makeDatabase } from "../../plugin/store/index.ts";
import type { NodeSetting } from "./compliance-nodes.ts";
import { killAt } from "./compliance-steps.ts";
import { linesAdapter } from "./lines-adapter.ts";

const setting = JSON.parse(process.argv[2] ?? "") as NodeSetting;
const { node, directory } = setting;
const database = makeDatabase(setting.chat);
const archive = makeDatabase(setting.archive);
const stopping = new AbortController();
process.once("SIGTERM", () => stopping.abort());
const step =
	setting.killAt === undefined
		? undefined
		: killAt(setting.killAt, { database, archive });

const chat = await persistentChat(new Srf(), {
	node,
	compliance: {
		adapters: [
			{
				use: linesAdapter(join(directory, "lines"), step),
				name: "lines",
				runIntervalMs: 100,
			},
			...(setting.adapters ?? []),
		],
		files: join(directory, "files"),
		signingKey: join(directory, "key.pem"),
		retainDays: setting.retainDays ?? 30,
		...(setting.redis !== undefined && { redis: setting.redis }),
		database: archive,
	},
	database,
	log: pino(
		{ level: "info" },
		pino.destination({ dest: join(directory, `${node}.log`), sync: true }),
	),
});
process.stdout.write("ready\n");
await work(chat);
await end(chat, [database, archive]);

/** Enters the rooms, posts, leaves again. */
async function work({ rooms }: PersistentChat): Promise<void> {
	const session = node as SessionId;
	const posters = ["alice", "bob"].map(
		(name): Actor => ({
			uri: `sip:${name}@example.com` as UserUri,
			displayName: name,
			guid: "",
			administrator: true,
		}),
	);
	const all = setting.rooms as readonly RoomId[];
	for (const actor of posters) {
		await untilDone(() => rooms.join(actor, session, all, true));
	}
	let next = 0;
	async function post(actor: Actor): Promise<void> {
		while (next < setting.posts && !stopping.signal.aborted) {
			const number = next++;
			const room = all[number % all.length] as RoomId;
			const text = `${setting.run}-${number}`;
			try {
				await rooms.post(actor, { room, text, alert: false });
				// Not buffered: what is said here is known also when the next moment kills.
				appendFileSync(join(directory, "acknowledged"), `${room} ${text}\n`);
				step?.posted();
			} catch (error) {
				if (!isUnavailable(error)) throw error;
				// It may have been kept or not: nobody has been told that it was.
				await pause(50);
			}
			if (setting.paceMs !== undefined) await pause(setting.paceMs);
		}
	}
	await Promise.all(
		Array.from({ length: setting.atOnce ?? 2 }, (_, index) =>
			post(posters[index % posters.length] as Actor),
		),
	);
	process.stdout.write("posted\n");
	if (!stopping.signal.aborted) {
		await new Promise((resolve) => {
			stopping.signal.addEventListener("abort", resolve);
			setInterval(() => {}, 60_000);
		});
	}
	for (const actor of posters) {
		await untilDone(() => rooms.part(actor, session, all));
	}
}

function isUnavailable(error: unknown): boolean {
	return error instanceof ChatError && error.reason === "unavailable";
}

async function untilDone(attempt: () => Promise<unknown>): Promise<void> {
	for (;;) {
		try {
			await attempt();
			return;
		} catch (error) {
			if (!isUnavailable(error)) throw error;
			await pause(100);
		}
	}
}

async function end(
	{ close }: PersistentChat,
	databases: readonly Knex[],
): Promise<void> {
	await close();
	for (const each of databases) await each.destroy();
	process.exit(0);
}
