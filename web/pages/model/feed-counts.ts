/** How much of each feed is unread: looked for one feed after another, and again after a while where that failed. */
interface Named {
	readonly id: string;
}

export interface FeedCounts<Feed extends Named> {
	of(id: string): number;
	/** What is known of it may be out of date; it is looked for with what else comes soon. */
	suspect(feed: Feed): void;
	/** All that is out of date is looked for now. Never rejects. */
	count(): Promise<void>;
}

export interface FeedCountsNeeds<Feed extends Named> {
	feeds(): readonly Feed[];
	/** Messages of others since one looked. */
	search(feed: Feed): Promise<number>;
	onChange(): void;
	/** What comes meanwhile is looked for together. */
	readonly pauseMs: number;
}

/** Doublings of the pause while searches fail. */
const mostDoublings = 7;

export function createFeedCounts<Feed extends Named>(
	needs: FeedCountsNeeds<Feed>,
): FeedCounts<Feed> {
	const counts = new Map<string, number>();
	const stale = new Set<string>();
	let failures = 0;
	let counting: Promise<void> | undefined;
	let timer: ReturnType<typeof setTimeout> | undefined;

	function wait(): void {
		const waitMs = needs.pauseMs * 2 ** Math.min(failures, mostDoublings);
		if (timer !== undefined) return;
		timer = setTimeout(() => {
			timer = undefined;
			void count();
		}, waitMs);
	}

	async function countAll(): Promise<void> {
		let hasFailed = false;
		for (const feed of needs.feeds()) {
			// Before it is asked: what comes meanwhile is looked for again.
			if (!stale.delete(feed.id)) continue;
			try {
				counts.set(feed.id, await needs.search(feed));
			} catch {
				stale.add(feed.id);
				hasFailed = true;
			}
		}
		failures = hasFailed ? failures + 1 : 0;
		needs.onChange();
	}

	function count(): Promise<void> {
		counting ??= countAll().finally(() => {
			counting = undefined;
			const known = new Set(needs.feeds().map(({ id }) => id));
			for (const id of [...stale, ...counts.keys()]) {
				if (known.has(id)) continue;
				stale.delete(id);
				counts.delete(id);
			}
			if (stale.size > 0) wait();
		});
		return counting;
	}

	return {
		of: (id) => counts.get(id) ?? 0,
		suspect({ id }) {
			stale.add(id);
			if (counting === undefined) wait();
		},
		count,
	};
}
