/**
 * The open event streams of this node: how many there may be, and that each ends with its session. What a session's end on
 * another node is noticed by is the look at all of them, every few seconds.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
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
	readonly accounts: Pick<Accounts, "enabled"> & {
		readonly webSessions: Pick<Accounts["webSessions"], "living" | "seen">;
	};
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

export const most = { ofSession: 8, ofUser: 24, here: 5_000 };
/** Users that are asked about together; everybody else has his turn after. */
const usersAtOnce = 200;
/** Whoever has a page open uses his session; noted no more often. */
const noteEveryMs = 60_000;

export function createStreams(needs: StreamsNeeds): Streams {
	const { accounts, log, now } = needs;
	const byUser = new Map<UserUri, Set<Open>>();
	let count = 0;
	let closed = false;

	const of = (user: UserUri) => [...(byUser.get(user) ?? [])];
	const all = () => [...byUser.keys()].flatMap(of);

	function add(one: Open): void {
		const { user } = one.session;
		byUser.set(user, (byUser.get(user) ?? new Set()).add(one));
		count += 1;
	}

	function remove(one: Open): void {
		const { user } = one.session;
		const own = byUser.get(user);
		if (own?.delete(one) !== true) return;
		count -= 1;
		if (own.size === 0) byUser.delete(user);
	}

	function demandRoom({ id, user }: WebSession): void {
		const own = of(user);
		const ofSession = own.filter(({ session }) => session.id === id);
		if (
			ofSession.length < most.ofSession &&
			own.length < most.ofUser &&
			count < most.here &&
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
		const enabled = await accounts.enabled(users);
		for (const user of users.filter((each) => !enabled.has(each))) {
			for (const { stream } of of(user)) stream.end("not-enabled");
		}
	}

	/** Meanwhile they are told nothing. */
	async function look(users: readonly UserUri[]): Promise<void> {
		const here = users.filter((user) => byUser.has(user));
		const held = new Set(here.flatMap(of));
		for (const { stream } of held) stream.hold();
		try {
			for (const some of batches(here)) {
				const asked = some.flatMap(of).filter((one) => held.has(one));
				await endThoseEnded(asked);
				await endThoseTurnedOff(some);
				for (const one of asked) {
					held.delete(one);
					one.stream.release();
				}
				await nextTurn();
			}
		} catch (error) {
			// Not known, so not told.
			for (const { stream } of held) stream.end("lost");
			throw error;
		}
	}

	async function lookAtAll(): Promise<void> {
		const at = now();
		for (const some of batches([...byUser.keys()])) {
			await endThoseEnded(some.flatMap(of));
			await nextTurn();
		}
		const due = all().filter(
			({ notedAt }) => at.getTime() - notedAt >= noteEveryMs,
		);
		if (due.length === 0) return;
		for (const one of due) one.notedAt = at.getTime();
		const ids = new Set(due.map(({ session }) => session.id));
		await accounts.webSessions.seen([...ids], at);
	}

	let looking: Promise<void> | undefined;
	const timer = setInterval(() => {
		if (count === 0) return;
		looking ??= lookAtAll()
			.catch((error) => log.warn({ err: error }, "web sessions not asked for"))
			.finally(() => {
				looking = undefined;
			});
	}, needs.lookEveryMs ?? 5_000);
	const stopListening = needs.onEvent((event) => {
		if (event.type !== "policy") return;
		look(event.users ?? [...byUser.keys()]).catch((error) =>
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
					remove(one);
					onClose();
				},
				onSlow: () => log.info({}, "a reader of events is too slow: dropped"),
			});
			const one: Open = { session, stream, notedAt: now().getTime() };
			add(one);
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
			const some = "user" in ended ? of(ended.user) : all();
			for (const { session, stream } of some) {
				if ("session" in ended && session.id !== ended.session) continue;
				stream.end("signed-out");
			}
		},
		count: () => count,
		async close() {
			closed = true;
			stopListening();
			clearInterval(timer);
			for (const { stream } of all()) stream.end("stopping");
			await looking;
		},
	};
}

function batches(users: readonly UserUri[]): readonly (readonly UserUri[])[] {
	const count = Math.ceil(users.length / usersAtOnce);
	return Array.from({ length: count }, (_, at) =>
		users.slice(at * usersAtOnce, (at + 1) * usersAtOnce),
	);
}
