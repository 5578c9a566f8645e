/** An adapter that writes each event as a line at once: whatever kills its process later, what it took is there. */
import { appendFileSync } from "node:fs";
import type {
	AdapterFactory,
	ArchivedEvent,
} from "../../plugin/compliance/adapter.ts";
import type { Steps } from "./compliance-steps.ts";

export interface Line {
	readonly id: string;
	readonly position: number;
	readonly type: string;
	readonly chain: string;
	readonly number: number;
	readonly user: string;
	readonly sequence?: number;
	readonly text?: string;
}

export function lineOf(event: ArchivedEvent): Line {
	const { id, position, type, evidence, actor } = event;
	const { chain, number } = evidence;
	return {
		...{ id, position, type, chain, number, user: actor.uri },
		...(event.type === "posted" && {
			sequence: event.message.sequence,
			text: event.message.text,
		}),
	};
}

export function linesAdapter(
	path: string,
	steps: Pick<Steps, "delivering" | "delivered"> | undefined,
): AdapterFactory {
	return async () => ({
		async deliver(batch) {
			steps?.delivering();
			const lines = batch.map(lineOf);
			appendFileSync(
				path,
				lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
			);
			steps?.delivered();
		},
	});
}
