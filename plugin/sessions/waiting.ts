/**
 * What waits until a feed is released, bounded. Of messages that find no place, or are withdrawn, only that they are to be
 * read from the store is known; that is never forgotten.
 */
import type { Message, Participant, UserUri } from "../rooms/types.ts";
import type { Notice } from "../xccos/notices.ts";

export type Roster = ReadonlyMap<UserUri, Participant["user"]>;

export interface Post {
	readonly sequence: number;
	/** As it was posted. */
	readonly message: Message;
	/** Undefined: withdrawn; the store knows how it reads now. */
	readonly body: string | undefined;
}

export type Item =
	| Post
	| {
			readonly user: UserUri;
			readonly arrived: boolean;
			readonly notice: Notice;
	  }
	| { readonly shown: ShownAgain }
	| { readonly notice: Notice };

/** What is told when the roster is shown again. */
export interface ShownAgain {
	/** To who has no list. */
	readonly whole: readonly Notice[];
	/** To who had one when it was hidden. */
	readonly difference: readonly Notice[];
}

/** What may wait; messages past that are read from the store. */
const maxWaiting = 1_000;
/** Numbers of withdrawn messages that are remembered until the messages come; past that, all are read from the store. */
const maxWithdrawn = 1_000;

export class Waiting {
	#items: Item[] = [];
	#storedThrough = 0;
	/** Of the messages that have not come yet, those that do not read any more as they were posted. */
	readonly #withdrawn = new Set<number>();

	/** Up to here, messages that do not wait come from the store. */
	get storedThrough(): number {
		return this.#storedThrough;
	}

	/** Messages up to this one that do not wait come from the store. */
	readStored(through: number): void {
		this.#storedThrough = Math.max(this.#storedThrough, through);
	}

	/** A message that has come: without its body if it is withdrawn already. */
	postOf(message: Message, body: string): Post {
		const { sequence } = message;
		const withdrawn =
			this.#withdrawn.delete(sequence) || sequence <= this.#storedThrough;
		return { sequence, message, body: withdrawn ? undefined : body };
	}

	put(item: Item): void {
		if (this.#items.length < maxWaiting) this.#items.push(item);
		else if ("sequence" in item) this.readStored(item.sequence);
	}

	/** The oldest that waits, which does not any more. */
	take(): Item | undefined {
		return this.#items.shift();
	}

	/** What was taken is the oldest again. */
	putBack(item: Item): void {
		this.#items.unshift(item);
	}

	/** The session has been given this list: what says the same need not be told. */
	listed(roster: Roster): void {
		this.#items = this.#items.filter((item) => {
			if ("shown" in item) return false;
			return !("user" in item) || roster.has(item.user) !== item.arrived;
		});
	}

	/** These do not read any more as they were posted; none of them has been passed. */
	withdraw(sequences: ReadonlySet<number>): void {
		const waited = new Set<number>();
		this.#items = this.#items.map((item) => {
			if (!("sequence" in item) || !sequences.has(item.sequence)) return item;
			waited.add(item.sequence);
			return { ...item, body: undefined };
		});
		for (const sequence of sequences) {
			if (!waited.has(sequence)) this.#remember(sequence);
		}
	}

	#remember(sequence: number): void {
		if (sequence <= this.#storedThrough) return;
		if (this.#withdrawn.size < maxWithdrawn) {
			this.#withdrawn.add(sequence);
			return;
		}
		this.readStored(Math.max(sequence, ...this.#withdrawn));
		this.#withdrawn.clear();
	}

	/** The first from this one on that is not known to be withdrawn. */
	nextAsPosted(sequence: number): number {
		const gone = new Set(this.#withdrawn);
		for (const item of this.#items) {
			if (isWithdrawn(item)) gone.add(item.sequence);
		}
		let next = sequence;
		while (gone.has(next)) next += 1;
		return next;
	}

	/** The newest of the oldest that wait, as far as they are withdrawn without a break; 0 if the oldest is not. */
	withdrawnThrough(): number {
		let newest = 0;
		for (const item of this.#items) {
			if (!isWithdrawn(item)) break;
			newest = Math.max(newest, item.sequence);
		}
		return newest;
	}

	/** Messages up to this one do not matter any more. */
	passed(through: number): void {
		for (const each of this.#withdrawn) {
			if (each <= through) this.#withdrawn.delete(each);
		}
	}

	clear(): void {
		this.#items = [];
		this.#withdrawn.clear();
	}
}

function isWithdrawn(item: Item): item is Post {
	return "sequence" in item && item.body === undefined;
}
