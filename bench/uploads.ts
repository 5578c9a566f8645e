/**
 * `npm run bench -- uploads [--uploads 200] [--bytes 10000000] [--posts 300]`: how long a message takes from its author to another
 * in the room, with nothing else to do and while so many files come at once. Service, uploaders and people are a process each.
 */
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { setPriority, tmpdir } from "node:os";
import * as path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Actor, RoomId, UserUri } from "../plugin/index.ts";
import { startSite } from "../test/web/site.ts";
import { callLightly, type LightClient } from "./light-client.ts";
import { longestStall, quantiles, row } from "./measure.ts";

const room = "00000000-0000-4000-8000-000000000001" as RoomId;
const service = "sip:GC-1-PersistentChatService-1@example.com";
/** Each has at most 20 uploads under way. */
const uploadsOfOne = 10;
const everyMs = 20;
/** What a message takes at most, in what it takes when nothing else is to be done. */
const mostRatio = 2;

const { values } = parseArgs({
	options: {
		uploads: { type: "string", default: "200" },
		bytes: { type: "string", default: "10000000" },
		posts: { type: "string", default: "300" },
	},
});
const uploads = Number(values.uploads);
const bytes = Number(values.bytes);
const posts = Number(values.posts);

/** Messages, from the first on. */
let said = 0;

interface Begun {
	readonly sip: string;
	readonly web: string;
	readonly tokens: readonly string[];
}

interface Told {
	readonly cpuMs: number;
	readonly rssBytes: number;
	/** Since it was asked before. */
	readonly stallMs: number;
}

switch (process.env.BENCH_ROLE) {
	case "service":
		await serve();
		break;
	case "uploaders":
		await upload();
		break;
	default:
		await measure();
}

/** In the first child. */
async function serve(): Promise<void> {
	const directory = mkdtempSync(path.join(tmpdir(), "bench-uploads-"));
	const site = await startSite({
		node: { service: { authentication: "open", files: { directory } } },
		settings: { requestsPerMinute: 1_000_000 },
	});
	const { chat, store } = site.node;
	const tokens: string[] = [];
	for (let index = 0; index < uploads; index += 1) {
		const actor = actorOf(Math.floor(index / uploadsOfOne));
		if (index % uploadsOfOne === 0) {
			await store.transaction((tx) => tx.users.add({ ...actor, active: true }));
		}
		const name = `file ${index}`;
		tokens.push((await chat.rooms.grantUpload(actor, { room, name })).token);
	}
	process.on("disconnect", () => process.exit());
	let stall = longestStall();
	process.on("message", async (what: "state" | "end") => {
		if (what === "end") {
			await site.close();
			rmSync(directory, { recursive: true, force: true });
			process.exit();
		}
		const { user, system } = process.cpuUsage();
		const rssBytes = process.memoryUsage.rss();
		const told: Told = {
			...{ cpuMs: (user + system) / 1_000, rssBytes, stallMs: stall() },
		};
		stall = longestStall();
		process.send?.(told);
	});
	const begun: Begun = {
		...{ sip: site.node.server("tcp"), web: site.web.address, tokens },
	};
	process.send?.(begun);
}

function actorOf(index: number): Actor {
	return {
		uri: `sip:uploader-${index}@example.com` as UserUri,
		displayName: `Uploader ${index}`,
		guid: `00000000-0000-4000-9000-${String(index).padStart(12, "0")}`,
	};
}

/** In the second child: all at once, as fast as they are taken. */
async function upload(): Promise<void> {
	// It is to burden the service, not the machine.
	setPriority(10);
	const [{ web, tokens }] = (await once(process, "message")) as [Begun];
	const { hostname, port } = new URL(web);
	const agent = new Agent({ maxSockets: uploads });
	const send = async (token: string) => {
		const asked = request({
			...{ hostname, port, agent, method: "PUT" },
			path: `/files/${room}?announce=false`,
			headers: {
				authorization: `Bearer ${token}`,
				"content-length": String(bytes),
			},
		});
		const answered = new Promise<number>((resolve, reject) => {
			asked.on("response", (response) => {
				response.resume();
				response.on("end", () => resolve(response.statusCode ?? 0));
			});
			asked.on("error", reject);
		});
		await pipeline(Readable.from(content(token)), asked);
		assert.equal(await answered, 201);
	};
	await Promise.all(tokens.map(send));
	agent.destroy();
	process.send?.("done");
	process.disconnect();
}

/** Different bytes for each. */
async function* content(token: string): AsyncIterable<Buffer> {
	const piece = Buffer.alloc(65_536, token);
	for (let left = bytes; left > 0; left -= piece.length) {
		yield piece.subarray(0, Math.min(left, piece.length));
	}
}

async function measure(): Promise<void> {
	const node = start("service");
	const [begun] = (await once(node, "message")) as [Begun];
	const alice = await join(begun, "alice");
	const bob = await join(begun, "bob");
	console.log(
		row("", "messages", "p50", "p95", "p99", "longest", "stall", "CPU", "RSS"),
	);
	await latencies(alice, bob, 50);
	const quiet = await step(node, "nothing else", () =>
		latencies(alice, bob, posts),
	);
	const uploaders = start("uploaders");
	uploaders.send(begun);
	const began = performance.now();
	let under = true;
	const done = once(uploaders, "message").then(() => {
		under = false;
	});
	const busy = await step(node, `${uploads} uploads`, async () => {
		const all: number[] = [];
		while (under) all.push(...(await latencies(alice, bob, 10)));
		return all;
	});
	await done;
	const seconds = (performance.now() - began) / 1_000;
	const rate = (uploads * bytes) / 2 ** 20 / seconds;
	console.log(
		`\n${uploads} × ${bytes} bytes in ${seconds.toFixed(1)} s: ${rate.toFixed(0)} MiB/s`,
	);
	const ratio = busy.p50 / quiet.p50;
	const late = busy.p95 / quiet.p95;
	console.log(`ratio of p50 ${ratio.toFixed(2)}, of p95 ${late.toFixed(2)}`);
	alice.close();
	bob.close();
	node.send("end");
	await once(node, "exit");
	assert.ok(Math.max(ratio, late) <= mostRatio, "people who chat wait longer");
}

function start(role: "service" | "uploaders"): ChildProcess {
	return fork(fileURLToPath(import.meta.url), process.argv.slice(2), {
		execArgv: ["--import", "tsx"],
		env: { ...process.env, BENCH_ROLE: role },
	});
}

async function join({ sip }: Begun, name: string): Promise<LightClient> {
	const [, host = "", port = ""] = /sip:([^:]+):(\d+)/.exec(sip) ?? [];
	const client = await callLightly({
		...{ host, port: Number(port), from: "127.0.0.1", service },
		user: `sip:${name}@example.com`,
		onMessage: () => {},
	});
	client.tell(
		`<xccos ver="1" envid="1" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:join" seqid="1"><data><chanid key="0" domain="example.com" value="${room}"/></data></cmd></xccos>`,
	);
	await client.hears("rpl:join");
	return client;
}

/** From sending to hearing, one message after another, in milliseconds. */
async function latencies(
	alice: LightClient,
	bob: LightClient,
	count: number,
): Promise<readonly number[]> {
	const all: number[] = [];
	for (let index = 0; index < count; index += 1) {
		said += 1;
		const text = `message ${said}.`;
		const heard = bob.hears(text);
		const at = performance.now();
		alice.tell(
			`<xccos ver="1" envid="${said + 1}" xmlns="urn:parlano:xml:ns:xccos"><grpchat id="grpchat" seqid="1" chanUri="ma-chan://example.com/${room}" author="sip:alice@example.com" ts="2026-11-22T10:02:46Z"><chat>${text}</chat></grpchat></xccos>`,
		);
		await heard;
		all.push(performance.now() - at);
		await new Promise((resolve) => setTimeout(resolve, everyMs));
	}
	return all;
}

async function step(
	node: ChildProcess,
	what: string,
	work: () => Promise<readonly number[]>,
) {
	const before = await ask(node);
	const all = await work();
	const after = await ask(node);
	const { p50, p95, p99, most } = quantiles(all);
	const ms = (value: number) => `${value.toFixed(1)} ms`;
	console.log(
		row(
			what,
			String(all.length),
			...[p50, p95, p99, most, after.stallMs].map(ms),
			`${((after.cpuMs - before.cpuMs) / 1_000).toFixed(1)} s`,
			`${(after.rssBytes / 2 ** 20).toFixed(0)} MiB`,
		),
	);
	return { p50, p95 };
}

async function ask(node: ChildProcess): Promise<Told> {
	node.send("state");
	const [told] = (await once(node, "message")) as [Told];
	return told;
}
