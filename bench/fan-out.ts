/**
 * How fast a post of 600 bytes reaches N people in a room over TCP, stored with every commit on the disk and owed to compliance, beside
 * an application of drachtio-srf alone that only echoes, on the same SIP server in the same run, by turns; at last with clients that take
 * several messages from one INFO.
 * `npm run bench -- fan-out [--drachtio PROGRAM] [--seconds 3] [--rounds 3] [--people 10,100,1000] [--profile DIRECTORY]`
 */
import { ok } from "node:assert/strict";
import { parseArgs } from "node:util";
import { personUri } from "./chat-service.ts";
import { chatters, echoes } from "./chatters.ts";
import { createPosts, postOf } from "./posts.ts";
import { machine, setScene } from "./scene.ts";
import { columns, compare, type Side } from "./side.ts";

const { values } = parseArgs({
	args: process.argv.slice(2),
	options: {
		drachtio: { type: "string" },
		seconds: { type: "string", default: "3" },
		rounds: { type: "string", default: "3" },
		people: { type: "string", default: "10,100,1000" },
		profile: { type: "string" },
	},
});
const course = {
	seconds: Number(values.seconds),
	rounds: Number(values.rounds),
	pace: 2_000,
};
/** What must hold, whatever else the machine does: of the bare application's time of Node for a delivery. */
const must = { cpu: 1.2, batched: 0.8 };
const batching = 100;
const sizes = values.people.split(",").map(Number);
const most = Math.max(batching, ...sizes);
/** Deliveries under way, in posts. */
const windowOf = (people: number) => Math.max(2, Math.round(2_000 / people));

const posts = createPosts();
const scene = await setScene({
	drachtio: values.drachtio,
	people: most + batching,
	rooms: sizes.length + 1,
	profile: values.profile,
});
try {
	await measure();
} finally {
	await scene.close();
}

async function measure(): Promise<void> {
	console.log(`${machine()}; SIP server: ${scene.sipServer.name}\n${columns}`);
	const { rooms } = scene;
	const chat = await chatters(scene, {
		first: 0,
		count: most,
		roomsOf: (index) => rooms.filter((_, i) => index < (sizes[i] ?? 0)),
		onBody: posts.take,
	});
	const batch = await chatters(scene, {
		first: most,
		count: batching,
		roomsOf: () => rooms.slice(-1),
		supported: "xccos-batch",
		onBody: posts.take,
	});
	const bare = await echoes(scene, most, posts.take);
	const bareSide = (people: number): Side => ({
		name: "bare",
		processId: bare.processId,
		window: windowOf(people),
		sender: () => ({
			people,
			send: (mark) =>
				bare.send(postOf(rooms[0], "bare", mark), mark % people, 0, people),
		}),
	});
	for (const [i, people] of sizes.entries()) {
		const ours: Side = {
			name: "chat",
			processId: scene.service.pid,
			window: windowOf(people),
			sender: () => ({
				people,
				send(mark) {
					const author = mark % people;
					chat.tell(author, postOf(rooms[i], personUri(author), mark));
				},
			}),
		};
		const sides = [bareSide(people), ours] as const;
		const ratio = await compare(scene, posts, `${people}`, sides, course);
		if (people >= 1_000) {
			ok(ratio.cpu <= must.cpu, "costs too much of Node's time");
		}
	}
	const batched: Side = {
		name: "batching clients",
		processId: scene.service.pid,
		window: 64,
		sender: () => ({
			people: batching,
			send(mark) {
				const author = mark % batching;
				batch.tell(
					author,
					postOf(rooms.at(-1), personUri(most + author), mark),
				);
			},
		}),
	};
	const sides = [bareSide(batching), batched] as const;
	const ratio = await compare(scene, posts, `${batching}`, sides, course);
	ok(ratio.cpu <= must.batched, "batching clients cost too much");
	ok(chat.refused + batch.refused + bare.crowd.refused === 0, "refusals");
	for (const crowd of [chat, batch, bare.crowd]) crowd.close();
}
