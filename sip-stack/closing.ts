/** What is given up when its stack closes: the connections it has made, as many as there are. (An AbortSignal takes eleven listeners for a leak.) */
export class Closing {
	readonly #ends = new Set<() => void>();
	#closed = false;

	get closed(): boolean {
		return this.#closed;
	}

	/** `end` is called when the stack closes, at once if it has. The answer takes it back. */
	add(end: () => void): () => void {
		if (this.#closed) end();
		else this.#ends.add(end);
		return () => void this.#ends.delete(end);
	}

	close(): void {
		this.#closed = true;
		for (const end of this.#ends) end();
		this.#ends.clear();
	}
}
