/** Every file is looked at by all scanners there are, a few files at a time; who cannot say keeps it waiting. */
import type { Logger } from "pino";
import { ChatError } from "../errors.ts";
import { createPlaces } from "./places.ts";
import type { Scanner } from "./scanner.ts";

export interface ScanOptions {
	readonly scanners: readonly Scanner[];
	/** All have said so by then, the waiting for others' files included. */
	readonly withinMs: number;
	readonly log: Logger;
}

/** A scanner may take a gigabyte of memory for each. */
const mostAtOnce = 4;

/** Throws `forbidden`, `unavailable`. */
export function createScan({
	scanners,
	withinMs,
	log,
}: ScanOptions): (path: string) => Promise<void> {
	const places = createPlaces(mostAtOnce);

	function lookAll(path: string): Promise<void> {
		const signal = AbortSignal.timeout(withinMs);
		return places.within(async () => {
			for (const scanner of scanners) await look(scanner, path, signal);
		}, signal);
	}

	return async (path) => {
		if (scanners.length === 0) return;
		await lookAll(path).catch((error: unknown) => {
			if (error instanceof ChatError) throw error;
			log.error({ err: error }, "it is not known whether a file is clean");
			throw new ChatError(
				"unavailable",
				"The virus scanner does not answer, so nobody can have the file yet. It is kept; finish the upload again in a minute.",
			);
		});
	};
}

async function look(
	scanner: Scanner,
	path: string,
	signal: AbortSignal,
): Promise<void> {
	if ((await scanner(path, signal)) === "clean") return;
	throw new ChatError(
		"forbidden",
		"The scanner refuses this file; it is not kept.",
	);
}
