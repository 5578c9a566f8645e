/** ICAP servers look at each file: whichever of them is there; who fails is left alone for longer and longer. */
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import type { Scanner, Verdict } from "../scanner.ts";
import { askOptions, askVerdict } from "./exchange.ts";
import type { IcapOptions, IcapService } from "./messages.ts";

export interface IcapScanning {
	readonly services: readonly IcapService[];
	/** How long one question to one of them may take. */
	readonly attemptMs: number;
	/** After the first failure; doubled with each more, up to a minute. */
	readonly firstRestMs?: number;
	readonly log: Logger;
}

interface Server {
	readonly service: IcapService;
	options:
		| { readonly said: IcapOptions; readonly validUntil: number }
		| undefined;
	failures: number;
	/** It is not asked before. */
	restsUntil: number;
}

const mostRestMs = 60_000;
/** While they restart, a file waits; while they are away, whoever brings it comes again. */
const mostWaitMs = 5_000;

export function scanByIcap({
	services,
	attemptMs,
	firstRestMs = 1_000,
	log,
}: IcapScanning): Scanner {
	const servers: Server[] = services.map((service) => ({
		service,
		options: undefined,
		failures: 0,
		restsUntil: 0,
	}));

	async function ask(
		server: Server,
		path: string,
		signal: AbortSignal,
	): Promise<Verdict> {
		const { service } = server;
		const now = performance.now();
		if (server.options === undefined || server.options.validUntil <= now) {
			const said = await askOptions(service, signal);
			server.options = { said, validUntil: now + said.validMs };
		}
		return askVerdict(service, server.options.said, path, signal);
	}

	function failed(server: Server, error: unknown): void {
		server.options = undefined;
		const restMs = Math.min(mostRestMs, firstRestMs * 2 ** server.failures);
		server.failures = Math.min(server.failures + 1, 30);
		server.restsUntil = performance.now() + restMs;
		const { host, port } = server.service;
		log.warn({ err: error, host, port, restMs }, "a scanner does not say");
	}

	async function attempt(
		server: Server,
		path: string,
		signal: AbortSignal,
	): Promise<Verdict | undefined> {
		const within = AbortSignal.any([signal, AbortSignal.timeout(attemptMs)]);
		try {
			const verdict = await ask(server, path, within);
			server.failures = 0;
			return verdict;
		} catch (error) {
			failed(server, error);
			return undefined;
		}
	}

	return async (path, signal) => {
		for (;;) {
			signal.throwIfAborted();
			const now = performance.now();
			const ready = servers.find(({ restsUntil }) => restsUntil <= now);
			if (ready === undefined) {
				await restOf(servers, signal);
				continue;
			}
			// The next file goes to the next server.
			servers.push(...servers.splice(servers.indexOf(ready), 1));
			const verdict = await attempt(ready, path, signal);
			if (verdict !== undefined) return verdict;
		}
	};
}

async function restOf(
	servers: readonly Server[],
	signal: AbortSignal,
): Promise<void> {
	const soonest = Math.min(...servers.map((each) => each.restsUntil));
	const waitMs = soonest - performance.now();
	if (waitMs > mostWaitMs) throw new Error("No scanner is there");
	await pause(Math.max(0, waitMs), undefined, { signal });
}
