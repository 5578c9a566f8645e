/** Looks once more for the bytes of files whose events were archived without them, when the operator asks for it. */
import type { Logger } from "pino";
import type { Archive, Tenure } from "./archive.ts";
import { LeaseLost } from "./archive.ts";
import type { ArchivedEvent } from "./archived.ts";
import { archiving } from "./archiving.ts";
import type { ComplianceFiles } from "./files.ts";
import { reasonOf } from "./reason.ts";
import type { Holding } from "./tenure.ts";
import { createTicker, type Ticker } from "./ticker.ts";

export interface SecondLookOptions {
	readonly archive: Pick<Archive, "after" | "parked">;
	readonly files: Pick<ComplianceFiles, "keep">;
	readonly holding: Holding;
	readonly now: () => Date;
	readonly log: Pick<Logger, "info" | "warn">;
}

const everyMs = 2_000;
const atOnce = 100;

/** What is found is not set aside any more: a replay gives it to the adapters. The event stays as it was archived. */
export function archiveWholeAgain(options: SecondLookOptions): Ticker {
	const { archive, files, holding, now, log } = options;

	/** Why it is still not whole. */
	async function lookFor(
		event: ArchivedEvent | undefined,
	): Promise<string | undefined> {
		if (event === undefined) return "It is not in the archive any more.";
		if (!("file" in event)) return "There is nothing to be tried again here.";
		try {
			await files.keep(event.file);
			return undefined;
		} catch (error) {
			return reasonOf(error);
		}
	}

	async function settle(position: number, tenure: Tenure): Promise<void> {
		const [event] = await archive.after(position - 1, {
			events: 1,
			bytes: 0,
			through: position,
		});
		const reason = await lookFor(event);
		const outcome = reason === undefined ? "delivered" : { reason, at: now() };
		await archive.parked.settle(archiving, position, outcome, tenure);
		if (reason === undefined) {
			log.info({ position }, "the bytes of a missing file have been found");
		}
	}

	return createTicker({
		async work() {
			const tenure = holding.tenure();
			if (tenure === undefined) return everyMs;
			const asked = await archive.parked.list(archiving, {
				state: "again",
				limit: atOnce,
			});
			for (const { position } of asked) await settle(position, tenure);
			return asked.length > 0 ? 0 : everyMs;
		},
		failed(error) {
			if (error instanceof LeaseLost) holding.lost();
			else log.warn({ err: error }, "missing files not looked for");
			return everyMs;
		},
	});
}
