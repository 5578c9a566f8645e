/** A typed event emitter that runs in Node and in browsers. */

/** Events by name, each with the type of its value. */
export class Emitter<Events extends object> {
	readonly #listeners = new Map<keyof Events, Set<(value: never) => void>>();

	/** Calls `listener` for each event until the returned function is called. */
	on<Name extends keyof Events>(
		name: Name,
		listener: (value: Events[Name]) => void,
	): () => void {
		const listeners = this.#listeners.get(name) ?? new Set();
		this.#listeners.set(name, listeners);
		listeners.add(listener);
		return () => listeners.delete(listener);
	}

	/** Resolves with the next event for which `where` holds; rejects after `deadlineMs`. */
	next<Name extends keyof Events>(
		name: Name,
		where: (value: Events[Name]) => boolean = () => true,
		deadlineMs = 10_000,
	): Promise<Events[Name]> {
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => {
				stop();
				reject(new Error(`no "${String(name)}" within ${deadlineMs} ms`));
			}, deadlineMs);
			const stop = this.on(name, (value) => {
				if (!where(value)) return;
				clearTimeout(timer);
				stop();
				resolve(value);
			});
		});
	}

	/** Tells every listener; a listener that throws does not keep the others from hearing, and its error stays uncaught. */
	protected emit<Name extends keyof Events>(
		name: Name,
		value: Events[Name],
	): void {
		const listeners = this.#listeners.get(name);
		if (!listeners) return;
		for (const listener of [...listeners]) {
			try {
				(listener as (value: Events[Name]) => void)(value);
			} catch (error) {
				queueMicrotask(() => {
					throw error;
				});
			}
		}
	}
}
