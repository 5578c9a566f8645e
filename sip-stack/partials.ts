/** What unfinished messages of all connections hold together: patience with slow senders must not cost all memory. */

export class Partials {
	readonly #max: number;
	readonly #held = new Map<object, number>();
	#total = 0;

	constructor(max: number) {
		this.#max = max;
	}

	get total(): number {
		return this.#total;
	}

	/** Tells what a connection holds now. False when all hold too much together and this one more than its share: it must end. */
	hold(connection: object, bytes: number): boolean {
		const before = this.#held.get(connection) ?? 0;
		if (bytes === before) return true;
		this.#total += bytes - before;
		if (bytes === 0) this.#held.delete(connection);
		else this.#held.set(connection, bytes);
		if (bytes < before || this.#total <= this.#max) return true;
		return bytes <= this.#max / this.#held.size;
	}
}
