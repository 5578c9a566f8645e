/**
 * What has been passed of one room to one session.
 *
 * A feed is *held* by one or several (a join being answered, history being read, a gap being filled) or *live*. What
 * happens while it is held waits. When the last holder releases it, what waited is passed, but for what the session has
 * had meanwhile (by sequence, by roster). It starts held, for the join. When a sequence is missing, the gap is filled from
 * the store first. What is withdrawn before it was passed is never passed as it was posted: its body is dropped, and what the
 * store has of it now takes its place. Closed, it passes nothing more.
 */
import type { Message, UserUri } from "../rooms/types.ts";
import type { Notice } from "../xccos/notices.ts";
import {
	type Item,
	type Post,
	type Roster,
	type ShownAgain,
	Waiting,
} from "./waiting.ts";

const fillAtOnce = 100;

export interface FeedNeeds {
	/** `taken` is called when the client has it. */
	send(message: Message, body: string, taken: () => void): void;
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
	readonly #waiting = new Waiting();
	#lastSequence: number | undefined;
	/** Goes up with each withdrawal of what has not been passed. */
	#withdrawals = 0;
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
		this.#waiting.readStored(through);
		this.#letGo();
	}

	#listed(roster: Roster): void {
		this.#rosterKnown = true;
		this.#needs.listed(roster);
		this.#waiting.listed(roster);
	}

	#letGo(): void {
		this.#holders -= 1;
		this.#drain();
	}

	/** The reader of history is done. The session has read these, oldest first: what joins up with what it had is known. */
	releaseAfterReading(read: readonly Message[]): void {
		const [oldest] = read;
		const next = this.#waiting.nextAsPosted((this.#lastSequence ?? 0) + 1);
		const joinsUp = oldest !== undefined && oldest.sequence <= next;
		this.release(joinsUp ? (read.at(-1)?.sequence ?? 0) : 0);
	}

	posted(message: Message, body: string): void {
		this.#pass(this.#waiting.postOf(message, body));
	}

	/** These are deleted or read otherwise now: what of them has not been passed comes from the store, if it is there. */
	withdraw(sequences: readonly number[]): void {
		const last = this.#lastSequence ?? 0;
		const ahead = new Set(sequences.filter((sequence) => sequence > last));
		if (this.#closed || ahead.size === 0) return;
		this.#withdrawals += 1;
		this.#waiting.withdraw(ahead);
		this.#fillStored();
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
		this.#waiting.clear();
	}

	#reached(sequence: number): void {
		const last = Math.max(this.#lastSequence ?? 0, sequence);
		this.#lastSequence = last;
		this.#waiting.passed(last);
	}

	#drain(): void {
		while (!this.held) {
			const item = this.#waiting.take();
			if (item === undefined) break;
			this.#pass(item);
		}
		this.#fillStored();
	}

	#fillStored(): void {
		if (this.held || this.#closed) return;
		const last = this.#lastSequence ?? 0;
		const { storedThrough } = this.#waiting;
		if (storedThrough > last) this.#fill(last, storedThrough);
	}

	#pass(item: Item): void {
		if (this.#closed) return;
		if (this.held) {
			this.#waiting.put(item);
		} else if ("sequence" in item) {
			this.#passMessage(item);
		} else if ("shown" in item) {
			const { whole, difference } = item.shown;
			const notices = this.#rosterKnown ? difference : whole;
			this.#rosterKnown = true;
			for (const notice of notices) this.#needs.notify(notice);
		} else {
			this.#needs.notify(item.notice);
		}
	}

	#passMessage({ sequence, message, body }: Post): void {
		const last = this.#lastSequence ?? sequence - 1;
		if (sequence <= last) return;
		if (body === undefined) {
			this.#fill(last, Math.max(sequence, this.#waiting.withdrawnThrough()));
		} else if (sequence > last + 1) {
			this.#waiting.putBack({ sequence, message, body });
			this.#fill(last, sequence - 1);
		} else {
			this.#reached(sequence);
			this.#send(message, body);
		}
	}

	#send(message: Message, body: string): void {
		this.#needs.send(message, body, () => this.#took(message.sequence));
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
			for (const message of await this.#read(last, until)) {
				if (this.#closed) return;
				if (message.sequence <= (this.#lastSequence ?? 0)) continue;
				this.#reached(message.sequence);
				this.#send(message, this.#needs.encode(message));
			}
		}
	}

	/** As it reads when the answer is here: what was withdrawn while it was read is read again. */
	async #read(after: number, through: number): Promise<readonly Message[]> {
		for (;;) {
			const before = this.#withdrawals;
			const found = await this.#needs.between(after, through);
			if (this.#withdrawals === before || this.#closed) return found;
		}
	}
}
