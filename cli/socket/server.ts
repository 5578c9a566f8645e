/**
 * The operator's door: a Unix domain socket that only the operating-system user who runs the service (and root) can open, so
 * whoever comes through it is the operator. `protocol.ts` says what goes over it.
 */
import {
	createServer,
	type IncomingMessage,
	type ServerResponse,
} from "node:http";
import { userInfo } from "node:os";
import type { Logger } from "pino";
import { ChatError } from "../../plugin/errors.ts";
import type { Rooms } from "../../plugin/rooms/index.ts";
import type { Actor, UserUri } from "../../plugin/rooms/types.ts";
import { operations } from "../operations/index.ts";
import type { Operation, OperationWork } from "../operations/operation.ts";
import { listen } from "./listen.ts";
import {
	type Line,
	maxBodyBytes,
	operatorHeader,
	operatorShape,
} from "./protocol.ts";

export interface OperatorDoorOptions {
	/** Of the socket. */
	readonly path: string;
	readonly rooms: Rooms;
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
const maxRefusedBytes = 20 * maxBodyBytes;
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
	let turn: Promise<unknown> = Promise.resolve();

	/** Some one after another, in the order in which they came. */
	function inTurn<T>(operation: AnyOperation, run: () => Promise<T>) {
		if (!operation.inTurn) return run();
		const result = turn.then(run);
		turn = result.catch(() => undefined);
		return result;
	}

	async function answer(request: IncomingMessage, response: ServerResponse) {
		const write = (line: Line) => {
			// Who has gone away hears nothing more; what he asked for is done to its end.
			if (!response.destroyed) response.write(`${JSON.stringify(line)}\n`);
		};
		try {
			const operation = operationOf(request);
			const parameters = await parametersOf(operation, request);
			if (running.size > maxOperations) {
				throw new ChatError(
					"unavailable",
					`${maxOperations} operations are under way; try again when one has ended.`,
				);
			}
			const work = workFor(options, request);
			const result = await inTurn(operation, () =>
				operation.run(work, parameters, (progress) => write({ progress })),
			);
			options.log.info(
				{ operation: request.url, operator: work.actor.displayName },
				"the operator's",
			);
			write({ result: result ?? null });
		} catch (error) {
			write({ refusal: refusalOf(error, options.log) });
		} finally {
			response.end();
		}
	}

	const server = createServer(
		{
			requestTimeout: requestMs,
			headersTimeout: requestMs,
			connectionsCheckingInterval: 1_000,
			keepAlive: false,
			maxHeaderSize: 8_192,
		},
		(request, response) => {
			response.writeHead(200, {
				"Content-Type": "application/x-ndjson",
				Connection: "close",
			});
			const done = answer(request, response).finally(() =>
				running.delete(done),
			);
			running.add(done);
		},
	);
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

type AnyOperation = Operation<
	(typeof operations)[keyof typeof operations]["parameters"],
	unknown
>;

/** Throws `unknown-command`, `malformed`. */
function operationOf({ method, url = "" }: IncomingMessage): AnyOperation {
	const name = url.slice(1);
	if (!Object.hasOwn(operations, name)) {
		throw new ChatError(
			"unknown-command",
			`The service that runs knows no operation "${name.slice(0, 80)}": it is of another version than this command.`,
		);
	}
	if (method !== "POST") {
		throw new ChatError("malformed", "An operation is asked for with POST.");
	}
	return operations[name as keyof typeof operations] as AnyOperation;
}

/** Throws `malformed`, `too-large`. */
async function parametersOf(
	{ parameters }: AnyOperation,
	request: IncomingMessage,
) {
	const checked = parameters.safeParse(parse(await bodyOf(request)));
	if (checked.success) return checked.data;
	const faults = checked.error.issues.map(
		({ path, message }) =>
			`${path.length > 0 ? `${path.join(".")}: ` : ""}${message}`,
	);
	throw new ChatError("malformed", faults.slice(0, 10).join("; "));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	let bytes = 0;
	try {
		for await (const chunk of request) {
			bytes += chunk.length;
			if (bytes <= maxBodyBytes) chunks.push(chunk);
			// Read on for a while: who is still sending would not hear why he is refused.
			else if (bytes > maxRefusedBytes) break;
		}
	} catch (error) {
		throw new ChatError("malformed", "The request broke off.", {
			cause: error,
		});
	}
	if (bytes > maxBodyBytes) {
		throw new ChatError(
			"too-large",
			`An operation takes at most ${maxBodyBytes} bytes of parameters; do it in several.`,
		);
	}
	return Buffer.concat(chunks).toString("utf8");
}

function parse(body: string): unknown {
	try {
		return JSON.parse(body);
	} catch (error) {
		throw new ChatError("malformed", "The parameters must be a JSON object.", {
			cause: error,
		});
	}
}

function workFor(
	{ rooms, domain, uri }: OperatorDoorOptions,
	{ headers }: IncomingMessage,
): OperationWork {
	const given = headers[operatorHeader];
	const name =
		typeof given === "string" && operatorShape.test(given)
			? given
			: userInfo().username;
	const actor: Actor = {
		uri: uri as UserUri,
		displayName: `Operator (${name})`,
		guid: operatorGuid,
		administrator: true,
	};
	return { rooms, actor, domain };
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
