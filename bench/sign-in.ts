/**
 * Everybody comes at once, as after a power cut: 2,000 users call, enter 16 rooms each (of 250, of 128 people) by one command and read the
 * last 25 messages of the first; then all others of their rooms. MariaDB with every commit on the disk, compliance on.
 * `npm run bench -- sign-in [--drachtio PROGRAM] [--users 2000] [--profile DIRECTORY]`
 */
import { equal, ok } from "node:assert/strict";
import { parseArgs } from "node:util";
import { personUri, serviceUri } from "./chat-service.ts";
import { historyOf, joinOf } from "./chatters.ts";
import { gather } from "./crowd.ts";
import { quantiles, row } from "./measure.ts";
import { cpuMs, machine, setScene } from "./scene.ts";

const { values } = parseArgs({
	args: process.argv.slice(2),
	options: {
		drachtio: { type: "string" },
		users: { type: "string", default: "2000" },
		profile: { type: "string" },
	},
});
const users = Number(values.users);
const roomsEach = 16;
const peopleInRoom = 128;
const rooms = (users * roomsEach) / peopleInRoom;
const last = 25;
/** Under way at once. */
const atOnce = 64;

const scene = await setScene({
	drachtio: values.drachtio,
	people: users,
	rooms,
	roster: 75,
	profile: values.profile,
});
try {
	await measure();
} finally {
	await scene.close();
}

async function measure(): Promise<void> {
	const replies = new Map<number, () => void>();
	const entered = new Map<number, number>();
	const crowd = await gather({
		...scene.sipServer.sip,
		users: Array.from({ length: users }, (_, i) => personUri(i)),
		service: serviceUri,
		onBody(client, body) {
			if (!body.includes("<rpl ")) return;
			let at = body.indexOf("<chanib ");
			while (at >= 0 && body.includes("rpl:bjoin")) {
				entered.set(client, (entered.get(client) ?? 0) + 1);
				at = body.indexOf("<chanib ", at + 1);
			}
			if (!body.includes('more="true"')) replies.get(client)?.();
		},
	});
	const ask = (client: number, body: string) =>
		new Promise<void>((resolve) => {
			replies.set(client, resolve);
			crowd.tell(client, body);
		});
	const roomsOf = (client: number) =>
		Array.from(
			{ length: roomsEach },
			(_, i) => scene.rooms[(client + i * 7) % rooms],
		);
	console.log(`${machine()}; SIP server: ${scene.sipServer.name}`);
	console.log(row("step", "a second", "p50", "p99", "CPU each", "database"));
	await step("signed in, 16 rooms, history of one", async (client) => {
		await crowd.call(client);
		const mine = roomsOf(client);
		await ask(client, joinOf(mine));
		await ask(client, historyOf(mine[0], last, 2));
	});
	for (let client = 0; client < users; client += 1) {
		equal(entered.get(client), roomsEach, "somebody is not in his rooms");
	}
	await step("history of 15 more", async (client) => {
		for (const [i, room] of roomsOf(client).slice(1).entries()) {
			await ask(client, historyOf(room, last, 3 + i));
		}
	});
	ok(crowd.refused === 0, "somebody was refused");
	crowd.close();
}

async function step(
	what: string,
	work: (client: number) => Promise<void>,
): Promise<void> {
	const processes = [scene.service.pid, scene.databaseProcessId];
	const before = processes.map(cpuMs);
	const delays: number[] = [];
	let next = 0;
	const begun = performance.now();
	async function goOn(): Promise<void> {
		while (next < users) {
			const client = next++;
			const came = performance.now();
			await work(client);
			delays.push(performance.now() - came);
		}
	}
	await Promise.all(Array.from({ length: atOnce }, goOn));
	const took = (performance.now() - begun) / 1_000;
	const [cpu = 0, database = 0] = processes.map(
		(id, i) => cpuMs(id) - (before[i] ?? 0),
	);
	const { p50, p99 } = quantiles(delays);
	console.log(
		row(
			what,
			(users / took).toFixed(0),
			`${p50.toFixed(0)} ms`,
			`${p99.toFixed(0)} ms`,
			`${(cpu / users).toFixed(2)} ms`,
			`${(database / users).toFixed(2)} ms`,
		),
	);
}
