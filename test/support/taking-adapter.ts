/** An adapter in the test's own hands: keeps what it takes, and does what the test says before that. */
import type {
	AdapterFactory,
	ArchivedEvent,
	Delivery,
} from "../../plugin/compliance/adapter.ts";

export interface TakingAdapter {
	readonly factory: AdapterFactory;
	/** What it has taken, in order. */
	readonly taken: readonly ArchivedEvent[];
	/** Every delivery, also those that failed. */
	readonly deliveries: readonly {
		readonly batch: readonly ArchivedEvent[];
		readonly delivery: Delivery;
	}[];
	/** Before a batch is taken; throw, and it is not. */
	before: (
		batch: readonly ArchivedEvent[],
		delivery: Delivery,
	) => Promise<void> | void;
	closed: boolean;
}

export function takingAdapter(): TakingAdapter {
	const taken: ArchivedEvent[] = [];
	const deliveries: {
		batch: readonly ArchivedEvent[];
		delivery: Delivery;
	}[] = [];
	const adapter: TakingAdapter = {
		taken,
		deliveries,
		before: () => {},
		closed: false,
		factory: async () => ({
			async deliver(batch, delivery) {
				deliveries.push({ batch, delivery });
				await adapter.before(batch, delivery);
				taken.push(...batch);
			},
			async close() {
				adapter.closed = true;
			},
		}),
	};
	return adapter;
}
