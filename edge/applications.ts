/** The connected applications and which of them gets the next request of a method. */
import type { Application } from "./application.ts";

export class Applications {
	readonly #all = new Set<Application>();
	/** By lower-case method, in the order of their `route`. */
	readonly #routes = new Map<string, Application[]>();
	readonly #next = new Map<string, number>();

	get size(): number {
		return this.#all.size;
	}

	add(application: Application): void {
		this.#all.add(application);
	}

	/** False when it was removed before. */
	remove(application: Application): boolean {
		this.unroute(application);
		return this.#all.delete(application);
	}

	route(application: Application, method: string): void {
		if (application.routes.has(method)) return;
		application.routes.add(method);
		const routed = this.#routes.get(method);
		if (routed === undefined) this.#routes.set(method, [application]);
		else routed.push(application);
	}

	/** Like drachtio-server, `remove_route` of one method takes the application off all of them. */
	unroute(application: Application): void {
		for (const method of application.routes) {
			const rest = this.#routes.get(method)?.filter((a) => a !== application);
			if (rest === undefined || rest.length === 0) {
				this.#routes.delete(method);
				this.#next.delete(method);
			} else this.#routes.set(method, rest);
		}
		application.routes.clear();
	}

	/** Round robin over the applications that routed this method. */
	pick(method: string): Application | undefined {
		const key = method.toLowerCase();
		const routed = this.#routes.get(key);
		if (routed === undefined) return undefined;
		const next = this.#next.get(key) ?? 0;
		const index = next < routed.length ? next : 0;
		this.#next.set(key, index + 1);
		return routed[index];
	}

	[Symbol.iterator](): Iterator<Application> {
		return this.#all[Symbol.iterator]();
	}
}
