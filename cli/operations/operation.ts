/** What one operation of the operator is: parameters that are checked, and what is done with them through `Rooms` alone. */
import type { z } from "zod";
import type { Rooms } from "../../plugin/rooms/index.ts";
import type { Actor } from "../../plugin/rooms/types.ts";

export interface OperationWork {
	readonly rooms: Rooms;
	/** The operator. */
	readonly actor: Actor;
	/** Of users who are written without one. */
	readonly domain: string;
}

/** So many are done: rooms looked at, messages deleted. */
export type Progress = (done: number) => void;

export interface Operation<S extends z.ZodType, Result> {
	readonly parameters: S;
	/** It changes something: these are run one after another, since most read before they write. */
	readonly changes: boolean;
	/** What it gives can be written as JSON. Throws `ChatError`. */
	run(
		work: OperationWork,
		parameters: z.output<S>,
		progress: Progress,
	): Promise<Result>;
}

/** An operation that changes nothing. */
export function reads<S extends z.ZodType, Result>(
	parameters: S,
	run: Operation<S, Result>["run"],
): Operation<S, Result> {
	return { parameters, changes: false, run };
}

export function changes<S extends z.ZodType, Result>(
	parameters: S,
	run: Operation<S, Result>["run"],
): Operation<S, Result> {
	return { parameters, changes: true, run };
}
