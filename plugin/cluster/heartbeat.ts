/** Says again and again that this node lives, so that it is known until when it did if it is killed. */

export interface Heartbeat {
	/** Could it be said when it was last tried? */
	isHeard(): boolean;
	/** Resolves when nothing of it is under way any more. */
	close(): Promise<void>;
}

export interface HeartbeatNeeds {
	readonly alive: () => Promise<void>;
	/** Called when it could not be said, once until it can be again. */
	readonly onFault: (error: unknown) => void;
	/** Called when it could be said again after so long that others may take this node for dead. */
	readonly onLate?: () => void;
	/** From the end of one to the next. */
	readonly everyMs?: number;
}

/** Sooner than others take it for dead (`dead-nodes.ts`). */
const lateMs = 4_000;

/** Never more than one at a time. */
export function startHeartbeat({
	alive,
	onFault,
	onLate = () => {},
	everyMs = 1_000,
}: HeartbeatNeeds): Heartbeat {
	let closed = false;
	let failing = false;
	let saidAt = performance.now();
	let timer: NodeJS.Timeout | undefined;
	let beating = beat();

	async function beat(): Promise<void> {
		try {
			await alive();
			failing = false;
			const late = performance.now() - saidAt > lateMs;
			saidAt = performance.now();
			if (late) onLate();
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
		isHeard: () => !failing,
		async close() {
			closed = true;
			clearTimeout(timer);
			await beating;
		},
	};
}
