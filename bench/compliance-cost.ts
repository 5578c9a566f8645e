/**
 * What compliance costs the chat path: posts by SIP to rooms of ten people, each committed to MariaDB (every commit on the
 * disk) and told to all ten, with compliance off and with it on (archive and jsonl), by turns.
 * `npm run bench -- compliance-cost [--seconds 5] [--rounds 6]`
 */
import { ok } from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type DatabaseDescription, makeDatabase } from "../plugin/index.ts";
import type { CategoryId, RoomId, UserUri } from "../plugin/rooms/types.ts";
import { startChatNode } from "../test/support/chat-node.ts";
import { freshMysql } from "../test/support/databases.ts";
import { startMariadb } from "../test/support/services.ts";
import { callLightly, type LightClient } from "./light-client.ts";
import { row } from "./measure.ts";

const mostPart = 0.1;
const roomCount = 10;
const peopleInRoom = 10;
/** Of each room; each posts when his last message has come back to him. */
const posters = 3;
const service = "sip:GC-1-PersistentChatService-1@example.com";
const text = "x".repeat(200);
const uriOf = (index: number) => `sip:person-${index}@example.com` as UserUri;
const operator = {
	uri: "sip:operator@example.com" as UserUri,
	displayName: "Operator",
	guid: "",
	administrator: true,
};

/** Messages, each with a mark of its own. */
let said = 0;

if (process.send === undefined) await measure();
else await serve();

interface Setting {
	readonly chat: DatabaseDescription;
	/** Undefined: compliance is off. */
	readonly archive: DatabaseDescription | undefined;
	readonly directory: string;
}

/** The service, with the SIP server in it, in the child. */
async function serve(): Promise<void> {
	const { chat, archive, directory } = JSON.parse(
		process.argv[2] ?? "",
	) as Setting;
	const database = archive && makeDatabase(archive);
	const node = await startChatNode({
		service: { authentication: "open" },
		existing: { description: chat, drop: async () => {} },
		compliance:
			database === undefined
				? "off"
				: {
						adapters: [{ use: "jsonl", options: { directory } }],
						database,
						files: join(directory, "files"),
						signingKey: join(directory, "key.pem"),
					},
	});
	const { category } =
		(await node.store.rooms.find(
			"00000000-0000-4000-8000-000000000001" as RoomId,
		)) ?? {};
	await node.store.transaction(async (tx) => {
		for (let i = 0; i < roomCount * peopleInRoom; i++) {
			await tx.users.add({
				uri: uriOf(i),
				displayName: `Person ${i}`,
				guid: `00000000-0000-4000-9000-${String(i).padStart(12, "0")}`,
				active: true,
			});
		}
	});
	const rooms: RoomId[] = [];
	for (let i = 0; i < roomCount; i++) {
		const { room } = await node.chat.rooms.createRoom(operator, {
			name: `Room ${i}`,
			category: category?.id as CategoryId,
			privacy: "open",
		});
		rooms.push(room.id);
	}
	process.on("message", async (what: "cpu" | "end") => {
		if (what === "end") {
			await node.close();
			await database?.destroy();
			process.exit();
		}
		const { user, system } = process.cpuUsage();
		process.send?.({ cpuMs: (user + system) / 1_000 });
	});
	process.once("disconnect", () => process.exit(1));
	process.send?.({ server: node.server("tcp"), rooms });
}

interface Side {
	readonly name: "off" | "on";
	readonly child: ChildProcess;
	readonly rooms: readonly RoomId[];
	readonly people: readonly LightClient[];
	posted: number;
	cpuMs: number;
}

async function measure(): Promise<void> {
	const { values } = parseArgs({
		args: process.argv.slice(2),
		options: {
			seconds: { type: "string", default: "5" },
			rounds: { type: "string", default: "6" },
		},
	});
	const directory = mkdtempSync(join(tmpdir(), "persistent-chat-bench-"));
	const mariadb = await startMariadb({ durable: true, bufferPoolMiB: 512 });
	try {
		const sides = [
			await begin("off", mariadb.url, directory),
			await begin("on", mariadb.url, directory),
		] as const;
		for (const side of sides) await post(side, 1);
		for (const side of sides) Object.assign(side, { posted: 0, cpuMs: 0 });
		for (let round = 0; round < Number(values.rounds); round++) {
			const order = round % 2 === 0 ? sides : [...sides].reverse();
			for (const side of order) await post(side, Number(values.seconds));
		}
		for (const { child, people } of sides) {
			for (const person of people) person.close();
			child.send("end");
			await once(child, "exit");
		}
		report(sides, Number(values.rounds) * Number(values.seconds));
	} finally {
		await mariadb.stop();
		rmSync(directory, { recursive: true });
	}
}

function report(sides: readonly [Side, Side], seconds: number): void {
	for (const { name, posted, cpuMs } of sides) {
		const rate = (posted / seconds).toFixed(0);
		const cpu = (cpuMs / posted).toFixed(2);
		console.log(
			row(
				`compliance ${name}`,
				`${rate} posts/s, ${Number(rate) * peopleInRoom} deliveries/s`,
				`${cpu} ms of CPU a post in the service`,
			),
		);
	}
	const part = 1 - sides[1].posted / sides[0].posted;
	console.log(row("cost", `${(part * 100).toFixed(1)} %`));
	ok(part <= mostPart, "compliance costs the chat more than it may");
}

async function begin(
	name: Side["name"],
	server: string,
	directory: string,
): Promise<Side> {
	const setting: Setting = {
		chat: (await freshMysql(server)).description,
		archive: name === "on" ? (await freshMysql(server)).description : undefined,
		directory,
	};
	const child = fork(
		fileURLToPath(import.meta.url),
		[JSON.stringify(setting)],
		{ execArgv: ["--import", "tsx"] },
	);
	const [{ server: address, rooms }] = (await once(child, "message")) as [
		{ server: string; rooms: readonly RoomId[] },
	];
	const people: LightClient[] = [];
	for (let i = 0; i < roomCount * peopleInRoom; i++) {
		people.push(await enter(address, i, rooms));
	}
	return { name, child, rooms, people, posted: 0, cpuMs: 0 };
}

async function enter(
	address: string,
	index: number,
	rooms: readonly RoomId[],
): Promise<LightClient> {
	const [, host = "", port = ""] = /sip:([^:]+):(\d+)/.exec(address) ?? [];
	const client = await callLightly({
		host,
		port: Number(port),
		// One address may not call so often.
		from: `127.0.0.${2 + (index % 10)}`,
		user: uriOf(index),
		service,
		onMessage() {},
	});
	client.tell(
		`<xccos ver="1" envid="1" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:join" seqid="1"><data><chanid key="0" domain="example.com" value="${rooms[index % roomCount]}"/></data></cmd></xccos>`,
	);
	await client.hears("rpl:join");
	return client;
}

async function post(side: Side, seconds: number): Promise<void> {
	const before = await cpuMs(side);
	const end = performance.now() + seconds * 1_000;
	await Promise.all(
		side.people.slice(0, roomCount * posters).map(async (person, index) => {
			while (performance.now() < end) {
				await say(person, index, side.rooms[index % roomCount] ?? "");
				side.posted += 1;
			}
		}),
	);
	side.cpuMs += (await cpuMs(side)) - before;
}

/** Resolves when it has come back to him, and so to most others. */
async function say(
	person: LightClient,
	index: number,
	room: string,
): Promise<void> {
	said += 1;
	const mark = `post ${said}.`;
	const heard = person.hears(mark);
	person.tell(
		`<xccos ver="1" envid="${said}" xmlns="urn:parlano:xml:ns:xccos"><grpchat id="grpchat" seqid="1" chanUri="ma-chan://example.com/${room}" author="${uriOf(index)}" ts="2026-11-22T10:02:46Z"><chat>${mark} ${text}</chat></grpchat></xccos>`,
	);
	await heard;
}

async function cpuMs({ child }: Side): Promise<number> {
	child.send("cpu");
	const [answer] = (await once(child, "message")) as [{ cpuMs: number }];
	return answer.cpuMs;
}
