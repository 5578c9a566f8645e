/** Says again and again that this node lives, so that it is known until when it did if it is killed. */

export interface Heartbeat {
	/** Resolves when nothing of it is under way any more. */
	close(): Promise<void>;
}

export interface HeartbeatNeeds {
	readonly alive: () => Promise<void>;
	/** Called when it could not be said, once until it can be again. */
	readonly onFault: (error: unknown) => void;
	/** From the end of one to the next. */
	readonly everyMs?: number;
}

/** Never more than one at a time. */
export function startHeartbeat({
	alive,
	onFault,
	everyMs = 1_000,
}: HeartbeatNeeds): Heartbeat {
	let closed = false;
	let failing = false;
	let timer: NodeJS.Timeout | undefined;
	let beating = beat();

	async function beat(): Promise<void> {
		try {
			await alive();
			failing = false;
		} catch (error) {
			if (!failing) onFault(error);
			failing = true;
		}
		if (closed) return;
		timer = setTimeout(() => {
			beating = beat();
		}, everyMs);
	}

	return {
		async close() {
			closed = true;
			clearTimeout(timer);
			await beating;
		},
	};
}
