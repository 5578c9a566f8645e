/** A clock of one's own for a program that is started, which can be set forward and back while it runs (Debian's libfaketime). */
import { readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "./service.ts";

export interface SteppedClock {
	/** For the program's environment. The time that has passed is told truly: only the time of day is not. */
	readonly environment: Readonly<Record<string, string>>;
	/** From the true time; the program sees it within a second. */
	step(seconds: number): void;
	remove(): void;
}

const library = "libfaketime.so.1";

export function steppedClock(): SteppedClock {
	const directory = temporaryDirectory("clock");
	const file = join(directory, "offset");
	function step(seconds: number): void {
		const sign = seconds < 0 ? "-" : "+";
		writeFileSync(`${file}.new`, `${sign}${Math.abs(seconds)}\n`);
		renameSync(`${file}.new`, file);
	}
	step(0);
	return {
		environment: {
			LD_PRELOAD: libraryPath(),
			FAKETIME_TIMESTAMP_FILE: file,
			FAKETIME_CACHE_DURATION: "1",
			FAKETIME_DONT_FAKE_MONOTONIC: "1",
		},
		step,
		remove: () => rmSync(directory, { recursive: true, force: true }),
	};
}

/** Under the folder of the machine's architecture, such as `/usr/lib/x86_64-linux-gnu`. */
function libraryPath(): string {
	for (const folder of readdirSync("/usr/lib")) {
		const path = join("/usr/lib", folder, "faketime");
		try {
			if (readdirSync(path).includes(library)) return join(path, library);
		} catch {
			// No such folder here.
		}
	}
	throw new Error(
		`${library} is not there: apt-get install faketime, or run npm test, which does`,
	);
}
