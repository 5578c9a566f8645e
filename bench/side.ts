/** One of two applications that are compared: what it does under saturation and at an even pace, and at what cost. */
import { quantiles, row } from "./measure.ts";
import type { Posts, Sender } from "./posts.ts";
import { cpuMs, type Scene } from "./scene.ts";

export interface Side {
	readonly name: string;
	/** Of the application. */
	readonly processId: number | undefined;
	/** Posts under way at once. */
	readonly window: number;
	readonly sender: () => Sender;
}

export interface Measured {
	/** Saturated: a second. */
	readonly posts: number;
	readonly deliveries: number;
	/** From a post to its deliveries, in milliseconds: saturated, and at an even pace. */
	readonly p50: number;
	readonly p99: number;
	readonly pacedP50: number;
	readonly pacedP99: number;
	/** Saturated: of the application, in microseconds for each delivery. */
	readonly cpu: number;
	readonly sipCpu: number;
	/** Of the clients and the database, in % of a core. */
	readonly clients: number;
	readonly database: number;
}

export interface Course {
	readonly seconds: number;
	readonly rounds: number;
	/** Deliveries a second at an even pace. */
	readonly pace: number;
}

export const columns = [
	row(
		"to each",
		"application, posts under way",
		"posts/s",
		"deliveries/s",
		"p50 / p99",
		"even pace: p50 / p99",
		"CPU of Node, µs a delivery",
		"of the SIP server",
		"clients",
		"database",
	),
	row("--:", "---", ...Array.from({ length: 8 }, () => "--:")),
].join("\n");

/** By turns; of all rounds, the middle. Prints both and their ratio, which is the answer. */
export async function compare(
	scene: Scene,
	posts: Posts,
	what: string,
	[theirs, ours]: readonly [Side, Side],
	course: Course,
): Promise<Measured> {
	const results: (readonly [Measured, Measured])[] = [];
	for (let round = 0; round < course.rounds; round += 1) {
		const first = await run(scene, posts, theirs, course);
		results.push([first, await run(scene, posts, ours, course)]);
	}
	const bare = middle(results.map(([first]) => first));
	const own = middle(results.map(([, second]) => second));
	console.log(lineOf(what, theirs, bare));
	console.log(lineOf(what, ours, own));
	const ratio = Object.fromEntries(
		names(bare).map((name) => [name, own[name] / bare[name]]),
	) as unknown as Measured;
	const bold = (value: number) => `**${value.toFixed(2)}**`;
	console.log(
		row(
			what,
			"**ratio**",
			"",
			bold(ratio.deliveries),
			`${ratio.p50.toFixed(2)} / ${ratio.p99.toFixed(2)}`,
			`${ratio.pacedP50.toFixed(2)} / ${bold(ratio.pacedP99)}`,
			bold(ratio.cpu),
			ratio.sipCpu.toFixed(2),
			"",
			"",
		),
	);
	return ratio;
}

function lineOf(what: string, side: Side, one: Measured): string {
	return row(
		what,
		`${side.name}, ${side.window}`,
		one.posts.toFixed(0),
		one.deliveries.toFixed(0),
		`${one.p50.toFixed(1)} / ${one.p99.toFixed(1)} ms`,
		`${one.pacedP50.toFixed(1)} / ${one.pacedP99.toFixed(1)} ms`,
		one.cpu.toFixed(0),
		one.sipCpu.toFixed(0),
		`${one.clients.toFixed(0)} %`,
		`${one.database.toFixed(0)} %`,
	);
}

async function run(
	{ sipServer, databaseProcessId }: Scene,
	posts: Posts,
	{ processId, sender, window }: Side,
	{ seconds, pace }: Course,
): Promise<Measured> {
	const processes = [
		processId,
		sipServer.processId,
		process.pid,
		databaseProcessId,
	];
	const looks: number[][] = [];
	const full = await posts.saturated(sender, window, seconds, () =>
		looks.push(processes.map(cpuMs)),
	);
	const [before = [], after = []] = looks;
	const [cpu = 0, sipCpu = 0, clients = 0, database = 0] = after.map(
		(ms, i) => ms - (before[i] ?? 0),
	);
	const deliveries = full.deliveriesPerSecond * seconds;
	const { people } = sender();
	const slow = await posts.paced(sender, Math.max(2, pace / people), seconds);
	const { p50, p99 } = quantiles(full.delays);
	const quiet = quantiles(slow.delays);
	return {
		posts: full.postsPerSecond,
		deliveries: full.deliveriesPerSecond,
		p50,
		p99,
		pacedP50: quiet.p50,
		pacedP99: quiet.p99,
		cpu: (cpu * 1_000) / deliveries,
		sipCpu: (sipCpu * 1_000) / deliveries,
		clients: clients / seconds / 10,
		database: database / seconds / 10,
	};
}

function names(one: Measured): (keyof Measured)[] {
	return Object.keys(one) as (keyof Measured)[];
}

function middle(results: readonly Measured[]): Measured {
	const [first] = results;
	return Object.fromEntries(
		names(first as Measured).map((name) => {
			const sorted = results.map((one) => one[name]).sort((a, b) => a - b);
			return [name, sorted[Math.floor(sorted.length / 2)] ?? 0];
		}),
	) as unknown as Measured;
}
