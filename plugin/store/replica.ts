/** One read-only replica: asked only for what it has as the primary had it; where it has not, or is away, it is left alone for a while. */
import type { Knex } from "knex";
import type { RoomId } from "../rooms/types.ts";
import { catchesUp, isOf, roomsAsRead } from "./caught-up.ts";
import { messageSearch } from "./message-search.ts";
import { messageReader } from "./messages.ts";
import type { ReadFrom, RoomAsRead } from "./store.ts";

/** A replica as `makeReplicas` has it. */
export interface ReplicaDatabase {
	/** `host:port`. */
	readonly name: string;
	/** The caller's: it is not closed here. */
	readonly database: Knex;
}

/**
 * - `used`: it is asked. `unasked`: it has not answered yet.
 * - `away`: it does not answer. `behind`: it has not what the primary has.
 * - `other`: it is a replica of another database, or has a schema that this release does not read.
 */
export type ReplicaStanding = "used" | "unasked" | "away" | "behind" | "other";

export interface ReplicaState {
	readonly name: string;
	readonly standing: ReplicaStanding;
	/** It has been so since. */
	readonly since: Date;
	/** Questions that it has answered since this node began. */
	readonly answered: number;
}

export interface Replica {
	/** Undefined: it cannot answer that now. Never rejects. */
	readBack<T>(
		rooms: readonly RoomAsRead[],
		read: (from: ReadFrom) => Promise<T>,
	): Promise<{ readonly answer: T } | undefined>;
	state(): ReplicaState;
	close(): Promise<void>;
}

export interface ReplicaWork {
	readonly primary: Knex;
	/** Of that database. */
	readonly id: string;
	readonly now: () => Date;
	readonly log: {
		info(fields: object, message: string): void;
		warn(fields: object, message: string): void;
	};
}

/** Has it not said by then what it has, it is away: who asks for history waits no longer for it. */
const saysMs = 500;
/** The same of a look at it while it is left alone, for which nobody waits. */
const lookMs = 5_000;
const restsMs = { first: 1_000, longest: 30_000 };

export function createReplica(
	{ name, database }: ReplicaDatabase,
	{ primary, id, now, log }: ReplicaWork,
): Replica {
	const from: ReadFrom = {
		messages: messageReader(database),
		messageSearch: messageSearch(database),
	};
	let standing: ReplicaStanding = "unasked";
	let since = now();
	let answered = 0;
	/** It is asked again when it has what the primary has of these. */
	let missed: readonly RoomId[] = [];
	let restMs = restsMs.first;
	let timer: NodeJS.Timeout | undefined;
	let closed = false;
	let looking = look();

	function stand(found: ReplicaStanding): void {
		if (found === standing) return;
		standing = found;
		since = now();
	}

	/** Whatever else fails meanwhile, it is left alone once. */
	function rest(why: "away" | "behind" | "other", error?: unknown): void {
		if (closed || standing === why) return;
		stand(why);
		log.warn(
			{ replica: name, why, err: error },
			"a replica is left alone; the primary answers",
		);
	}

	/** At rest: is it as it is to be again? */
	async function look(): Promise<void> {
		try {
			const found = await within(lookMs, examine());
			if (closed) return;
			if (found === "used") {
				stand(found);
				log.info({ replica: name }, "a replica answers for history and search");
				return;
			}
			rest(found);
		} catch (error) {
			rest("away", error);
		}
		lookAgain();
	}

	function lookAgain(): void {
		if (closed) return;
		timer = setTimeout(() => {
			looking = look();
		}, restMs);
		restMs = Math.min(2 * restMs, restsMs.longest);
	}

	async function examine(): Promise<"used" | "behind" | "other"> {
		if (!(await isOf(database, id))) return "other";
		const rooms = await roomsAsRead(primary, missed);
		return (await catchesUp(database, rooms)) ? "used" : "behind";
	}

	function leaveAlone(
		why: "away" | "behind",
		rooms: readonly RoomAsRead[],
		error?: unknown,
	): undefined {
		if (closed || standing !== "used") return;
		const steady = now().getTime() - since.getTime() > restsMs.longest;
		if (steady) restMs = restsMs.first;
		missed = rooms.map((room) => room.id);
		rest(why, error);
		lookAgain();
	}

	return {
		async readBack(rooms, read) {
			if (standing !== "used") return undefined;
			try {
				if (!(await within(saysMs, catchesUp(database, rooms)))) {
					return leaveAlone("behind", rooms);
				}
				const answer = await read(from);
				answered += 1;
				return { answer };
			} catch (error) {
				return leaveAlone("away", [], error);
			}
		},
		state: () => ({ name, standing, since, answered }),
		async close() {
			closed = true;
			clearTimeout(timer);
			await looking;
		},
	};
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(
			() => reject(new Error(`No answer within ${ms} ms`)),
			ms,
		);
	});
	try {
		return await Promise.race([work, late]);
	} finally {
		clearTimeout(timer);
	}
}
