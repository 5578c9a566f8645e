/** What one operation of the operator is: parameters that are checked, and what is done with them through `Rooms` and `ComplianceSupervision` alone. */
import type { z } from "zod";
import type { ComplianceSupervision } from "../../plugin/compliance/supervision.ts";
import type { Pool } from "../../plugin/pool.ts";
import type { Rooms } from "../../plugin/rooms/index.ts";
import type { Actor } from "../../plugin/rooms/types.ts";

export interface OperationWork {
	readonly rooms: Rooms;
	/** Undefined where nothing is recorded. */
	readonly compliance: ComplianceSupervision | undefined;
	/** The nodes. */
	readonly pool: Pool;
	/** What the service is set to, without secrets. */
	readonly configuration: Readonly<Record<string, unknown>>;
	/** The operator. */
	readonly actor: Actor;
	/** Of users who are written without one. */
	readonly domain: string;
	/** Aborted when whoever asks has gone. What he asked for is done to its end, but for what only tells him something. */
	readonly gone?: AbortSignal;
}

/** So many are done: rooms looked at, messages deleted. */
export type Progress = (done: number) => void;

export interface Operation<S extends z.ZodType, Result> {
	readonly parameters: S;
	/** One after another: it reads a list, a room, a group before it writes it. */
	readonly inTurn: boolean;
	/** What it gives can be written as JSON. Throws `ChatError`. */
	run(
		work: OperationWork,
		parameters: z.output<S>,
		progress: Progress,
	): Promise<Result>;
}

/**
 * As what it is written down when it is refused before `Rooms` are asked for the act itself (for a name that nobody has, for what it would
 * break); what they are asked for they write down themselves.
 */
export interface ActOf<Given> {
	/** Like `room-changed`. */
	readonly action: string;
	/** As it was written. */
	readonly subject: (given: Given) => string;
}

/** What comes before the act: written down when it fails, and only then. Rejects as `run` does. */
export async function beforeAct<Given extends object, T>(
	{ rooms, actor }: OperationWork,
	{ action, subject }: ActOf<Given>,
	given: Given,
	run: () => Promise<T>,
): Promise<T> {
	try {
		return await run();
	} catch (error) {
		const details = Object.fromEntries(Object.entries(given));
		const act = { action, subject: subject(given), details };
		return rooms.asAct(actor, act, () => Promise.reject(error));
	}
}

/** One that does not wait for others. */
export function operation<S extends z.ZodType, Result>(
	parameters: S,
	run: Operation<S, Result>["run"],
): Operation<S, Result> {
	return { parameters, inTurn: false, run };
}

/** One that waits for those before it, of its kind. */
export function operationInTurn<S extends z.ZodType, Result>(
	parameters: S,
	run: Operation<S, Result>["run"],
): Operation<S, Result> {
	return { parameters, inTurn: true, run };
}
