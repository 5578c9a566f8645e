/**
 * Compares what was posted with what was archived and with what each adapter has had, post by post: a room numbers its posts
 * without holes, and a number that is given stays given also when the message is deleted. So every number up to the room's last
 * one is in the archive once, or still on its way, or missing. Read in this order, nothing that moves meanwhile is missed: how
 * far the rooms are, what is owed, what is archived.
 */
import type { PostedNumbers, PostedRoom } from "../store/store.ts";
import type { ArchivedPost, ArchivedPosts } from "./archive-posts.ts";
import { wantedBy } from "./filter.ts";
import type { AdapterSetting } from "./options.ts";
import { readOwedPosts } from "./owed-posts.ts";
import { isOlder, nextTimes, timeOf } from "./post-times.ts";
import { removedRooms } from "./removed-rooms.ts";
import { type Counts, createTally, type Tally } from "./tally.ts";

export interface ReconcileNeeds {
	readonly posted: PostedNumbers;
	readonly posts: ArchivedPosts;
	/** When the archive begins: what was posted earlier may never have been owed. */
	readonly begunAt: Date;
	readonly adapters: readonly Pick<AdapterSetting, "name" | "only">[];
}

/** What was posted from `from` until before `to`; without them, everything that the archive still has. */
export interface Range {
	readonly from?: Date | undefined;
	readonly to?: Date | undefined;
}

/** By room and UTC day. */
export interface Reconciliation {
	readonly totals: Counts;
	/** Those where something is amiss first. */
	readonly days: readonly (Counts & {
		readonly day: string;
		readonly room: { readonly id: string; readonly name: string };
	})[];
	/** So many more than are in `days`. */
	readonly moreDays: number;
	readonly gaps: readonly Gap[];
	readonly moreGaps: number;
	/** Rooms that only the archive knows: of them no more is known than that. */
	readonly removedRooms: number;
	/** Posts that the archive has deleted, being old; they are not counted. */
	readonly pruned: number;
}

/** Sequences that are not as they must be. */
export interface Gap {
	/**
	 * `unclear`: gone from the chat and not archived, and nothing says whether they are older than the archive; `missing`: not
	 * archived; `twice`: archived more than once; `ahead`: archived, but this chat database never gave them. */
	readonly kind: "missing" | "unclear" | "twice" | "ahead";
	readonly room: { readonly id: string; readonly name: string };
	/** UTC; of what was deleted, the day of the post before it. Empty where nothing says it. */
	readonly day: string;
	readonly first: number;
	readonly last: number;
}

const sequencesAtOnce = 500;

interface Adapter {
	readonly name: string;
	readonly position: number;
	readonly since: number;
	readonly wants: (post: ArchivedPost) => boolean;
}

interface Work extends ReconcileNeeds {
	readonly range: Range;
	readonly tally: Tally;
	readonly adaptersNow: readonly Adapter[];
	/** The filters look into the events. */
	readonly whole: boolean;
	readonly isOwed: (room: string, sequence: number) => boolean;
}

export async function reconcile(
	needs: ReconcileNeeds,
	range: Range,
	onProgress: (done: number) => void = () => {},
): Promise<Reconciliation> {
	const { posted, adapters } = needs;
	const tally = createTally(adapters.map(({ name }) => name));
	const rooms = await roomsIn(posted);
	const isOwed = await readOwedPosts(posted, onProgress);
	const states = await needs.posts.adapters();
	const work: Work = {
		...needs,
		range,
		tally,
		isOwed,
		whole: adapters.some(({ only }) => only !== undefined),
		adaptersNow: adapters.map(({ name, only }) => {
			const wanted = wantedBy(only);
			const state = states.find((one) => one.name === name);
			return {
				name,
				position: state?.position ?? 0,
				since: state?.since ?? 0,
				wants: ({ event }) => event === undefined || wanted(event),
			};
		}),
	};
	let done = 0;
	for (const room of rooms) {
		await reconcileRoom(work, room, (sequences) =>
			onProgress(done + sequences),
		);
		done += room.lastSequence;
	}
	const removed = await removedRooms(needs, rooms);
	for (const room of removed) await reconcileRoom(work, room, () => {});
	return { ...tally.result(), removedRooms: removed.length };
}

/** All of them, as they are at the beginning: what is posted later is not looked at. */
async function roomsIn(
	posted: Pick<PostedNumbers, "rooms">,
): Promise<readonly PostedRoom[]> {
	const rooms: PostedRoom[] = [];
	for (;;) {
		const page = await posted.rooms(rooms.at(-1)?.id);
		if (page.length === 0) return rooms;
		rooms.push(...page);
	}
}

async function reconcileRoom(
	work: Work,
	room: PostedRoom,
	onProgress: (sequences: number) => void,
): Promise<void> {
	const { posts, posted, range, tally } = work;
	const pruned = await posts.prunedThrough(room.id);
	const { first, last } = await posted.span(room, range);
	tally.prune(Math.max(0, Math.min(pruned, last) - first + 1));
	const start = Math.max(first, pruned + 1);
	let before = await timeOf(work, room.id, start - 1);
	for (let from = start; from <= last; ) {
		const to = Math.min(from + sequencesAtOnce - 1, last);
		const messages = await posted.between(room.id, from, to);
		const archived = await posts.between(room.id, from, to, work.whole);
		const aside = await setAside(work, archived);
		const there = new Map(messages.map((one) => [one.sequence, one.postedAt]));
		const kept = grouped(archived);
		const timeAt = (sequence: number) =>
			there.get(sequence) ?? kept.get(sequence)?.[0]?.at;
		const after = nextTimes(from, to, timeAt);
		for (let sequence = from; sequence <= to; sequence++) {
			const of = kept.get(sequence) ?? [];
			const postedAt = timeAt(sequence);
			before = postedAt ?? before;
			if (postedAt !== undefined && !isWithin(postedAt, range)) continue;
			count(work, {
				...{ room, sequence, posts: of, aside, at: before },
				isOlder: isOlder(work, postedAt, {
					before,
					after: after.get(sequence),
				}),
			});
		}
		onProgress(to);
		from = to + 1;
	}
	const newest = await posts.newest(room.id);
	if (newest <= room.lastSequence) return;
	// Posts that came while this was read: the room knows of them by now.
	if (newest <= (await posted.lastSequence(room.id))) return;
	const gap = { first: room.lastSequence + 1, last: newest };
	tally.gap("ahead", room, "", gap);
}

interface Post {
	readonly room: PostedRoom;
	readonly sequence: number;
	/** As archived: once, if all is well. */
	readonly posts: readonly ArchivedPost[];
	/** Of what was deleted and not archived, when the one before it was posted. */
	readonly at: Date | undefined;
	/** Than the archive; undefined: nothing says it. */
	readonly isOlder: boolean | undefined;
	readonly aside: ReadonlyMap<string, ReadonlySet<number>>;
}

function count(work: Work, post: Post): void {
	const { room, sequence, posts, at, isOlder, aside } = post;
	const { tally } = work;
	const day = at?.toISOString().slice(0, 10) ?? "";
	const counts = tally.of(day, room);
	counts.posted += 1;
	const [archived] = posts;
	if (archived === undefined) {
		if (work.isOwed(room.id, sequence)) counts.underWay += 1;
		else if (isOlder === true) counts.beforeArchive += 1;
		else {
			const kind = isOlder === undefined ? "unclear" : "missing";
			counts[kind] += 1;
			tally.gap(kind, room, day, { first: sequence, last: sequence });
		}
		return;
	}
	counts.archived += 1;
	if (posts.length > 1) {
		tally.gap("twice", room, day, { first: sequence, last: sequence });
	}
	for (const adapter of work.adaptersNow) {
		const of = counts.adapters[adapter.name];
		if (of === undefined) continue;
		if (archived.position <= adapter.since) of.beforeAdapter += 1;
		else if (!adapter.wants(archived)) of.notWanted += 1;
		else if (aside.get(adapter.name)?.has(archived.position)) of.setAside += 1;
		else if (archived.position > adapter.position) of.underWay += 1;
		else of.accepted += 1;
	}
}

async function setAside(
	{ posts, adaptersNow }: Work,
	archived: readonly ArchivedPost[],
): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
	const positions = archived.map(({ position }) => position);
	const found = new Map<string, ReadonlySet<number>>();
	if (positions.length === 0) return found;
	for (const { name } of adaptersNow) {
		const aside = await posts.setAside(
			name,
			Math.min(...positions),
			Math.max(...positions),
		);
		found.set(name, new Set(aside));
	}
	return found;
}

function grouped(
	archived: readonly ArchivedPost[],
): ReadonlyMap<number, readonly ArchivedPost[]> {
	const found = new Map<number, ArchivedPost[]>();
	for (const post of archived) {
		const same = found.get(post.sequence);
		if (same === undefined) found.set(post.sequence, [post]);
		else same.push(post);
	}
	return found;
}

function isWithin(at: Date, { from, to }: Range): boolean {
	return (from === undefined || at >= from) && (to === undefined || at < to);
}
