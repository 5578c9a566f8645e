/** What libraries write to the console: drachtio-srf prints whole SIP messages there when it cannot read them. */

const quietMs = 10_000;
const methods = ["debug", "error", "info", "log", "trace", "warn"] as const;

interface Log {
	warn(fields: object, message: string): void;
}

/** From now on the console's methods log that they were called, at most once in ten seconds, and never with what. */
export function silenceConsole(
	console: Pick<Console, (typeof methods)[number]>,
	log: Log,
	now: () => number = Date.now,
): void {
	let quietUntil = Number.NEGATIVE_INFINITY;
	let unsaid = 0;
	const note = (...args: readonly unknown[]): void => {
		if (now() < quietUntil) {
			unsaid++;
			return;
		}
		quietUntil = now() + quietMs;
		const errors = args.filter((arg) => arg instanceof Error);
		log.warn(
			{ errors: errors.map(({ name }) => name), unsaid },
			"a library wrote to the console; its text is not logged",
		);
		unsaid = 0;
	};
	for (const method of methods) console[method] = note;
}

/** An error without its message, which may hold what people wrote: its name, its code and where it was. */
export function withoutText(error: unknown): object {
	if (!(error instanceof Error)) return { type: typeof error };
	const { name, stack = "" } = error;
	const where = stack.split("\n").filter((line) => /^\s+at /.test(line));
	return {
		type: name,
		code: "code" in error ? error.code : undefined,
		stack: where.map((line) => line.trim()),
	};
}
