/**
 * Many rooms at once: posts of 600 bytes to 100 rooms of 10 people, and to 1,000 rooms of 30 (3,000 people, each in ten rooms), stored
 * with every commit on the disk and owed to compliance, beside an application of drachtio-srf alone that echoes to as many.
 * `npm run bench -- rooms [--drachtio PROGRAM] [--rooms 100,1000] [--seconds 4] [--rounds 3] [--profile DIRECTORY]`
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
		seconds: { type: "string", default: "4" },
		rounds: { type: "string", default: "3" },
		rooms: { type: "string", default: "100,1000" },
		profile: { type: "string" },
	},
});
const course = {
	seconds: Number(values.seconds),
	rounds: Number(values.rounds),
	pace: 2_000,
};
/** The room `i` of a shape has `people`, from the `i × step`-th on. */
const shapes = [
	{ rooms: 100, people: 10, step: 10, window: 200 },
	{ rooms: 1_000, people: 30, step: 3, window: 100 },
];
const [small, large] = shapes as [(typeof shapes)[0], (typeof shapes)[0]];
const wanted = values.rooms.split(",").map(Number);
const everybody = wanted.includes(large.rooms) ? 3_000 : 1_000;

const posts = createPosts();
const scene = await setScene({
	drachtio: values.drachtio,
	people: everybody,
	rooms: small.rooms + large.rooms,
	profile: values.profile,
});
try {
	await measure();
} finally {
	await scene.close();
}

function roomsOf(index: number) {
	const { rooms } = scene;
	const few = rooms[Math.floor(index / small.step)];
	if (everybody < large.rooms * large.step) return [few];
	const many = Array.from({ length: large.people / large.step }, (_, i) => {
		const room = Math.floor(index / large.step) - i;
		return rooms[small.rooms + ((room + large.rooms) % large.rooms)];
	});
	return index < small.rooms * small.step ? [...many, few] : many;
}

async function measure(): Promise<void> {
	console.log(`${machine()}; SIP server: ${scene.sipServer.name}\n${columns}`);
	const { rooms } = scene;
	const chat = await chatters(scene, {
		first: 0,
		count: everybody,
		roomsOf,
		onBody: posts.take,
	});
	const bare = await echoes(scene, everybody, posts.take);
	for (const [shape, firstRoom] of [
		[small, 0],
		[large, small.rooms],
	] as const) {
		const { people, step, window } = shape;
		if (!wanted.includes(shape.rooms)) continue;
		const placeOf = (mark: number) => {
			const room = mark % shape.rooms;
			const turn = Math.floor(mark / shape.rooms) % people;
			return { room, author: (room * step + turn) % everybody };
		};
		const theirs: Side = {
			name: "bare",
			processId: bare.processId,
			window: Math.round(800 / people),
			sender: () => ({
				people,
				send(mark) {
					const { room, author } = placeOf(mark);
					const body = postOf(rooms[0], "bare", mark);
					bare.send(body, author, room * step, people);
				},
			}),
		};
		const ours: Side = {
			name: "chat",
			processId: scene.service.pid,
			window,
			sender: () => ({
				people,
				send(mark) {
					const { room, author } = placeOf(mark);
					const to = rooms[firstRoom + room];
					chat.tell(author, postOf(to, personUri(author), mark));
				},
			}),
		};
		const what = `${shape.rooms} rooms × ${people}`;
		await compare(scene, posts, what, [theirs, ours], course);
	}
	ok(chat.refused + bare.crowd.refused === 0, "refusals");
	for (const crowd of [chat, bare.crowd]) crowd.close();
}
