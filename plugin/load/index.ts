/**
 * Is what somebody asks for to be refused because this node has too much to do? One question, asked wherever requests are taken in:
 * posts are refused first, then commands and sign-ins; what ends or answers something never is.
 */
import type { Logger } from "pino";
import {
	createLeveller,
	type Level,
	type Measure,
	type Reading,
} from "./level.ts";

export type { Level, Measure } from "./level.ts";

const kinds = ["post", "command", "sign-in", "web"] as const;

/** What is asked for; leaving is never refused, so it is not asked about. */
export type Asked = (typeof kinds)[number];

export interface LoadState {
	readonly level: Level;
	/** As of the last look. */
	readonly readings: readonly Reading[];
	/** Since the start. */
	readonly refused: ReadonlyMap<Asked, number>;
}

export interface Load {
	/** Is it to be refused? Then it is counted as such. */
	refuses(asked: Asked): boolean;
	state(): LoadState;
	close(): void;
}

export interface LoadNeeds {
	readonly measures: readonly Measure[];
	readonly log: Logger;
	/** 0: only when `look` is called. */
	readonly everyMs?: number;
}

const lookEveryMs = 250;

export function createLoad({
	measures,
	log,
	everyMs = lookEveryMs,
}: LoadNeeds): Load & { look(): void } {
	const leveller = createLeveller(measures);
	const refused = new Map<Asked, number>(kinds.map((kind) => [kind, 0]));
	let readings: readonly Reading[] = measures.map(({ name }) => ({
		...{ name, value: 0, pressure: 0 },
	}));

	function look(): void {
		const before = leveller.level;
		readings = leveller.look();
		const { level } = leveller;
		if (level === before) return;
		const measured = Object.fromEntries(
			readings.map(({ name, value }) => [name, Math.round(value)]),
		);
		if (level === "fine") log.info(measured, "load is borne again");
		else log.warn({ refused: level, ...measured }, "too much to do");
	}

	const timer = everyMs > 0 ? setInterval(look, everyMs) : undefined;
	timer?.unref();
	return {
		look,
		refuses(asked) {
			const { level } = leveller;
			const isRefused =
				level === "commands" || (level === "posts" && asked === "post");
			if (isRefused) refused.set(asked, (refused.get(asked) ?? 0) + 1);
			return isRefused;
		},
		state: () => ({ level: leveller.level, readings, refused }),
		close: () => clearInterval(timer),
	};
}
