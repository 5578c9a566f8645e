/** So many at a time; the others wait for their turn, in order. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

export function createGate(atOnce: number): Gate {
	let busy = 0;
	const waiting: (() => void)[] = [];
	return async (work) => {
		// Who is woken has been given the place of the one who woke him.
		if (busy >= atOnce) await new Promise<void>((go) => waiting.push(go));
		else busy += 1;
		try {
			return await work();
		} finally {
			const next = waiting.shift();
			if (next === undefined) busy -= 1;
			else next();
		}
	};
}
