/** What actors hold, asked of the directory and remembered for a moment; forgotten at once when this node changes a right. */
import { ChatError } from "../errors.ts";
import type { Store, Transaction } from "../store/index.ts";
import { askTogether } from "./asking-together.ts";
import type { Directory } from "./directory.ts";
import type { Actor, Holder, UserUri } from "./types.ts";

export interface Rights {
	of(actor: Pick<Actor, "uri" | "administrator">): Promise<Holder>;
	/** Goes up whenever somebody may have lost a right: what was decided at an earlier one is to be looked at again. */
	readonly generation: number;
	/** That of now, when another node has changed a right too: asked of the database. */
	current(): Promise<number>;
	/** Somebody may have lost a right. */
	changed(): void;
	/** Something new gives rights that nobody had: nobody has lost any. */
	given(): void;
}

/** What others change in the directory (a script, another node) counts after this. */
const rememberMs = 2_000;
const maxRemembered = 20_000;

const operator: Holder = { principals: [], administrator: true };

export function createRights(
	directory: Directory,
	kept: Store["rights"],
	now: () => number = () => performance.now(),
): Rights {
	const remembered = new Map<
		UserUri,
		{ readonly holder: Promise<Holder>; readonly until: number }
	>();
	let generation = 0;
	/** The database's own count, as last seen. */
	let seen: number | undefined;

	function changed(): void {
		generation += 1;
		remembered.clear();
	}

	const ask = askTogether(
		async (uris: readonly UserUri[]) => {
			const holders = await directory.holders(uris);
			return uris.map(
				(uri) => holders.get(uri) ?? { principals: [], administrator: false },
			);
		},
		{ atOnce: 4, most: 200 },
	);

	return {
		get generation() {
			return generation;
		},
		async of({ uri, administrator }) {
			if (administrator === true) return operator;
			const known = remembered.get(uri);
			if (known !== undefined && known.until > now()) return known.holder;
			const holder = ask(uri);
			remembered.delete(uri);
			remembered.set(uri, { holder, until: now() + rememberMs });
			const [oldest] = remembered.keys();
			if (remembered.size > maxRemembered && oldest !== undefined) {
				remembered.delete(oldest);
			}
			try {
				return await holder;
			} catch (error) {
				if (remembered.get(uri)?.holder === holder) remembered.delete(uri);
				throw error;
			}
		},
		async current() {
			const found = await kept.generation();
			if (found !== seen) changed();
			seen = found;
			return generation;
		},
		changed,
		given() {
			remembered.clear();
		},
	};
}

/** Rights may change while one looks, but somebody must be answered some time. */
export const maxLooks = 5;

/**
 * Does something with what the actor holds. `stale` says whether a right has been changed since: then the work leaves
 * everything as it was and answers undefined, and is done anew. The operator's right never goes. Throws `unavailable` when
 * rights change each time.
 */
export async function withHolder<T extends object>(
	rights: Rights,
	actor: Pick<Actor, "uri" | "administrator">,
	work: (holder: Holder, stale: () => boolean) => Promise<T | undefined>,
): Promise<T> {
	for (let looks = 1; looks <= maxLooks; looks += 1) {
		const { generation } = rights;
		const stale = () =>
			actor.administrator !== true && rights.generation !== generation;
		const done = await work(await rights.of(actor), stale);
		if (done !== undefined) return done;
	}
	throw rightsInChange();
}

export function rightsInChange(): ChatError {
	return new ChatError(
		"unavailable",
		"Rights are being changed just now; try again.",
	);
}

const outdated = new Error("A right has been changed meanwhile");

/** The transaction of such work: when it has become stale before all is written, nothing is, and it answers undefined. */
export async function writeUnless<T>(
	stale: () => boolean,
	store: Pick<Store, "transaction">,
	write: (tx: Transaction) => Promise<T>,
): Promise<T | undefined> {
	try {
		return await store.transaction(async (tx) => {
			if (stale()) throw outdated;
			const written = await write(tx);
			if (stale()) throw outdated;
			return written;
		});
	} catch (error) {
		if (error === outdated) return undefined;
		throw error;
	}
}
