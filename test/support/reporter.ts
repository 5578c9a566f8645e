/** Mocha's own report, and beside it the counts for `run.ts`, in the file that TEST_COUNTS_FILE names. */
import { writeFileSync } from "node:fs";
import Mocha from "mocha";

export interface Counts {
	readonly passed: number;
	readonly failed: number;
	readonly skipped: number;
}

class CountingReporter extends Mocha.reporters.Spec {
	constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
		super(runner, options);
		runner.once("end", () => {
			const file = process.env.TEST_COUNTS_FILE;
			if (file === undefined) return;
			const counts: Counts = {
				passed: this.stats.passes,
				failed: this.stats.failures,
				skipped: this.stats.pending,
			};
			writeFileSync(file, JSON.stringify(counts));
		});
	}
}

export { CountingReporter as default };
