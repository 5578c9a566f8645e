/**
 * The open event streams of this node: how many there may be, and that each ends with its session. What a session's end on
 * another node is noticed by is the look at all of them, every few seconds.
 */
import type { Logger } from "pino";
import type {
	Accounts,
	Condition,
	UserUri,
	WebSession,
} from "../../plugin/index.ts";
import { DoorError } from "../errors.ts";
import { createEventStream, type EventStream } from "./stream.ts";

/** Which sessions have ended: one, or all of a user. */
export type Ended = { readonly session: string } | { readonly user: UserUri };

export interface Streams {
	/** Throws `too-often`. `onClose`: whatever ended it. */
	open(session: WebSession, onClose: () => void): EventStream;
	/** Resolves when it is sure that these users' sessions go on, or their streams have ended. */
	look(users: readonly UserUri[]): Promise<void>;
	/** At once. */
	sessionsEnded(ended: Ended): void;
	count(): number;
	/** Ends all; none is opened any more. */
	close(): Promise<void>;
}

export interface StreamsNeeds {
	readonly accounts: Pick<Accounts, "find" | "webSessions">;
	readonly onEvent: Condition["onEvent"];
	readonly log: Pick<Logger, "warn" | "info">;
	readonly now: () => Date;
	readonly bufferBytes?: number;
	readonly heartbeatMs?: number;
	readonly lookEveryMs?: number;
}

interface Open {
	readonly session: WebSession;
	readonly stream: EventStream;
	/** When it was last noted that the session is used. */
	notedAt: number;
}

const most = { ofSession: 8, ofUser: 24, here: 5_000 };
/** Whoever has a page open uses his session; noted no more often. */
const noteEveryMs = 60_000;

export function createStreams(needs: StreamsNeeds): Streams {
	const { accounts, log, now } = needs;
	const open = new Set<Open>();
	let closed = false;

	const of = (user: UserUri) =>
		[...open].filter(({ session }) => session.user === user);

	function demandRoom({ id, user }: WebSession): void {
		const own = of(user);
		const ofSession = own.filter(({ session }) => session.id === id);
		if (
			ofSession.length < most.ofSession &&
			own.length < most.ofUser &&
			open.size < most.here &&
			!closed
		) {
			return;
		}
		throw new DoorError(
			"too-often",
			`Too many event streams are open; at most ${most.ofSession} of one browser and ${most.ofUser} of one user.`,
			{ retryAfterSeconds: 5 },
		);
	}

	async function endThoseEnded(some: readonly Open[]): Promise<void> {
		const ids = [...new Set(some.map(({ session }) => session.id))];
		const living = new Set(await accounts.webSessions.living(ids, now()));
		for (const { session, stream } of some) {
			if (!living.has(session.id)) stream.end("signed-out");
		}
	}

	async function endThoseTurnedOff(users: readonly UserUri[]): Promise<void> {
		for (const user of users) {
			const found = await accounts.find(user);
			if (found?.enabled === true) continue;
			for (const { stream } of of(user)) stream.end("not-enabled");
		}
	}

	/** Meanwhile they are told nothing. */
	async function look(users: readonly UserUri[]): Promise<void> {
		const some = users.flatMap(of);
		for (const { stream } of some) stream.hold();
		try {
			await endThoseEnded(some);
			await endThoseTurnedOff(users);
			for (const { stream } of some) stream.release();
		} catch (error) {
			// Not known, so not told.
			for (const { stream } of some) stream.end("lost");
			throw error;
		}
	}

	async function lookAtAll(): Promise<void> {
		const at = now();
		await endThoseEnded([...open]);
		const due = [...open].filter(
			({ notedAt }) => at.getTime() - notedAt >= noteEveryMs,
		);
		if (due.length === 0) return;
		for (const one of due) one.notedAt = at.getTime();
		const ids = new Set(due.map(({ session }) => session.id));
		await accounts.webSessions.seen([...ids], at);
	}

	let looking: Promise<void> | undefined;
	const timer = setInterval(() => {
		if (open.size === 0) return;
		looking ??= lookAtAll()
			.catch((error) => log.warn({ err: error }, "web sessions not asked for"))
			.finally(() => {
				looking = undefined;
			});
	}, needs.lookEveryMs ?? 5_000);
	const stopListening = needs.onEvent((event) => {
		if (event.type !== "policy") return;
		const here = new Set([...open].map(({ session }) => session.user));
		const users = event.users?.filter((user) => here.has(user)) ?? [...here];
		look(users).catch((error) =>
			log.warn({ err: error }, "policy not asked: their streams have ended"),
		);
	});

	return {
		open(session, onClose) {
			demandRoom(session);
			const stream = createEventStream({
				bufferBytes: needs.bufferBytes ?? 512 * 1024,
				heartbeatMs: needs.heartbeatMs ?? 15_000,
				onClose() {
					open.delete(one);
					onClose();
				},
				onSlow: () => log.info({}, "a reader of events is too slow: dropped"),
			});
			const one: Open = { session, stream, notedAt: now().getTime() };
			open.add(one);
			return {
				...stream,
				send(event) {
					if (session.endsAt <= now()) stream.end("signed-out");
					else stream.send(event);
				},
			};
		},
		look,
		sessionsEnded(ended) {
			for (const { session, stream } of [...open]) {
				const isOver =
					"session" in ended
						? session.id === ended.session
						: session.user === ended.user;
				if (isOver) stream.end("signed-out");
			}
		},
		count: () => open.size,
		async close() {
			closed = true;
			stopListening();
			clearInterval(timer);
			for (const { stream } of [...open]) stream.end("stopping");
			await looking;
		},
	};
}
