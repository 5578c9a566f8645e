/**
 * The operator's door: a Unix domain socket that only the operating-system user who runs the service (and root) can open, so
 * whoever comes through it is the operator. `protocol.ts` says what goes over it.
 */
import {
	createServer,
	type IncomingMessage,
	type ServerResponse,
} from "node:http";
import type { Logger } from "pino";
import type { ComplianceSupervision } from "../../plugin/compliance/supervision.ts";
import { ChatError } from "../../plugin/errors.ts";
import type { Pool } from "../../plugin/pool.ts";
import type { Rooms } from "../../plugin/rooms/index.ts";
import type { Actor, UserUri } from "../../plugin/rooms/types.ts";
import type { OperationWork } from "../operations/operation.ts";
import { listen } from "./listen.ts";
import {
	type Line,
	operatorHeader,
	operatorShape,
	protocolVersion,
	systemUser,
	versionHeader,
} from "./protocol.ts";
import { type AnyOperation, operationOf, parametersOf } from "./request.ts";

export interface OperatorDoorOptions {
	/** Of the socket. */
	readonly path: string;
	readonly rooms: Rooms;
	readonly compliance: ComplianceSupervision | undefined;
	readonly pool: Pool;
	/** What the service is set to, without secrets. */
	readonly configuration: Readonly<Record<string, unknown>>;
	/** Of users who are written without one. */
	readonly domain: string;
	/** What is recorded as the operator's address: the pool's. */
	readonly uri: string;
	readonly log: Logger;
}

export interface OperatorDoor {
	/** Takes no more operations, waits a little for those that run, removes the socket. */
	close(): Promise<void>;
}

/** Operations that run or wait for their turn. */
const maxOperations = 16;
const maxConnections = 64;
/** A request is to arrive whole within this. */
const requestMs = 10_000;
/** What still runs after this at the end is left to itself. */
const closeMs = 3_000;
/** One for all operators: they are no users. */
const operatorGuid = "00000000-0000-4000-8000-00000000000f";

/** Throws `SocketUnavailable`. */
export async function openOperatorDoor(
	options: OperatorDoorOptions,
): Promise<OperatorDoor> {
	const running = new Set<Promise<void>>();
	const inTurn = createTurns();
	const asOneOfFew = createFew();

	async function answer(
		request: IncomingMessage,
		write: (line: Line) => void,
		gone: AbortSignal,
	) {
		try {
			const operation = operationOf(request);
			const parameters = await parametersOf(operation, request);
			const work = { ...workFor(options, request), gone };
			const result = await asOneOfFew(() =>
				inTurn(operation, () =>
					operation.run(work, parameters, (progress) => write({ progress })),
				),
			);
			options.log.info(
				{ operation: request.url, operator: work.actor.displayName },
				"the operator's",
			);
			write({ result: result ?? null });
		} catch (error) {
			if (!gone.aborted) write({ refusal: refusalOf(error, options.log) });
		}
	}

	const server = createServer(bounds, (request, response) => {
		response.writeHead(200, {
			"Content-Type": "application/x-ndjson",
			Connection: "close",
			[versionHeader]: protocolVersion,
		});
		response.flushHeaders();
		const going = new AbortController();
		response.once("close", () => going.abort());
		const { signal } = going;
		const done = answer(request, writerTo(response), signal).finally(() => {
			response.end();
			running.delete(done);
		});
		running.add(done);
	});
	server.maxConnections = maxConnections;
	await listen(server, options.path);
	return {
		async close() {
			const closed = new Promise<void>((resolve) =>
				server.close(() => resolve()),
			);
			await settled(running, closeMs);
			server.closeAllConnections();
			await closed;
		},
	};
}

const bounds = {
	requestTimeout: requestMs,
	headersTimeout: requestMs,
	connectionsCheckingInterval: 1_000,
	keepAlive: false,
	maxHeaderSize: 8_192,
};

/** Those that have arrived whole: who is still writing takes nobody's place; of him there are as many as connections, for a while. */
function createFew() {
	let underWay = 0;
	return async <T>(run: () => Promise<T>): Promise<T> => {
		if (underWay >= maxOperations) {
			throw new ChatError(
				"unavailable",
				`${maxOperations} operations are under way; try again when one has ended.`,
			);
		}
		underWay += 1;
		try {
			return await run();
		} finally {
			underWay -= 1;
		}
	};
}

/** Some operations are run one after another, in the order in which they came. */
function createTurns() {
	let turn: Promise<unknown> = Promise.resolve();
	return <T>(operation: AnyOperation, run: () => Promise<T>): Promise<T> => {
		if (!operation.inTurn) return run();
		const result = turn.then(run);
		turn = result.catch(() => undefined);
		return result;
	};
}

function writerTo(response: ServerResponse) {
	return (line: Line) => {
		// Who has gone away hears nothing more; what he asked for is done to its end.
		if (response.destroyed) return;
		// Who does not read is not told how far it is: that would heap up here.
		if ("progress" in line && response.writableNeedDrain) return;
		response.write(`${JSON.stringify(line)}\n`);
	};
}

function workFor(
	{ rooms, compliance, pool, configuration, domain, uri }: OperatorDoorOptions,
	{ headers }: IncomingMessage,
): OperationWork {
	const given = headers[operatorHeader];
	const name =
		typeof given === "string" && operatorShape.test(given)
			? given
			: systemUser();
	const actor: Actor = {
		uri: uri as UserUri,
		displayName: `Operator (${name})`,
		guid: operatorGuid,
		administrator: true,
		cameFrom: name,
	};
	return { rooms, compliance, pool, configuration, actor, domain };
}

function refusalOf(error: unknown, log: Logger) {
	if (error instanceof ChatError) {
		return { reason: error.reason, message: error.message };
	}
	log.error({ err: error }, "a fault in an operation");
	return {
		reason: "failed",
		message: "The service has a fault; its log says which.",
	};
}

async function settled(
	running: ReadonlySet<Promise<void>>,
	withinMs: number,
): Promise<void> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<void>((resolve) => {
		timer = setTimeout(resolve, withinMs);
	});
	await Promise.race([Promise.all(running), late]);
	clearTimeout(timer);
}
