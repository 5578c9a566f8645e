/**
 * The published model of the product that this one replaces, for one of its servers: 20,000 people, each in 12 rooms of 30, two of 150 and
 * two of everybody, connected all the time; 18.5 posts a second, 90 % of them in rooms of 30, and 2.5 a second who leave a room
 * and come back, with its newest messages; at the end a post to everybody. MariaDB with every commit on the disk, compliance on. With several sizes each has a scene of its own,
 * people, rooms and rates alike: what a delivery costs must not grow.
 * `npm run bench -- users [--users 1000,2000,4000] [--seconds 60] [--drachtio PROGRAM] [--profile DIRECTORY]`
 */
import { equal, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { personUri } from "./chat-service.ts";
import { chatters, comingBackTo, historyOf } from "./chatters.ts";
import type { Crowd } from "./crowd.ts";
import { quantiles, row } from "./measure.ts";
import { createPosts, postOf } from "./posts.ts";
import { cpuMs, machine, type Scene, setScene } from "./scene.ts";

const { values } = parseArgs({
	args: process.argv.slice(2),
	options: {
		users: { type: "string", default: "1000,2000,4000" },
		seconds: { type: "string", default: "60" },
		drachtio: { type: "string" },
		profile: { type: "string" },
	},
});
const seconds = Number(values.seconds);
/** Of the published pool, all of its servers together. */
const published = { users: 80_000, postsPerSecond: 74, joinsPerSecond: 10 };
const kinds = [
	{ people: 30, each: 12, posts: 0.9 },
	{ people: 150, each: 2, posts: 0.1 },
] as const;
const ofEverybody = 2;
const most = { p99Ms: 500, costGrowth: 1.1 };

interface Figures {
	readonly users: number;
	readonly costUs: number;
}

console.log(machine());
console.log(
	row(
		...["users", "rooms", "sign-ins/s", "memory of a session", "posts/s"],
		...["deliveries/s", "p50 / p99", "CPU of Node, µs a delivery"],
		...["of a core: Node", "SIP server", "database", "clients"],
		"one post to everybody",
	),
);
console.log(row(...Array.from({ length: 13 }, () => "--:")));
const all: Figures[] = [];
for (const size of values.users.split(",").map(Number)) {
	all.push(await measure(size));
}
const [first] = all;
for (const { users, costUs } of all) {
	const growth = costUs / (first?.costUs ?? costUs);
	console.log(`${users}: ${growth.toFixed(2)} of the smallest's cost`);
}

async function measure(users: number): Promise<Figures> {
	ok(users % 150 === 0 || users % 50 === 0, "a multiple of 150, please");
	const layout = layOut(users);
	const scene = await setScene({
		drachtio: values.drachtio,
		people: users,
		rooms: layout.rooms,
		roster: 75,
		profile: values.profile,
	});
	try {
		return await live(scene, users, layout);
	} finally {
		await scene.close();
	}
}

interface Layout {
	readonly rooms: number;
	/** Numbers of rooms. */
	roomsOf(user: number): readonly number[];
	/** A room of such a kind, and who is in it. */
	anyRoom(kind: number): {
		readonly room: number;
		readonly people: readonly number[];
	};
	/** A room of everybody. */
	readonly largest: number;
}

/** Each of a kind's rooms of one person is of another part of them, in which everybody is in one, beside others each time. */
function layOut(users: number): Layout {
	const parts = kinds.flatMap(({ people, each }, kind) =>
		Array.from({ length: each }, (_, n) => ({
			kind,
			people,
			step: strideOf(users, 7 + 31 * n + kind),
			size: Math.ceil(users / people),
		})),
	);
	const starts: number[] = [];
	let rooms = 0;
	for (const { size } of parts) {
		starts.push(rooms);
		rooms += size;
	}
	const large = Array.from({ length: ofEverybody }, (_, n) => rooms + n);
	const inPart = (user: number, part: number) => {
		const { step, people } = parts[part] as (typeof parts)[0];
		return Math.floor(((user * step) % users) / people);
	};
	return {
		rooms: rooms + large.length,
		largest: rooms,
		roomsOf: (user) => [
			...parts.map((_, part) => (starts[part] ?? 0) + inPart(user, part)),
			...large,
		],
		anyRoom(kind) {
			const some = parts.flatMap((each, part) =>
				each.kind === kind ? [part] : [],
			);
			const part = some[Math.floor(Math.random() * some.length)] ?? 0;
			const room = Math.floor(Math.random() * (parts[part]?.size ?? 1));
			const people = [];
			for (let user = 0; user < users; user += 1) {
				if (inPart(user, part) === room) people.push(user);
			}
			return { room: (starts[part] ?? 0) + room, people };
		},
	};
}

/** Coprime to it, so that everybody has a place of his own. */
function strideOf(users: number, from: number): number {
	const common = (a: number, b: number): number =>
		b === 0 ? a : common(b, a % b);
	let step = from;
	while (common(users, step) !== 1) step += 1;
	return step;
}

async function live(
	scene: Scene,
	users: number,
	layout: Layout,
): Promise<Figures> {
	const { rooms, service, sipServer, databaseProcessId } = scene;
	const posts = createPosts();
	const before = residentKiB(service.pid);
	const begun = performance.now();
	const crowd = await chatters(scene, {
		first: 0,
		count: users,
		atOnce: 64,
		roomsOf: (user) => layout.roomsOf(user).map((room) => rooms[room]),
		onBody: posts.take,
	});
	const signedIn = (performance.now() - begun) / 1_000;
	const memory = (residentKiB(service.pid) - before) / users;
	const processes = [
		service.pid,
		sipServer.processId,
		databaseProcessId,
		process.pid,
	];
	const was = processes.map(cpuMs);
	const share = users / published.users;
	const leaving = comeAndGo(crowd, scene, layout, {
		users,
		perSecond: published.joinsPerSecond * share,
	});
	const outcome = await posts.paced(
		() => someRoom(crowd, scene, layout),
		published.postsPerSecond * share,
		seconds,
	);
	clearInterval(leaving);
	const [node = 0, sip = 0, database = 0, clients = 0] = processes.map(
		(id, i) => cpuMs(id) - (was[i] ?? 0),
	);
	const { p50, p99 } = quantiles(outcome.delays);
	const toAll = await posts.paced(
		() => ({
			people: users,
			send: (mark: number) =>
				crowd.tell(0, postOf(rooms[layout.largest], personUri(0), mark)),
		}),
		1,
		0,
	);
	const costUs = (node * 1_000) / outcome.delays.length;
	const ofCore = (ms: number) => `${(ms / seconds / 10).toFixed(1)} %`;
	console.log(
		row(
			...[String(users), String(layout.rooms), (users / signedIn).toFixed(0)],
			...[`${memory.toFixed(0)} KiB`, outcome.postsPerSecond.toFixed(1)],
			...[outcome.deliveriesPerSecond.toFixed(0)],
			...[`${p50.toFixed(1)} / ${p99.toFixed(1)} ms`, costUs.toFixed(0)],
			...[node, sip, database, clients].map(ofCore),
			`${Math.max(...toAll.delays.slice(-users)).toFixed(0)} ms`,
		),
	);
	equal(crowd.refused, 0, "somebody was refused");
	ok(p99 <= most.p99Ms, `p99 above ${most.p99Ms} ms`);
	crowd.close();
	return { users, costUs };
}

/** Who posts where: as the kinds share the posts. */
function someRoom(crowd: Crowd, { rooms }: Scene, layout: Layout) {
	const kind = Math.random() < kinds[0].posts ? 0 : 1;
	const { room, people } = layout.anyRoom(kind);
	const author = people[Math.floor(Math.random() * people.length)] ?? 0;
	return {
		people: people.length,
		send: (mark: number) =>
			crowd.tell(author, postOf(rooms[room], personUri(author), mark)),
	};
}

/** Somebody leaves a room, comes back to it, and reads its newest messages. */
function comeAndGo(
	crowd: Crowd,
	{ rooms }: Scene,
	layout: Layout,
	{ users, perSecond }: { readonly users: number; readonly perSecond: number },
): NodeJS.Timeout {
	let envid = 1_000_000;
	return setInterval(() => {
		envid += 3;
		const user = Math.floor(Math.random() * users);
		const [room = 0] = layout.roomsOf(user);
		for (const body of [
			...comingBackTo(rooms[room], envid),
			historyOf(rooms[room], 25, envid + 2),
		]) {
			crowd.tell(user, body);
		}
	}, 1_000 / perSecond);
}

function residentKiB(processId: number | undefined): number {
	const status = readFileSync(`/proc/${processId}/status`, "utf8");
	return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
}
