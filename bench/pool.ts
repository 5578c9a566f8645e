/**
 * What a pool costs: posts of 600 bytes to 100 rooms of 30 people, one node and then two with a Redis between them, on the same cores, the same
 * kind of SIP server and database, by turns. Everybody's rooms have people of both nodes.
 * `npm run bench -- pool [--seconds 5] [--rounds 3] [--drachtio PROGRAM]`
 */
import { equal } from "node:assert/strict";
import { parseArgs } from "node:util";
import { personUri } from "./chat-service.ts";
import { chatters } from "./chatters.ts";
import { quantiles, row } from "./measure.ts";
import { createPosts, postOf } from "./posts.ts";
import { cpuMs, machine, setScene } from "./scene.ts";

const { values } = parseArgs({
	args: process.argv.slice(2),
	options: {
		seconds: { type: "string", default: "5" },
		rounds: { type: "string", default: "3" },
		drachtio: { type: "string" },
	},
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const rooms = 100;
const people = 30;
const underWay = 60;
const postsPerSecond = 40;

interface Figures {
	readonly posts: number;
	readonly deliveries: number;
	/** Of all nodes and Redis together, for a delivery, in microseconds: saturated, and at an even pace. */
	readonly cpu: number;
	readonly pacedCpu: number;
	readonly p50: number;
	readonly p99: number;
}

console.log(machine());
console.log(
	row(
		...[
			"nodes",
			"posts/s",
			"deliveries/s",
			"CPU of nodes and Redis, µs a delivery",
		],
		...["at an even pace", "p50 / p99"],
	),
);
console.log(row(...Array.from({ length: 6 }, () => "--:")));
const [one, two] = [await measure(1), await measure(2)];
const ratio = (of: keyof Figures) => (two[of] / one[of]).toFixed(2);
console.log(
	row(
		...[
			"**ratio**",
			ratio("posts"),
			`**${ratio("deliveries")}**`,
			`**${ratio("cpu")}**`,
		],
		...[`**${ratio("pacedCpu")}**`, `${ratio("p50")} / ${ratio("p99")}`],
	),
);

async function measure(nodes: number): Promise<Figures> {
	const scene = await setScene({
		drachtio: values.drachtio,
		people: rooms * people,
		rooms,
		nodes,
	});
	const posts = createPosts();
	try {
		const crowd = await chatters(scene, {
			first: 0,
			count: rooms * people,
			atOnce: 64,
			roomsOf: (user) => [scene.rooms[user % rooms]],
			onBody: posts.take,
		});
		let next = 0;
		const sender = () => {
			const room = next++ % rooms;
			const author = room + rooms * (next % people);
			return {
				people,
				send: (mark: number) =>
					crowd.tell(
						author,
						postOf(scene.rooms[room], personUri(author), mark),
					),
			};
		};
		const cpu = () => scene.processIds.reduce((sum, id) => sum + cpuMs(id), 0);
		const all: Figures[] = [];
		for (let round = 0; round < rounds; round += 1) {
			const looks: number[] = [];
			const full = await posts.saturated(sender, underWay, seconds, () =>
				looks.push(cpu()),
			);
			const [began = 0, ended = 0] = looks;
			const before = cpu();
			const paced = await posts.paced(sender, postsPerSecond, seconds);
			const deliveries = full.deliveriesPerSecond;
			all.push({
				posts: full.postsPerSecond,
				deliveries,
				cpu: ((ended - began) * 1_000) / (deliveries * seconds),
				pacedCpu: ((cpu() - before) * 1_000) / paced.delays.length,
				...quantiles(paced.delays),
			});
		}
		equal(crowd.refused, 0, "somebody was refused");
		crowd.close();
		const middle = middleOf(all);
		console.log(
			row(
				...[
					String(nodes),
					middle.posts.toFixed(0),
					middle.deliveries.toFixed(0),
				],
				...[middle.cpu.toFixed(0), middle.pacedCpu.toFixed(0)],
				`${middle.p50.toFixed(1)} / ${middle.p99.toFixed(1)} ms`,
			),
		);
		return middle;
	} finally {
		await scene.close();
	}
}

function middleOf(all: readonly Figures[]): Figures {
	const of = (name: keyof Figures) =>
		all.map((each) => each[name]).sort((a, b) => a - b)[
			Math.floor(all.length / 2)
		] ?? 0;
	return {
		...{ posts: of("posts"), deliveries: of("deliveries"), cpu: of("cpu") },
		...{ pacedCpu: of("pacedCpu"), p50: of("p50"), p99: of("p99") },
	};
}
