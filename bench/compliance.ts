/**
 * How soon a post is in the adapter's file, and how fast a backlog drains: on MariaDB, with every commit on the disk and the
 * archive in a database of its own, without and with Redis between.
 * `npm run bench -- compliance [--seconds 20] [--backlog 50000] [--only delay|drain]`
 */
import { ok } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import Srf from "drachtio-srf";
import { pino } from "pino";
import jsonl from "../adapters/jsonl/index.ts";
import { makeDemo } from "../demo.ts";
import type { AdapterFactory } from "../plugin/compliance/adapter.ts";
import {
	type ComplianceGiven,
	type PersistentChat,
	persistentChat,
} from "../plugin/index.ts";
import type {
	Actor,
	CategoryId,
	RoomId,
	UserUri,
} from "../plugin/rooms/types.ts";
import { type Knex, makeDatabase, openStore } from "../plugin/store/index.ts";
import { freshMysql } from "../test/support/databases.ts";
import {
	type MariadbService,
	startMariadb,
	startRedis,
} from "../test/support/services.ts";
import { until } from "../test/support/until.ts";
import { quantiles, row } from "./measure.ts";

const { values } = parseArgs({
	args: process.argv.slice(2),
	options: {
		seconds: { type: "string", default: "20" },
		backlog: { type: "string", default: "50000" },
		only: { type: "string" },
	},
});
const must = { delayP99Ms: 5_000, drainPerSecond: 5_000 };
const roomCount = 20;
const postsPerSecond = 200;
const text = "x".repeat(200);
const log = pino({ level: "error" });
const alice: Actor = {
	uri: "sip:alice@example.com" as UserUri,
	displayName: "Alice",
	guid: "",
	administrator: true,
};

const directory = mkdtempSync(join(tmpdir(), "persistent-chat-bench-"));
const mariadb = await startMariadb({ durable: true, bufferPoolMiB: 512 });
const redis = await startRedis();
try {
	const wanted = (what: string) =>
		values.only === undefined || values.only === what;
	if (wanted("delay")) await measureDelay(mariadb);
	if (wanted("drain")) {
		await measureDrain(mariadb, "without Redis", {});
		await measureDrain(mariadb, "with Redis", { redis: redis.url });
	}
} finally {
	await redis.stop();
	await mariadb.stop();
	rmSync(directory, { recursive: true });
}

interface Node {
	readonly chat: PersistentChat;
	readonly rooms: readonly RoomId[];
	readonly knex: Knex;
	close(): Promise<void>;
}

type AtWork = Exclude<ComplianceGiven, string | readonly unknown[]>;

/** A node with nobody at its SIP side: posts come in where commands hand them over. */
async function startNode(
	server: MariadbService,
	compliance: Partial<AtWork> | "off" | "elsewhere",
	existing?: Awaited<ReturnType<typeof freshMysql>>,
): Promise<Node> {
	const chatDatabase = existing ?? (await freshMysql(server.url));
	const archiveDatabase = await freshMysql(server.url);
	const knex = makeDatabase(chatDatabase.description);
	const archive = makeDatabase(archiveDatabase.description);
	await makeDemo(await openStore(knex), "example.com");
	const chat = await persistentChat(new Srf(), {
		compliance:
			typeof compliance === "string"
				? compliance
				: {
						adapters: [{ use: "jsonl", options: { directory } }],
						files: join(directory, "files"),
						signingKey: join(directory, "key.pem"),
						...compliance,
						database: archive,
					},
		database: knex,
		log,
	});
	return {
		chat,
		knex,
		rooms: await makeRooms(chat, knex),
		async close() {
			await chat.close();
			await knex.destroy();
			await archive.destroy();
			await archiveDatabase.drop();
			if (existing === undefined) await chatDatabase.drop();
		},
	};
}

async function makeRooms(
	{ rooms }: PersistentChat,
	knex: Knex,
): Promise<readonly RoomId[]> {
	const category = (await knex("categories").first("id")).id;
	const made: RoomId[] = [];
	for (let i = 0; i < roomCount; i++) {
		const { room } = await rooms.createRoom(alice, {
			name: `Room ${randomUUID()}`,
			category,
			privacy: "open",
		});
		made.push(room.id);
	}
	return made;
}

async function post({ chat, rooms }: Node, poster: number): Promise<void> {
	const room = rooms[poster % rooms.length];
	ok(room);
	await chat.rooms.post(alice, { room, text, alert: false });
}

/** At a steady rate: from the moment that a post has happened until the adapter has confirmed it. */
async function measureDelay(server: MariadbService): Promise<void> {
	const delays: number[] = [];
	const measured: AdapterFactory = async (options, context) => {
		const adapter = await jsonl(options, context);
		return {
			...adapter,
			async deliver(batch, delivery) {
				await adapter.deliver(batch, delivery);
				for (const { type, at } of batch) {
					if (type === "posted") delays.push(Date.now() - Date.parse(at));
				}
			},
		};
	};
	const node = await startNode(server, {
		adapters: [{ use: measured, options: { directory }, runIntervalMs: 1_000 }],
	});
	const seconds = Number(values.seconds);
	const everyMs = 100;
	const atOnce = (postsPerSecond * everyMs) / 1_000;
	const posted: Promise<void>[] = [];
	const began = performance.now();
	for (let turn = 0; turn * everyMs < seconds * 1_000; turn++) {
		for (let i = 0; i < atOnce; i++) posted.push(post(node, i));
		await pause(Math.max(0, began + (turn + 1) * everyMs - performance.now()));
	}
	await Promise.all(posted);
	await until(() => delays.length === posted.length, {
		what: "every post",
		withinMs: 60_000,
	});
	await node.close();
	const { p50, p99, most } = quantiles(delays);
	console.log(
		row(
			`post → adapter at ${postsPerSecond} posts/s, runIntervalMs 1,000`,
			`p50 ${p50} ms, p99 ${p99} ms, most ${most} ms`,
		),
	);
	ok(p99 <= must.delayP99Ms, "posts reach the adapter too late");
}

/** A backlog, as after an hour without the compliance side, until the adapter has all of it. */
async function measureDrain(
	server: MariadbService,
	name: string,
	more: Partial<AtWork>,
): Promise<void> {
	const chatDatabase = await freshMysql(server.url);
	const backlog = Number(values.backlog);
	const before = await startNode(server, "elsewhere", chatDatabase);
	await owe(before, backlog);
	await before.close();
	let taken = 0;
	let first = 0;
	const counting: AdapterFactory = async (options, context) => {
		const adapter = await jsonl(options, context);
		return {
			...adapter,
			async deliver(batch, delivery) {
				first ||= performance.now();
				await adapter.deliver(batch, delivery);
				taken += batch.length;
			},
		};
	};
	const began = performance.now();
	const node = await startNode(
		server,
		{
			adapters: [{ use: counting, options: { directory }, runIntervalMs: 100 }],
			...more,
		},
		chatDatabase,
	);
	await until(() => taken >= backlog, {
		what: `${backlog} events`,
		withinMs: 300_000,
	});
	const seconds = (performance.now() - began) / 1_000;
	await node.close();
	await chatDatabase.drop();
	const rate = backlog / seconds;
	console.log(
		row(
			`drain of ${backlog} events ${name}`,
			`${rate.toFixed(0)} events/s, the first after ${(first - began).toFixed(0)} ms`,
		),
	);
	ok(rate >= must.drainPerSecond, "the backlog drains too slowly");
}

/** As posts leave it, many in a transaction. */
async function owe(node: Node, events: number): Promise<void> {
	const store = await openStore(node.knex);
	const [room] = node.rooms;
	ok(room);
	for (let done = 0; done < events; done += 500) {
		await store.transaction(async (tx) => {
			for (let i = 0; i < 500; i++) {
				const at = new Date();
				await tx.outbox.add({
					id: randomUUID(),
					type: "posted",
					at,
					actor: alice,
					room: {
						id: node.rooms[i % roomCount] ?? room,
						name: "Room",
						category: { id: randomUUID() as CategoryId, name: "Everybody" },
					},
					message: {
						room,
						sequence: done + i + 1,
						author: alice,
						text,
						alert: false,
						postedAt: at,
					},
				});
			}
		});
	}
}
