/** A change can be asked for twice: what it would take from whom (`preview`), and itself, which says what it has taken. */
import type { z } from "zod";
import type { Proposal } from "../../plugin/rooms/index.ts";
import {
	type ActOf,
	beforeAct,
	type Operation,
	type OperationWork,
	operation,
} from "./operation.ts";
import { type LossesView, lossesView } from "./views.ts";

/** What the parameters come to. */
interface Planned<Result> {
	readonly proposal: Proposal;
	make(): Promise<Result>;
}

export interface Change<S extends z.ZodType<object>, Result extends object> {
	readonly preview: Operation<S, LossesView>;
	/** What was foretold just before it, in the same turn. */
	readonly make: Operation<S, Result & { readonly lost: LossesView }>;
}

export function change<S extends z.ZodType<object>, Result extends object>(
	act: ActOf<z.output<S>>,
	parameters: S,
	plan: (work: OperationWork, given: z.output<S>) => Promise<Planned<Result>>,
): Change<S, Result> {
	return {
		preview: operation(parameters, async (work, given, progress) => {
			const { proposal } = await plan(work, given);
			const { rooms, actor } = work;
			const losses = await rooms.preview(actor, proposal, progress, work.gone);
			return lossesView(work, losses);
		}),
		make: {
			parameters,
			inTurn: true,
			async run(work, given, progress) {
				const { make, lost } = await beforeAct(work, act, given, async () => {
					const { proposal, make } = await plan(work, given);
					const { rooms, actor } = work;
					const losses = await rooms.preview(actor, proposal, progress);
					// While those who are to go have their names.
					return { make, lost: await lossesView(work, losses) };
				});
				return { ...(await make()), lost };
			},
		},
	};
}
