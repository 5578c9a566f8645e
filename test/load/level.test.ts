/** What is refused when there is too much to do, and for how long. */
import { deepEqual, equal } from "node:assert/strict";
import { pino } from "pino";
import { createLoad } from "../../plugin/load/index.ts";

describe("load", () => {
	let value = 0;
	const lines: string[] = [];
	const log = pino({}, { write: (line: string) => lines.push(line) });
	const open = () =>
		createLoad({
			measures: [
				{ name: "test", posts: 100, commands: 200, read: () => value },
				{ name: "calm", posts: 10, commands: 20, read: () => 5 },
			],
			log,
			everyMs: 0,
		});

	beforeEach(() => {
		value = 0;
		lines.length = 0;
	});

	/** The level after so many looks. */
	function levelAfter(
		load: ReturnType<typeof open>,
		looks: number,
		its: number,
	) {
		value = its;
		for (let i = 0; i < looks; i += 1) load.look();
		return load.state().level;
	}

	it("refuses nobody because of a single stall", () => {
		const load = open();
		equal(levelAfter(load, 1, 10_000), "fine");
		equal(levelAfter(load, 1, 0), "fine");
		equal(levelAfter(load, 1, 10_000), "fine");
		equal(load.refuses("post"), false);
	});

	it("refuses posts first, then commands, sign-ins and the web too, and counts them", () => {
		const load = open();
		equal(levelAfter(load, 2, 100), "posts");
		deepEqual(
			(["post", "command", "sign-in", "web"] as const).map(load.refuses),
			[true, false, false, false],
		);
		equal(levelAfter(load, 2, 200), "commands");
		deepEqual(
			(["post", "command", "sign-in", "web"] as const).map(load.refuses),
			[true, true, true, true],
		);
		deepEqual(
			[...load.state().refused],
			[
				["post", 2],
				["command", 1],
				["sign-in", 1],
				["web", 1],
			],
		);
	});

	it("goes to commands at once when it is far past the bound", () => {
		equal(levelAfter(open(), 2, 1_000), "commands");
	});

	it("comes down a step at a time, after eight looks well below the bound", () => {
		const load = open();
		levelAfter(load, 2, 200);
		equal(levelAfter(load, 20, 180), "commands");
		equal(levelAfter(load, 7, 160), "commands");
		equal(levelAfter(load, 1, 160), "posts");
		equal(levelAfter(load, 20, 80), "posts");
		equal(levelAfter(load, 7, 60), "posts");
		equal(levelAfter(load, 1, 80), "posts");
		equal(levelAfter(load, 7, 60), "posts");
		equal(levelAfter(load, 1, 60), "fine");
	});

	it("logs each change with what was measured, and nothing else", () => {
		const load = open();
		levelAfter(load, 20, 120);
		levelAfter(load, 20, 0);
		deepEqual(
			lines
				.map((line) => JSON.parse(line))
				.map(({ level, msg, test, calm, refused }) => ({
					...{ level, msg, test, calm },
					...(refused && { refused }),
				})),
			[
				{
					...{ level: 40, msg: "too much to do", test: 120, calm: 5 },
					refused: "posts",
				},
				{ level: 30, msg: "load is borne again", test: 0, calm: 5 },
			],
		);
	});

	it("tells how near each measure is to its bounds", () => {
		const load = open();
		levelAfter(load, 1, 150);
		deepEqual(
			load.state().readings.map(({ name, pressure }) => [name, pressure]),
			[
				["test", 1.5],
				["calm", 0.5],
			],
		);
	});
});
