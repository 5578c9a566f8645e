/**
 * How many questions a second for the last 30 messages of a room of 100,000 are answered over SIP, and how soon: texts of 100 bytes,
 * MariaDB, so many clients that ask again as soon as they have their answer.
 * `npm run bench -- history [--drachtio PROGRAM] [--seconds 5] [--messages 100000] [--profile DIRECTORY]`
 */
import { ok } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { makeDatabase } from "../plugin/index.ts";
import { personUri } from "./chat-service.ts";
import { chatters, historyOf } from "./chatters.ts";
import { quantiles, row } from "./measure.ts";
import { cpuMs, machine, setScene } from "./scene.ts";

const { values } = parseArgs({
	args: process.argv.slice(2),
	options: {
		drachtio: { type: "string" },
		seconds: { type: "string", default: "5" },
		messages: { type: "string", default: "100000" },
		profile: { type: "string" },
	},
});
const seconds = Number(values.seconds);
const messages = Number(values.messages);
const count = 30;
const text = "lorem ipsum dolor sit amet ".repeat(4).slice(0, 100);
const steps = [1, 10, 50];
const most = Math.max(...steps);

/** Of who asks. */
const waiting: (() => void)[] = [];
let bodies = 0;
let heard = 0;
const scene = await setScene({
	drachtio: values.drachtio,
	people: most,
	rooms: 1,
	profile: values.profile,
});
try {
	await fill();
	console.log(`${machine()}; SIP server: ${scene.sipServer.name}`);
	console.log(
		row("asking", "requests/s", "p50", "p99", "INFOs each", "CPU each"),
	);
	const crowd = await chatters(scene, {
		first: 0,
		count: most,
		roomsOf: () => scene.rooms,
		onBody: take,
	});
	for (const clients of steps) await measure(clients, crowd);
	ok(crowd.refused === 0, "refusals");
	crowd.close();
} finally {
	await scene.close();
}

/** As posts leave them, but for what only search needs. */
async function fill(): Promise<void> {
	const knex = makeDatabase(scene.chat);
	const [room] = scene.rooms;
	const rows = Array.from({ length: messages }, (_, i) => ({
		room_id: room,
		sequence: i + 1,
		author_uri: personUri(i % most),
		author_name: `Person ${i % most}`,
		text,
		alert: false,
		extras: null,
		posted_at: Date.now(),
		post_key: randomUUID(),
	}));
	for (let at = 0; at < rows.length; at += 2_000) {
		await knex("messages").insert(rows.slice(at, at + 2_000));
	}
	await knex("rooms").where({ id: room }).update({ last_sequence: messages });
	await knex.destroy();
}

function take(body: Buffer, client: number): void {
	if (!body.includes("rpl:bccontext")) return;
	bodies += 1;
	let at = body.indexOf("<chat>");
	while (at >= 0) {
		heard += 1;
		at = body.indexOf("<chat>", at + 1);
	}
	if (!body.includes('more="true"')) waiting[client]?.();
}

async function measure(
	clients: number,
	crowd: Awaited<ReturnType<typeof chatters>>,
): Promise<void> {
	let going = true;
	let envid = 10;
	const delays: number[] = [];
	async function askOn(client: number): Promise<void> {
		while (going) {
			const begun = performance.now();
			await new Promise<void>((resolve) => {
				waiting[client] = resolve;
				envid += 1;
				crowd.tell(client, historyOf(scene.rooms[0], count, envid));
			});
			delays.push(performance.now() - begun);
		}
	}
	const asking = Array.from({ length: clients }, (_, i) => askOn(i));
	await pause(700);
	delays.length = 0;
	[bodies, heard] = [0, 0];
	const before = cpuMs(scene.service.pid);
	await pause(seconds * 1_000);
	const used = cpuMs(scene.service.pid) - before;
	going = false;
	const { p50, p99 } = quantiles(delays);
	const [answers, infos, told] = [delays.length, bodies, heard];
	await Promise.all(asking);
	ok(Math.abs(told / answers - count) < 1 + clients, "other than asked for");
	console.log(
		row(
			`${clients}`,
			(answers / seconds).toFixed(0),
			`${p50.toFixed(1)} ms`,
			`${p99.toFixed(1)} ms`,
			(infos / answers).toFixed(1),
			`${((used * 1_000) / answers).toFixed(0)} µs`,
		),
	);
}
