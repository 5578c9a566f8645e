/** Counts by room and day, bounded: what is amiss is kept before what is well. */
import type { PostedRoom } from "../store/store.ts";
import type { Gap, Reconciliation } from "./reconcile.ts";

export interface AdapterCounts {
	accepted: number;
	underWay: number;
	/** Set aside because it could not be delivered, or given up by the operator. */
	setAside: number;
	/** Its filter (`only`) leaves them out. */
	notWanted: number;
	/** Deleted from the archive before the adapter was first configured, or older than that. */
	beforeAdapter: number;
}

export interface Counts {
	/** Also what was deleted since. */
	posted: number;
	archived: number;
	/** Still in the chat database. */
	underWay: number;
	missing: number;
	/** Gone from the chat and not archived; nothing says whether they are older than the archive. */
	unclear: number;
	/** Not archived, and posted before there was an archive. */
	beforeArchive: number;
	readonly adapters: Readonly<Record<string, AdapterCounts>>;
}

export interface Tally {
	/** To be counted up. */
	of(day: string, room: PostedRoom): Counts;
	gap(
		kind: Gap["kind"],
		room: PostedRoom,
		day: string,
		run: { readonly first: number; readonly last: number },
	): void;
	prune(posts: number): void;
	result(): Omit<Reconciliation, "removedRooms">;
}

type Day = Reconciliation["days"][number];

const daysKept = 500;
const gapsKept = 500;

export function createTally(adapters: readonly string[]): Tally {
	const totals = noCounts(adapters);
	const amiss: Day[] = [];
	const well: Day[] = [];
	const gaps: Gap[] = [];
	/** Of the room that is being counted. */
	const current = new Map<string, Day>();
	let room: PostedRoom | undefined;
	let moreDays = 0;
	let moreGaps = 0;
	let pruned = 0;

	/** Days of the room that have posts that were archived twice, or never posted here. */
	const strange = new Set<string>();

	function finishRoom(): void {
		for (const day of current.values()) {
			add(totals, day);
			const list = isAmiss(day) || strange.has(day.day) ? amiss : well;
			if (list.length < daysKept) list.push(day);
			else moreDays += 1;
		}
		current.clear();
		strange.clear();
	}

	return {
		of(day, of) {
			if (room?.id !== of.id) finishRoom();
			room = of;
			const known = current.get(day);
			if (known !== undefined) return known;
			const { id, name } = of;
			const fresh = { day, room: { id, name }, ...noCounts(adapters) };
			current.set(day, fresh);
			return fresh;
		},
		gap(kind, { id, name }, day, { first, last }) {
			if (kind === "twice" || kind === "ahead") strange.add(day);
			const open = gaps.at(-1);
			const follows =
				open?.kind === kind &&
				open.room.id === id &&
				open.day === day &&
				open.last + 1 === first;
			if (follows) gaps[gaps.length - 1] = { ...open, last };
			else if (gaps.length < gapsKept) {
				gaps.push({ kind, room: { id, name }, day, first, last });
			} else moreGaps += 1;
		},
		prune(posts) {
			pruned += posts;
		},
		result() {
			finishRoom();
			const days = [...amiss, ...well].slice(0, daysKept);
			const cut = amiss.length + well.length - days.length;
			return { totals, days, moreDays: moreDays + cut, gaps, moreGaps, pruned };
		},
	};
}

function noCounts(adapters: readonly string[]): Counts {
	const none = (): AdapterCounts => ({
		accepted: 0,
		underWay: 0,
		setAside: 0,
		notWanted: 0,
		beforeAdapter: 0,
	});
	return {
		posted: 0,
		archived: 0,
		underWay: 0,
		missing: 0,
		unclear: 0,
		beforeArchive: 0,
		adapters: Object.fromEntries(adapters.map((name) => [name, none()])),
	};
}

function isAmiss({ missing, unclear, adapters }: Counts): boolean {
	return (
		missing > 0 ||
		unclear > 0 ||
		Object.values(adapters).some(({ setAside }) => setAside > 0)
	);
}

function add(totals: Counts, day: Counts): void {
	for (const key of [
		"posted",
		"archived",
		"underWay",
		"missing",
		"unclear",
		"beforeArchive",
	] as const) {
		totals[key] += day[key];
	}
	for (const [name, counts] of Object.entries(day.adapters)) {
		const sum = totals.adapters[name];
		if (sum === undefined) continue;
		for (const key of Object.keys(sum) as (keyof AdapterCounts)[]) {
			sum[key] += counts[key];
		}
	}
}
