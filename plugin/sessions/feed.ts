/**
 * What has been passed of one room to one session.
 *
 * A feed is *held* by one or several (a join being answered, history being read, a gap being filled) or *live*. What
 * happens while it is held waits. When the last holder releases it, what waited is passed, but for what the session has
 * had meanwhile (by sequence, by roster). It starts held, for the join. When a sequence is missing, the gap is filled from
 * the store first. Closed, it passes nothing more.
 */
import type { Message, Participant, UserUri } from "../rooms/types.ts";
import type { Notice } from "../xccos/notices.ts";

type Roster = ReadonlyMap<UserUri, Participant["user"]>;

type Item =
	| { readonly message: Message; readonly body: string }
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

/** What may wait while a feed is held; messages past that are read from the store. */
const maxHeld = 1_000;
/** Numbers of withdrawn messages that are remembered. */
const maxWithdrawn = 1_000;
const fillAtOnce = 100;

export interface FeedNeeds {
	/** `taken` is called when the client has it. */
	send(body: string, taken: () => void): void;
	notify(notice: Notice): void;
	/** The session has been given this list. */
	listed(roster: Roster): void;
	encode(message: Message): string;
	/** `afterSequence < sequence <= throughSequence`, oldest first. */
	between(
		afterSequence: number,
		throughSequence: number,
	): Promise<readonly Message[]>;
	/** A gap that could not be filled. */
	onFault(error: unknown): void;
}

export class RoomFeed {
	readonly #needs: FeedNeeds;
	#holders = 1;
	#waiting: Item[] = [];
	/** The newest message that found no place among the waiting. */
	#droppedThrough = 0;
	#lastSequence: number | undefined;
	/** Of the messages to come, those that do not read any more as they were posted. */
	readonly #withdrawn = new Set<number>();
	#heard: number | undefined;
	#closed = false;
	/** It has been told who is in the room. */
	#rosterKnown = false;

	constructor(needs: FeedNeeds) {
		this.#needs = needs;
	}

	get held(): boolean {
		return this.#holders > 0;
	}

	/** Up to which message the client has taken everything; undefined while it does not know that it is in the room. */
	get heard(): number | undefined {
		return this.#heard;
	}

	hold(): void {
		this.#holders += 1;
	}

	/**
	 * One holder is done. The session has now had everything up to this message (0: nothing that it had not), and was told
	 * who is in the room, or that this is hidden; undefined: nothing was said of it.
	 */
	release(throughSequence = 0, roster?: Roster | "hidden"): void {
		this.#took(throughSequence);
		this.#reached(throughSequence);
		if (roster === "hidden") this.#rosterKnown = false;
		else if (roster !== undefined) this.#listed(roster);
		this.#letGo();
	}

	/** One holder is done. What was posted after `heard`, up to `through`, comes from the store first. */
	releaseWithMissed(heard: number, through: number): void {
		this.#took(heard);
		this.#reached(heard);
		this.#droppedThrough = Math.max(this.#droppedThrough, through);
		this.#letGo();
	}

	#listed(roster: Roster): void {
		this.#rosterKnown = true;
		this.#needs.listed(roster);
		this.#waiting = this.#waiting.filter((item) => {
			if ("shown" in item) return false;
			return !("user" in item) || roster.has(item.user) !== item.arrived;
		});
	}

	#letGo(): void {
		this.#holders -= 1;
		this.#drain();
	}

	/** The reader of history is done. The session has read these, oldest first: what joins up with what it had is known. */
	releaseAfterReading(read: readonly Message[]): void {
		const [oldest] = read;
		let next = (this.#lastSequence ?? 0) + 1;
		while (this.#withdrawn.has(next)) next += 1;
		const joinsUp = oldest !== undefined && oldest.sequence <= next;
		this.release(joinsUp ? (read.at(-1)?.sequence ?? 0) : 0);
	}

	posted(message: Message, body: string): void {
		this.#pass({ message, body });
	}

	/** These are deleted or read otherwise now: what of them has not been passed comes from the store, if it is there. */
	withdraw(sequences: readonly number[]): void {
		const last = this.#lastSequence ?? 0;
		for (const sequence of sequences) {
			if (sequence > last && this.#withdrawn.size < maxWithdrawn) {
				this.#withdrawn.add(sequence);
			}
		}
	}

	/** Somebody arrived in the room or left it. */
	roster(user: UserUri, arrived: boolean, notice: Notice): void {
		this.#pass({ user, arrived, notice });
	}

	/** The roster was hidden, and is not any more. */
	shownAgain(shown: ShownAgain): void {
		this.#pass({ shown });
	}

	/** Something else of the room. */
	notify(notice: Notice): void {
		this.#pass({ notice });
	}

	close(): void {
		this.#closed = true;
		this.#waiting = [];
	}

	#reached(sequence: number): void {
		const last = Math.max(this.#lastSequence ?? 0, sequence);
		this.#lastSequence = last;
		for (const each of this.#withdrawn) {
			if (each <= last) this.#withdrawn.delete(each);
		}
	}

	#drain(): void {
		if (this.held) return;
		const waited = this.#waiting;
		this.#waiting = [];
		for (const item of waited) this.#pass(item);
		const last = this.#lastSequence ?? 0;
		if (!this.held && this.#droppedThrough > last) {
			this.#fill(last, this.#droppedThrough);
		}
	}

	#pass(item: Item): void {
		if (this.#closed) return;
		if (this.held) {
			this.#wait(item);
		} else if ("message" in item) {
			this.#passMessage(item.message, item.body);
		} else if ("shown" in item) {
			const { whole, difference } = item.shown;
			const notices = this.#rosterKnown ? difference : whole;
			this.#rosterKnown = true;
			for (const notice of notices) this.#needs.notify(notice);
		} else {
			this.#needs.notify(item.notice);
		}
	}

	#wait(item: Item): void {
		if (this.#waiting.length < maxHeld) {
			this.#waiting.push(item);
		} else if ("message" in item) {
			this.#droppedThrough = item.message.sequence;
		}
	}

	#passMessage(message: Message, body: string): void {
		const { sequence } = message;
		const last = this.#lastSequence ?? sequence - 1;
		if (sequence <= last) return;
		if (sequence > last + 1) {
			this.#waiting.push({ message, body });
			this.#fill(last, sequence - 1);
			return;
		}
		if (this.#withdrawn.has(sequence)) {
			this.#fill(last, sequence);
			return;
		}
		this.#reached(sequence);
		this.#send(sequence, body);
	}

	#send(sequence: number, body: string): void {
		this.#needs.send(body, () => this.#took(sequence));
	}

	#took(sequence: number): void {
		this.#heard = Math.max(this.#heard ?? 0, sequence);
	}

	#fill(after: number, through: number): void {
		this.hold();
		this.#sendMissed(after, through)
			.catch(this.#needs.onFault)
			// A gap that stays is passed over: later messages must not wait for it.
			.finally(() => {
				this.#reached(through);
				this.#letGo();
			});
	}

	async #sendMissed(after: number, through: number): Promise<void> {
		for (let last = after; last < through; last += fillAtOnce) {
			const until = Math.min(through, last + fillAtOnce);
			for (const message of await this.#needs.between(last, until)) {
				if (this.#closed) return;
				if (message.sequence <= (this.#lastSequence ?? 0)) continue;
				this.#reached(message.sequence);
				this.#send(message.sequence, this.#needs.encode(message));
			}
		}
	}
}
