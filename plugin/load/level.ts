/**
 * How much is refused, found from what is measured: up after two looks past a bound, down one step after two seconds well below it, so
 * that a short stall refuses nobody and the level does not flutter.
 */

/** What is refused: nothing; posts; posts, commands and sign-ins. */
export type Level = "fine" | "posts" | "commands";

export interface Measure {
	readonly name: string;
	/** From here on posts are refused. */
	readonly posts: number;
	/** … and commands; it is more. */
	readonly commands: number;
	/** Called four times a second; it must not throw. */
	read(): number;
}

export interface Reading {
	readonly name: string;
	readonly value: number;
	/** 1: posts are refused; 2: commands too. */
	readonly pressure: number;
}

const levels: readonly Level[] = ["fine", "posts", "commands"];
/** Looks in a row past a bound. */
const raiseAfter = 2;
/** Looks in a row well below it. */
const lowerAfter = 8;
/** What counts as well below. */
const calm = 0.7;

export interface Leveller {
	readonly level: Level;
	/** Reads every measure once. */
	look(): readonly Reading[];
}

export function createLeveller(measures: readonly Measure[]): Leveller {
	let level = 0;
	let past: readonly number[] = [];
	let calmLooks = 0;

	return {
		get level() {
			return levels[level] ?? "fine";
		},
		look() {
			const readings = measures.map(readingOf);
			const worst = Math.max(0, ...readings.map(({ pressure }) => pressure));
			past = [...past, worst].slice(-raiseAfter);
			const lasting = past.length === raiseAfter ? Math.min(...past) : 0;
			const wanted = Math.min(Math.floor(lasting), levels.length - 1);
			if (wanted > level) {
				level = wanted;
				calmLooks = 0;
			}
			calmLooks = worst < level - 1 + calm ? calmLooks + 1 : 0;
			if (level > 0 && calmLooks >= lowerAfter) {
				level -= 1;
				calmLooks = 0;
			}
			return readings;
		},
	};
}

/** Straight from 0 to the first bound, and from there to the second. */
function readingOf({ name, posts, commands, read }: Measure): Reading {
	const value = read();
	const pressure =
		value < posts ? value / posts : 1 + (value - posts) / (commands - posts);
	return { name, value, pressure };
}
