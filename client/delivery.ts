/** The messages of one joined room on their way to the program: each once and in order, also across reconnections. */
import type { ChatMessage } from "./types.ts";

const remembered = 2000;

/**
 * Live messages pass through, unless history is being read to fill a gap: then they wait behind it.
 * `upTo` is the number up to which all is told or was before our time.
 */
export class Delivery {
	readonly #deliver: (message: ChatMessage) => void;
	readonly #told = new Set<number>();
	/** Everything up to this number is forgotten from `told`. */
	#forgotten = 0;
	#upTo: number | undefined;
	#held: ChatMessage[] | undefined;

	constructor(deliver: (message: ChatMessage) => void) {
		this.#deliver = deliver;
	}

	get upTo(): number | undefined {
		return this.#upTo;
	}

	/** What was posted before we joined is not ours to tell. */
	startAfter(sequence: number): void {
		this.#upTo = Math.max(this.#upTo ?? 0, sequence);
	}

	live(message: ChatMessage): void {
		if (this.#held) this.#held.push(message);
		else this.#tell(message);
	}

	/** From now on live messages wait for `fill`. Those that waited before are dropped: the history to come has them. */
	hold(): void {
		this.#held = [];
	}

	/** Tells what of `history` (oldest first) was missed, then what waited. */
	fill(history: readonly ChatMessage[]): void {
		const after = this.#upTo;
		for (const message of history) {
			if (message.sequence === undefined) continue;
			if (after === undefined) this.startAfter(message.sequence);
			else if (message.sequence > after) this.#tell(message);
		}
		const held = this.#held ?? [];
		this.#held = undefined;
		for (const message of held) this.#tell(message);
	}

	#tell(message: ChatMessage): void {
		const { sequence } = message;
		if (sequence !== undefined) {
			if (sequence <= this.#forgotten || this.#told.has(sequence)) return;
			this.#remember(sequence);
			this.startAfter(sequence);
		}
		this.#deliver(message);
	}

	#remember(sequence: number): void {
		this.#told.add(sequence);
		if (this.#told.size <= remembered) return;
		const [oldest] = this.#told;
		if (oldest === undefined) return;
		this.#told.delete(oldest);
		this.#forgotten = Math.max(this.#forgotten, oldest);
	}
}
