/**
 * The carrier through Redis: a BullMQ queue that the relay fills and any node empties into the archive.
 *
 * A job is a batch, and the relay has one under way at a time, so the queue need not keep an order. It keeps nothing for
 * anybody either: what fails, is late or is lost with Redis is sent again by the relay, which has it until it is archived.
 */
import { createHash } from "node:crypto";
import { Queue, QueueEvents, Worker } from "bullmq";
import type { Logger } from "pino";
import { type RedisKeys, seldom, withoutCommand } from "../cluster/redis.ts";
import { type Archive, type Owed, type Turn, Unstorable } from "./archive.ts";
import type { EventRecord } from "./archived.ts";
import type { Carrier } from "./carrier.ts";
import { endsWithin } from "./patience.ts";

export interface QueueOptions {
	/** Makes a connection that is ended here. */
	readonly connect: () => RedisKeys;
	/** Unique for the chat database: others may use the same Redis. */
	readonly id: string;
	readonly archive: Pick<Archive, "add" | "leases">;
	readonly log: Pick<Logger, "warn">;
}

interface Batch {
	/** JSON texts of the events. */
	readonly events: readonly string[];
	readonly turn: Turn;
}

/** How long the relay waits for one batch, then it sends it again. */
const patienceMs = 10_000;
const answerMs = 2_000;
/** A killed node's batch is another's after this. */
const lockMs = 5_000;
const closeMs = 2_000;
/** So that a success before anybody listens is found all the same; what people wrote does not stay in Redis for longer. */
const completedKept = 3;
/** Braces keep the keys of the queue together in a Redis Cluster. */
const prefix = "{persistent-chat}";

export function throughRedis(options: QueueOptions): Carrier {
	const { archive, log } = options;
	const name = `archive-${options.id}`;
	const closing = new AbortController();
	const connections = keepConnections();
	const connect = () => connections.keep(options.connect());
	const [forQueue, forEvents, forWorker] = [connect(), connect(), connect()];
	const main = [forQueue, forEvents, forWorker];
	const queue = new Queue<Batch>(name, { connection: forQueue, prefix });
	const events = new QueueEvents(name, { connection: forEvents, prefix });
	const worker = new Worker<Batch>(
		name,
		({ data }) => answerOf(archive.add(data.events.map(owedFrom), data.turn)),
		{
			connection: forWorker,
			prefix,
			concurrency: 1,
			lockDuration: lockMs,
			// Its timer outlives an end without Redis, also when all connections have ended. A batch that takes longer is taken by another node too.
			skipLockRenewal: true,
			stalledInterval: lockMs / 2,
			maxStalledCount: Number.MAX_SAFE_INTEGER,
		},
	);
	const failed = seldom((error) =>
		log.warn({ err: withoutCommand(error) }, "queue in Redis not to be had"),
	);
	queue.on("error", failed);
	events.on("error", failed);
	worker.on("error", failed);

	/** A batch that Redis has not answered for, however long it is away: never more than one is kept for it. */
	let unanswered: Promise<void> | undefined;

	async function sendAlone(batch: readonly Owed[], turn: Turn): Promise<void> {
		if (unanswered !== undefined) {
			throw new Error("Redis still has not answered for the batch before.");
		}
		unanswered = send(batch, turn)
			.catch((error: unknown) => {
				throw error instanceof Unstorable ? error : withoutCommand(error);
			})
			.finally(() => {
				unanswered = undefined;
			});
		return unanswered;
	}

	async function send(batch: readonly Owed[], turn: Turn): Promise<void> {
		const job = await queue.add(
			"batch",
			{ events: batch.map(({ text }) => text), turn },
			{
				jobId: idOf(turn),
				removeOnComplete: { count: completedKept },
				removeOnFail: true,
			},
		);
		// An answer may be given before anybody listens for it: the archive is asked every now and then.
		for (let waitedMs = answerMs; ; waitedMs += answerMs) {
			const failure: unknown = await job
				.waitUntilFinished(events, answerMs)
				.then((answer: unknown) => failureOf(answer))
				.catch((error: unknown) => error);
			if (await isArchived(turn)) return;
			if (failure instanceof Unstorable) throw failure;
			const state = await job.getState();
			const isUnderWay = state === "waiting" || state === "active";
			if (!isUnderWay || waitedMs >= patienceMs) throw failure;
		}
	}

	/** The archive's own word: a queue may take one batch for another, and of two nodes that have it one fails. */
	async function isArchived(turn: Turn): Promise<boolean> {
		const taken = await archive.leases.find(turn.lease);
		return taken?.holder === turn.holder && taken.turn >= turn.turn;
	}

	return {
		carry: (batch, turn) =>
			within(patienceMs, closing.signal, sendAlone(batch, turn)),
		connected: () => main.every(({ status }) => status === "ready"),
		async close() {
			closing.abort(new Error("The service stops."));
			// Without Redis they would wait for it for ever.
			await endsWithin(
				closeMs,
				Promise.allSettled([worker.close(), queue.close(), events.close()]),
			);
			connections.end();
		},
	};
}

const unstorable = "unstorable";

/** What a job fails with is told as text only: that it can never be kept is an answer. */
async function answerOf(adding: Promise<void>): Promise<string> {
	try {
		await adding;
		return "archived";
	} catch (error) {
		if (error instanceof Unstorable) return unstorable;
		throw error;
	}
}

function failureOf(answer: unknown): Error {
	return answer === unstorable
		? new Unstorable("The archive cannot keep a value of an event.")
		: new Error("The batch was not archived.");
}

function owedFrom(text: string): Owed {
	return { record: JSON.parse(text) as EventRecord, text };
}

interface Connections {
	keep(connection: RedisKeys): RedisKeys;
	end(): void;
}

/** BullMQ copies connections for what blocks, and without Redis it ends neither: all are kept here, and none comes back after the end. */
function keepConnections(): Connections {
	const all: RedisKeys[] = [];
	let ended = false;
	function keep<Kind extends RedisKeys>(connection: Kind): Kind {
		const duplicate: (...how: never[]) => RedisKeys =
			connection.duplicate.bind(connection);
		const connect = connection.connect.bind(connection);
		all.push(connection);
		if (ended) connection.disconnect();
		return Object.assign(connection, {
			duplicate: (...how: never[]) => keep(duplicate(...how)),
			connect: async () => {
				if (ended) throw new Error("Connection is closed.");
				await connect();
			},
		});
	}
	return {
		keep,
		end() {
			ended = true;
			for (const connection of all) connection.disconnect();
		},
	};
}

/** Of a form that BullMQ takes, whatever the node is called. */
function idOf({ holder, turn }: Turn): string {
	return createHash("sha256").update(`${holder}/${turn}`).digest("hex");
}

/** While Redis is away its commands wait; we do not. */
async function within<T>(
	waitMs: number,
	closing: AbortSignal,
	work: Promise<T>,
): Promise<T> {
	let giveUp = (_: Error): void => {};
	const given = new Promise<never>((_, reject) => {
		giveUp = reject;
	});
	const late = () =>
		giveUp(new Error(`Redis did not answer within ${waitMs} ms.`));
	const closed = () => giveUp(new Error("The queue is closed."));
	const timer = setTimeout(late, waitMs);
	closing.addEventListener("abort", closed);
	try {
		return await Promise.race([work, given]);
	} finally {
		clearTimeout(timer);
		closing.removeEventListener("abort", closed);
		// It may still end badly, and nobody waits for it.
		work.catch(() => {});
	}
}
