/** What is added can be asked for twice: whether it would be done (`rehearse`), and itself. */
import type { z } from "zod";
import type { Addition } from "../../plugin/rooms/index.ts";
import {
	type ActOf,
	beforeAct,
	type Operation,
	type OperationWork,
	operation,
	operationInTurn,
} from "./operation.ts";

interface Planned<Result> {
	readonly addition: Addition;
	make(): Promise<Result>;
}

export interface Adding<S extends z.ZodType<object>, Result> {
	/** Throws as `make` would. */
	readonly rehearse: Operation<S, { readonly dryRun: true }>;
	readonly make: Operation<S, Result>;
}

export function adding<S extends z.ZodType<object>, Result>(
	act: ActOf<z.output<S>>,
	parameters: S,
	plan: (work: OperationWork, given: z.output<S>) => Promise<Planned<Result>>,
): Adding<S, Result> {
	return {
		rehearse: operation(parameters, async (work, given) => {
			const { addition } = await plan(work, given);
			await work.rooms.rehearseAddition(work.actor, addition);
			return { dryRun: true as const };
		}),
		make: operationInTurn(parameters, async (work, given) => {
			const planned = () => plan(work, given);
			const { make } = await beforeAct(work, act, given, planned);
			return make();
		}),
	};
}
