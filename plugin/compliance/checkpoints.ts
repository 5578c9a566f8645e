/** Signs at an interval how the archive's chains stand, by the node that writes them: what is altered later no longer fits. */
import type { Logger } from "pino";
import { LeaseLost } from "./archive.ts";
import type { Checkpoints } from "./evidence.ts";
import { signStatement, statementHash } from "./signing.ts";
import type { SigningKey } from "./signing-key.ts";
import type { Holding } from "./tenure.ts";
import { createTicker } from "./ticker.ts";

export interface CheckpointOptions {
	readonly checkpoints: Pick<Checkpoints, "add">;
	readonly key: SigningKey;
	/** The relay's: what is signed and what is added hang on the same lease. */
	readonly holding: Pick<Holding, "tenure" | "lost">;
	readonly everyMs: number;
	readonly now: () => Date;
	readonly log: Pick<Logger, "info" | "warn">;
}

export interface CheckpointSigning {
	/** Signs what has changed until now, if this node may; never rejects. */
	close(): Promise<void>;
}

/** How soon a node that has not the lease, or could not sign, looks again. */
const idleMs = 1_000;

export function signCheckpoints(options: CheckpointOptions): CheckpointSigning {
	const { checkpoints, key, holding, now, log } = options;

	let first = true;

	async function signAll(): Promise<number> {
		for (;;) {
			const tenure = holding.tenure();
			if (tenure === undefined) return Math.min(idleMs, options.everyMs);
			const signed = await checkpoints.add(
				(unsigned) => signStatement(unsigned, key, now()),
				tenure,
			);
			// An archive that is new is signed as soon as there is anything in it.
			if (signed === undefined) return first ? idleMs : options.everyMs;
			first = false;
			const { number, position, statement } = signed;
			// A log that is kept elsewhere knows of it, also when the newest ones are taken away here.
			log.info(
				{ number, position, hash: statementHash(statement) },
				"checkpoint of the archive signed",
			);
			if (!isPartial(statement)) return options.everyMs;
		}
	}

	function fail(error: unknown): number {
		if (error instanceof LeaseLost) holding.lost();
		else log.warn({ err: error }, "the archive's state is not signed");
		return Math.min(idleMs, options.everyMs);
	}

	const ticker = createTicker({ work: signAll, failed: fail });
	return {
		async close() {
			await ticker.close();
			await signAll().catch(fail);
		},
	};
}

/** More chains have changed than one statement holds: the rest is signed at once. */
function isPartial(statement: string): boolean {
	return (JSON.parse(statement) as { hash: string | null }).hash === null;
}
