/** Mocha's root hooks: a test that leaves a server, a program or a tracked resource behind fails, and so does the whole run. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { until } from "./until.ts";

/** Closing takes a moment; the time limit of a statement outlives its lost connection by up to 3 s (mysql2). */
const settleMs = 5_000;

/** What a single test must not add to; sockets and timers of a pool that a suite opened may come and go. */
const perTest = ["TCPServerWrap", "UDPWrap", "ProcessWrap"] as const;
const perRun = [...perTest, "TCPSocketWrap", "Timeout", "FSEvent"] as const;

interface Tracked {
	readonly what: string;
	readonly isOpen: () => boolean;
	readonly during: string | undefined;
}

interface Shared {
	readonly tracked: Set<Tracked>;
	currentTest: string | undefined;
}

/** On the global object: mocha may load this file once for itself and once more for a test that imports it. */
const place = globalThis as { leakCheck?: Shared };
place.leakCheck ??= { tracked: new Set(), currentTest: undefined };
const shared = place.leakCheck;
let before = new Map<string, number>();
let beforeAllTests = new Map<string, number>();

/** What was opened during a test must be closed when the test's own hooks are over; else at the end of the run. */
export function track(what: string, isOpen: () => boolean): void {
	shared.tracked.add({ what, isOpen, during: shared.currentTest });
}

export const mochaHooks: Mocha.RootHookObject = {
	async beforeAll() {
		// One turn later mocha's own timer for this hook runs, as it will in `afterAll`.
		await nextTurn();
		beforeAllTests = activeResources();
	},
	beforeEach(this: Mocha.Context) {
		shared.currentTest = this.currentTest?.fullTitle();
		before = activeResources();
	},
	async afterEach(this: Mocha.Context) {
		this.timeout(2 * settleMs);
		const test = shared.currentTest;
		shared.currentTest = undefined;
		await nothingLeft(before, perTest, (one) => one.during === test);
	},
	async afterAll(this: Mocha.Context) {
		this.timeout(2 * settleMs);
		await nothingLeft(beforeAllTests, perRun, () => true);
	},
};

async function nothingLeft(
	earlier: ReadonlyMap<string, number>,
	kinds: readonly string[],
	concerned: (one: Tracked) => boolean,
): Promise<void> {
	await nextTurn();
	const left = () => [
		...openTracked(concerned),
		...added(earlier, activeResources(), kinds),
	];
	try {
		await until(() => left().length === 0, {
			what: "quiet",
			withinMs: settleMs,
		});
	} catch {
		const names = left().join(", ");
		for (const one of [...shared.tracked].filter(concerned)) {
			shared.tracked.delete(one);
		}
		throw new Error(`Left open: ${names}`);
	}
}

function openTracked(concerned: (one: Tracked) => boolean): readonly string[] {
	const { tracked } = shared;
	for (const one of tracked) if (!one.isOpen()) tracked.delete(one);
	return [...tracked].filter(concerned).map((one) => one.what);
}

function added(
	earlier: ReadonlyMap<string, number>,
	now: ReadonlyMap<string, number>,
	kinds: readonly string[],
): readonly string[] {
	return kinds
		.map((kind) => ({
			kind,
			more: (now.get(kind) ?? 0) - (earlier.get(kind) ?? 0),
		}))
		.filter(({ more }) => more > 0)
		.map(({ kind, more }) => `${more} × ${kind}`);
}

function activeResources(): Map<string, number> {
	const counts = new Map<string, number>();
	for (const kind of process.getActiveResourcesInfo()) {
		counts.set(kind, (counts.get(kind) ?? 0) + 1);
	}
	return counts;
}
