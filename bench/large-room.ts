/**
 * A room of 16,000 members, half of them by themselves and half by a group, with 2,000 connected: how large what they are
 * sent is, what a connected session costs, and how long it takes to kick 500 and to tell everybody a message.
 * The service runs in a process of its own, with the SIP server and an SQLite store.
 */
import { equal, ok } from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { PersistentChat } from "../plugin/index.ts";
import type {
	GroupId,
	Principal,
	RoomId,
	UserUri,
} from "../plugin/rooms/types.ts";
import { startChatNode } from "../test/support/chat-node.ts";
import { callLightly, type LightClient } from "./light-client.ts";

const members = 16_000;
const connected = 2_000;
const kicked = 500;
const room = "00000000-0000-4000-8000-00000000b16b" as RoomId;
const crew = "00000000-0000-4000-8000-0000000c4e3f" as GroupId;
const service = "sip:GC-1-PersistentChatService-1@example.com";
const uriOf = (index: number) =>
	`sip:member-${index}@example.com` as UserUri & Principal;
const operator = {
	uri: "sip:operator@example.com" as UserUri,
	displayName: "Operator",
	guid: "",
	administrator: true,
};
/** Every second one is a member by the group. */
const byGroup = (index: number) => index % 2 === 1;
const indices = (count: number) => Array.from({ length: count }, (_, i) => i);

if (process.send === undefined) await measure();
else await serve();

/** The service, in the child. */
async function serve(): Promise<void> {
	const node = await startChatNode({ service: { authentication: "open" } });
	const lobby = await node.store.rooms.find(
		"00000000-0000-4000-8000-000000000001" as RoomId,
	);
	ok(lobby);
	await node.store.transaction(async (tx) => {
		for (const index of indices(members)) {
			await tx.users.add({
				uri: uriOf(index),
				displayName: `Member ${index}`,
				guid: `00000000-0000-4000-9000-${String(index).padStart(12, "0")}`,
				active: true,
			});
		}
		await tx.groups.add({
			id: crew,
			name: "Crew",
			members: indices(members).filter(byGroup).map(uriOf),
		});
		await tx.rooms.add({
			id: room,
			name: "Everybody",
			description: "All of us",
			category: lobby.category.id,
			privacy: "closed",
			type: "normal",
			invitations: "off",
			members: [
				`group:${crew}` as Principal,
				...indices(members)
					.filter((index) => !byGroup(index))
					.map(uriOf),
			],
			managers: [],
			presenters: [],
			createdBy: "bench",
			createdAt: new Date(),
		});
	});
	process.on("message", async (what: "state" | "kick" | "end") => {
		if (what === "end") {
			await node.close();
			process.exit();
		}
		if (what === "kick") await kick(node.chat);
		process.send?.(state());
	});
	process.send?.(node.server("tcp"));
}

/** Of the service; the SIP server and the store are in the same process. */
interface State {
	readonly rssBytes: number;
	/** Used since it began: says more than time does on a busy machine. */
	readonly cpuMs: number;
}

function state(): State {
	globalThis.gc?.();
	const { user, system } = process.cpuUsage();
	return {
		rssBytes: process.memoryUsage().rss,
		cpuMs: (user + system) / 1000,
	};
}

async function kick({ rooms }: PersistentChat): Promise<void> {
	await rooms.changeRoom(operator, room, {
		roles: {
			member: {
				remove: indices(2 * kicked)
					.filter((index) => !byGroup(index))
					.map(uriOf),
			},
		},
	});
}

interface Traffic {
	messages: number;
	largestBytes: number;
}

async function measure(): Promise<void> {
	const child = fork(fileURLToPath(import.meta.url), {
		execArgv: ["--import", "tsx", "--expose-gc"],
	});
	const [server] = (await once(child, "message")) as [string];
	const traffic: Traffic = { messages: 0, largestBytes: 0 };
	/** A step, with what it took of time, of the service's CPU, and of messages. */
	const step = async (
		what: string,
		work: () => Promise<unknown>,
		more: (before: State, after: State) => string = () => "",
	) => {
		const before = await ask(child, "state");
		traffic.messages = 0;
		const began = performance.now();
		await work();
		const ms = performance.now() - began;
		const after = await ask(child, "state");
		const cpuMs = after.cpuMs - before.cpuMs;
		const result = `${cpuMs.toFixed(0)} ms of CPU, ${ms.toFixed(0)} ms, ${traffic.messages} messages${more(before, after)}`;
		process.stdout.write(`${what}: ${result}\n`);
	};

	const clients: LightClient[] = [];
	await step(
		`${connected} of ${members} members sign in and join`,
		() => signIn(server, clients, traffic),
		(before, after) => {
			const bytes = (after.rssBytes - before.rssBytes) / connected;
			return `, ${(bytes / 1024).toFixed(0)} KiB of memory a session`;
		},
	);
	const out = clients.slice(0, 2 * kicked).filter((_, i) => !byGroup(i));
	const staying = clients.filter((client) => !out.includes(client));
	equal(out.length, kicked);
	await step(`${kicked} are kicked and know it`, async () => {
		const told = Promise.all(out.map((client) => client.hears("ntc:kick")));
		await ask(child, "kick");
		await told;
	});
	await step(`${staying.length} hear a message`, async () => {
		const heard = staying.map((client) => client.hears("to all of you"));
		const [author] = staying;
		ok(author);
		author.tell(
			`<xccos ver="1" envid="2" xmlns="urn:parlano:xml:ns:xccos"><grpchat id="grpchat" seqid="1" chanUri="ma-chan://example.com/${room}" author="${uriOf(clients.indexOf(author))}" ts="2026-11-22T10:02:46Z"><chat>to all of you</chat></grpchat></xccos>`,
		);
		await Promise.all(heard);
	});
	process.stdout.write(`largest message: ${traffic.largestBytes} bytes\n`);
	ok(traffic.largestBytes <= 4_000, "larger than a shared frame");
	for (const client of clients) client.close();
	child.send("end");
	await once(child, "exit");
}

async function signIn(
	server: string,
	clients: LightClient[],
	traffic: Traffic,
): Promise<void> {
	const [, host = "", port = ""] = /sip:([^:]+):(\d+)/.exec(server) ?? [];
	const call = async (index: number) => {
		const client = await callLightly({
			host,
			port: Number(port),
			// One address may not call so often.
			from: `127.0.0.${2 + (index % 10)}`,
			user: uriOf(index),
			service,
			onMessage(bytes) {
				traffic.messages += 1;
				traffic.largestBytes = Math.max(traffic.largestBytes, bytes);
			},
		});
		client.tell(
			`<xccos ver="1" envid="1" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:join" seqid="1"><data><chanid key="0" domain="example.com" value="${room}"/></data></cmd></xccos>`,
		);
		await client.hears("rpl:join");
		return client;
	};
	for (let first = 0; first < connected; first += 20) {
		const some = indices(20).map((i) => call(first + i));
		clients.push(...(await Promise.all(some)));
	}
}

async function ask(
	child: ChildProcess,
	what: "state" | "kick",
): Promise<State> {
	child.send(what);
	const [answer] = (await once(child, "message")) as [State];
	return answer;
}
