/**
 * An INFO's body → what is to be done, in the order of its session, and the answer. Refusals of commands
 * and messages are caught here.
 *
 * Commands are answered 200 at once; the reply is an INFO of its own. Messages are answered when they are stored:
 * 200 means kept. A refused message is told twice: by the status, and by an `rpl:grpchat`, because some SIP servers on
 * the way answer every INFO 200 by themselves. Where one is known to, a kept message is told by a reply too.
 */
import { ChatError } from "../errors.ts";
import type { Session } from "../sessions/index.ts";
import { fail, traced } from "../tracing.ts";
import {
	decodeEnvelope,
	type Envelope,
	type Primitive,
} from "../xccos/envelope.ts";
import { maxBodyBytes } from "../xccos/notices.ts";
import { refusals } from "../xccos/replies.ts";
import { encodeRefusal, sendAnswer } from "./answering.ts";
import type { Answer, Budget, CommandContext } from "./command.ts";
import { tellKept, tellRefused } from "./in-words.ts";
import { commands, replyId } from "./index.ts";
import { post } from "./post.ts";
import { comeBack } from "./returning.ts";
import {
	type Bounds,
	isPaced,
	isPost,
	isTooMuch,
	tooMuch,
	waitedTooLong,
} from "./too-much.ts";

/** The status of an INFO. */
export interface InfoStatus {
	readonly status: number;
	/** What was wrong, for the status line. */
	readonly reason?: string;
	readonly retryAfterSeconds?: number;
}

export interface DispatchNeeds
	extends Bounds,
		Omit<CommandContext, "session" | "afterReply"> {
	/** A command or message is done, or refused, this long after its turn came; `unknown`: one that there is not. */
	readonly onDone?: (command: string, ms: number) => void;
}

export interface Dispatcher {
	/** Resolves with the status of the INFO that carried this body. Never rejects. */
	dispatch(session: Session, body: string): Promise<InfoStatus>;
	/** One too many: refused as it is. */
	refuse(session: Session, body: string): InfoStatus;
	/** Resolves when everything that this session asked for before is done. */
	settled(session: Session): Promise<void>;
}

const maxRequestBytes = 64 * 1024;
/** Requests of one session that may wait; more are refused as overload. */
const maxWaiting = 200;
/** A message that has waited so long for its turn is refused: its sender is about to give up, and must not find it kept. */
const maxWaitMs = 5_000;
const retryAfterSeconds = 5;

interface Turn {
	last: Promise<unknown>;
	waiting: number;
	/** It has asked for something. */
	begun: boolean;
}

/** `clockMs`: milliseconds that only go forward. */
export function createDispatcher(
	needs: DispatchNeeds,
	clockMs: () => number = () => performance.now(),
): Dispatcher {
	const turns = new WeakMap<Session, Turn>();

	function turnOf(session: Session): Turn {
		const turn = turns.get(session) ?? {
			last: Promise.resolve(),
			waiting: 0,
			begun: false,
		};
		turns.set(session, turn);
		return turn;
	}

	function refuseWith(
		session: Session,
		body: string,
		refusal: ChatError,
	): InfoStatus {
		if (session.repliesOnly) {
			tellRefused(needs.sessions, session, body, refusal);
		}
		return statusOf(refusal);
	}

	const refuse = (session: Session, body: string) =>
		refuseWith(session, body, tooMuch());

	return {
		refuse,
		async dispatch(session, body) {
			const turn = turnOf(session);
			if (turn.waiting >= maxWaiting) return refuse(session, body);
			const envelope = read(needs, session, body);
			if (envelope instanceof ChatError) {
				return refuseWith(session, body, envelope);
			}
			if (isTooMuch(needs, envelope)) return refuse(session, body);
			const count = envelope.primitives.length;
			turn.waiting += count;
			const first = !turn.begun;
			turn.begun = true;
			const deadline = clockMs() + maxWaitMs;
			const late = () => clockMs() > deadline;
			const work = turn.last
				.then(() => perform(needs, session, envelope, late))
				.catch((error): InfoStatus => {
					const { callId } = session.outlet;
					needs.log.error({ err: error, callId }, "request not handled");
					return { status: 500 };
				});
			turn.last = work.then(async () => {
				turn.waiting -= count;
				if (!first) return;
				await welcome(needs, session, envelope).catch((error) =>
					needs.log.error(
						{ err: error, callId: session.outlet.callId },
						"session not welcomed",
					),
				);
			});
			return envelope.primitives.some(isPost) ? await work : { status: 200 };
		},
		async settled(session) {
			await turnOf(session).last;
		},
	};
}

function read(
	{ log }: DispatchNeeds,
	session: Session,
	body: string,
): Envelope | ChatError {
	try {
		if (Buffer.byteLength(body) > maxRequestBytes) {
			throw new ChatError(
				"too-large",
				`A request has at most ${maxRequestBytes} bytes.`,
			);
		}
		return decodeEnvelope(body);
	} catch (error) {
		const refusal = asRefusal(error);
		log.info(
			{ callId: session.outlet.callId, reason: refusal.reason },
			"request not readable",
		);
		return refusal;
	}
}

/** All of an envelope, in its order; the status is that of the first message that was refused. */
async function perform(
	needs: DispatchNeeds,
	session: Session,
	{ envid, primitives }: Envelope,
	late: () => boolean,
): Promise<InfoStatus> {
	let status: InfoStatus = { status: 200 };
	for (const primitive of primitives) {
		const refusal = await traced(nameOf(primitive), {}, async (span) => {
			const asked = { envid, primitive, late };
			const found = await performOne(needs, session, asked);
			if (found !== undefined) fail(span, found.reason);
			return found;
		});
		// A command has been answered 200 already.
		const counts = refusal !== undefined && primitive.kind === "message";
		if (counts && status.status === 200) {
			status = statusOf(refusal);
		}
	}
	return status;
}

/** After the first that a session asked for. */
async function welcome(
	needs: DispatchNeeds,
	session: Session,
	{ primitives }: Envelope,
): Promise<void> {
	const afterwards: (() => void)[] = [];
	await comeBack(primitives, {
		...needs,
		session,
		afterReply: (work) => afterwards.push(work),
	});
	for (const work of afterwards) work();
}

/** The refusal, if it was refused. */
async function performOne(
	needs: DispatchNeeds,
	session: Session,
	{
		envid,
		primitive,
		late,
	}: {
		readonly envid: string;
		readonly primitive: Primitive;
		/** It has waited too long for its turn. */
		readonly late: () => boolean;
	},
): Promise<ChatError | undefined> {
	const isCommand = primitive.kind === "command";
	// Nobody is left to be answered; a message that was sent before counts all the same.
	if (isCommand && !needs.sessions.has(session)) return undefined;
	const to = {
		envid,
		seqid: primitive.seqid,
		id: isCommand ? replyId(primitive.wireId) : "rpl:grpchat",
	};
	const begunAt = performance.now();
	const afterwards: (() => void)[] = [];
	const context: CommandContext = {
		...needs,
		session,
		afterReply: (work) => afterwards.push(work),
	};
	try {
		if (isCommand) {
			const end = isPaced(primitive) ? await needs.pacing.turn() : undefined;
			await run(primitive, context).then(
				(answer) => sendAnswer(context, to, answer, end),
				(error) => {
					end?.();
					throw error;
				},
			);
		} else {
			if (late()) throw waitedTooLong();
			await post({ envid, seqid: primitive.seqid }, primitive.data, context);
			if (session.repliesOnly) tellKept(needs.sessions, session, to);
		}
		return undefined;
	} catch (error) {
		const refusal = asRefusal(error);
		const command = isCommand ? primitive.id : "grpchat";
		const { callId } = session.outlet;
		logRefusal(needs.log.child({ callId, command, envid }), refusal);
		session.outlet.send(encodeRefusal(needs.sessions, to, refusal));
		return refusal;
	} finally {
		needs.onDone?.(nameOf(primitive), performance.now() - begunAt);
		for (const work of afterwards) work();
	}
}

/** One of few, whatever clients send. */
function nameOf(primitive: Primitive): string {
	if (primitive.kind !== "command") return "grpchat";
	return commands.has(primitive.id) ? primitive.id : "unknown";
}

async function run(
	{ id, wireId, data }: Extract<Primitive, { kind: "command" }>,
	context: CommandContext,
): Promise<Answer> {
	const command = commands.get(id);
	if (command === undefined) {
		throw new ChatError(
			"unknown-command",
			`This server does not know ${wireId.slice(0, 40)}.`,
		);
	}
	return command.run(data, context, budgetOf(context.session));
}

/** What is left for `<data>` beside the envelope. */
function budgetOf({ outlet }: Session): Budget {
	const envelopeBytes = 350;
	return {
		frameBytes: outlet.frameBytes - envelopeBytes,
		bodyBytes: maxBodyBytes - envelopeBytes,
	};
}

function asRefusal(error: unknown): ChatError {
	return error instanceof ChatError
		? error
		: new ChatError("failed", "The server could not do this.", {
				cause: error,
			});
}

function logRefusal(log: CommandContext["log"], refusal: ChatError): void {
	const { reason, cause } = refusal;
	const isFault = reason === "unavailable" && cause !== undefined;
	if (reason === "failed" || isFault) {
		log.error({ reason, err: cause }, "request failed");
	} else {
		log.info({ reason }, "request refused");
	}
}

function statusOf({ reason, message }: ChatError): InfoStatus {
	const { sipStatus } = refusals[reason];
	return {
		status: sipStatus,
		reason: message.replace(/[^\x20-\x7e]/g, "?").slice(0, 150),
		...(sipStatus === 503 && { retryAfterSeconds }),
	};
}
