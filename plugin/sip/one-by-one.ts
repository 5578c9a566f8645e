/** Work for the same key one after the other, in the order in which it came. */

export type OneByOne = <T>(key: string, work: () => Promise<T>) => Promise<T>;

export function createOneByOne(): OneByOne {
	const last = new Map<string, Promise<unknown>>();
	return (key, work) => {
		const before = last.get(key);
		const mine = before === undefined ? work() : before.then(work, work);
		last.set(key, mine);
		const end = () => {
			if (last.get(key) === mine) last.delete(key);
		};
		mine.then(end, end);
		return mine;
	};
}
