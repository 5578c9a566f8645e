/**
 * How long a post of 600 bytes takes to the people of its room while there is little to do: 100 posts a second to a room of ten, kept
 * with every commit on the disk and owed to compliance, beside an application of drachtio-srf alone that only echoes.
 * `npm run bench -- quiet [--drachtio PROGRAM] [--seconds 10]`
 */
import { parseArgs } from "node:util";
import { personUri } from "./chat-service.ts";
import { chatters, echoes } from "./chatters.ts";
import { quantiles, row } from "./measure.ts";
import { createPosts, postOf, type Sender } from "./posts.ts";
import { cpuMs, machine, setScene } from "./scene.ts";

const { values } = parseArgs({
	args: process.argv.slice(2),
	options: {
		drachtio: { type: "string" },
		seconds: { type: "string", default: "10" },
	},
});
const seconds = Number(values.seconds);
const people = 10;
const postsPerSecond = 100;

const posts = createPosts();
const scene = await setScene({ drachtio: values.drachtio, people, rooms: 1 });
try {
	console.log(`${machine()}; SIP server: ${scene.sipServer.name}`);
	console.log(row("application", "deliveries/s", "p50", "p95", "p99", "CPU"));
	const [room] = scene.rooms;
	const chat = await chatters(scene, {
		first: 0,
		count: people,
		roomsOf: () => [room],
		onBody: posts.take,
	});
	const bare = await echoes(scene, people, posts.take);
	await measure("bare", bare.processId, {
		people,
		send: (mark) =>
			bare.send(postOf(room, "bare", mark), mark % people, 0, people),
	});
	await measure("chat", scene.service.pid, {
		people,
		send(mark) {
			const author = mark % people;
			chat.tell(author, postOf(room, personUri(author), mark));
		},
	});
	for (const crowd of [chat, bare.crowd]) crowd.close();
} finally {
	await scene.close();
}

async function measure(
	name: string,
	processId: number | undefined,
	sender: Sender,
): Promise<void> {
	await posts.paced(() => sender, postsPerSecond, 1);
	const before = cpuMs(processId);
	const { deliveriesPerSecond, delays } = await posts.paced(
		() => sender,
		postsPerSecond,
		seconds,
	);
	const used = (cpuMs(processId) - before) / seconds / 10;
	const { p50, p95, p99 } = quantiles(delays);
	console.log(
		row(
			name,
			deliveriesPerSecond.toFixed(0),
			...[p50, p95, p99].map((ms) => `${ms.toFixed(1)} ms`),
			`${used.toFixed(0)} %`,
		),
	);
}
