/**
 * What has been passed of one room to one session.
 *
 * A feed is *held* or *live*. It starts held: what happens meanwhile waits, until the answer to the join is on its way.
 * While history is read, it is held again, so that nothing that the history shows comes a second time. Released, it
 * passes what waited, leaves out what the session has had (by sequence, by roster), and is live. When a sequence is
 * missing, the feed is held until the gap has been filled from the store.
 */
import type { Message, UserUri } from "../rooms/types.ts";

type Item =
	| { readonly message: Message; readonly body: string }
	| {
			readonly user: UserUri;
			readonly arrived: boolean;
			readonly body: string;
	  };

/** What may wait while a feed is held; past that the store fills the gap. */
const maxHeld = 1_000;
const fillAtOnce = 100;

export interface FeedNeeds {
	send(body: string): void;
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
	#held: Item[] | undefined = [];
	#lastSequence: number | undefined;

	constructor(needs: FeedNeeds) {
		this.#needs = needs;
	}

	get held(): boolean {
		return this.#held !== undefined;
	}

	hold(): void {
		this.#held ??= [];
	}

	/** The session has now had everything up to this message, and knows of these participants. */
	release(throughSequence: number, roster?: ReadonlySet<UserUri>): void {
		const waited = this.#held ?? [];
		this.#held = undefined;
		this.#lastSequence = Math.max(this.#lastSequence ?? 0, throughSequence);
		for (const item of waited) {
			const known =
				roster !== undefined &&
				"user" in item &&
				roster.has(item.user) === item.arrived;
			if (!known) this.#pass(item);
		}
	}

	/** The session has read these, oldest first: what is already known is not passed again. */
	releaseAfterReading(read: readonly Message[]): void {
		const last = this.#lastSequence ?? 0;
		const [oldest] = read;
		const newest = read.at(-1);
		const joinsUp = oldest !== undefined && oldest.sequence <= last + 1;
		this.release(joinsUp && newest !== undefined ? newest.sequence : last);
	}

	posted(message: Message, body: string): void {
		this.#pass({ message, body });
	}

	/** Somebody arrived in the room or left it. */
	roster(user: UserUri, arrived: boolean, body: string): void {
		this.#pass({ user, arrived, body });
	}

	#pass(item: Item): void {
		if (this.#held !== undefined) {
			if (this.#held.length < maxHeld) this.#held.push(item);
			return;
		}
		if (!("message" in item)) {
			this.#needs.send(item.body);
			return;
		}
		const { sequence } = item.message;
		const last = this.#lastSequence ?? sequence - 1;
		if (sequence <= last) return;
		if (sequence > last + 1) {
			this.#held = [item];
			this.#fill(last, sequence - 1).catch(this.#needs.onFault);
			return;
		}
		this.#lastSequence = sequence;
		this.#needs.send(item.body);
	}

	async #fill(after: number, through: number): Promise<void> {
		let last = after;
		try {
			while (last < through) {
				const until = Math.min(through, last + fillAtOnce);
				for (const message of await this.#needs.between(last, until)) {
					this.#needs.send(this.#needs.encode(message));
				}
				last = until;
			}
		} finally {
			// A gap that stays is passed over: later messages must not wait for it.
			this.release(through);
		}
	}
}
