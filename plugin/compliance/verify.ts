/**
 * Walks the whole archive once, in the order of positions, and finds the first place where it is not what it was: events and
 * signed checkpoints side by side. Keeps one entry for each room in memory, and a page of events.
 */
import { archiveHash, keptHash } from "./chain.ts";
import type { ChainRow, EvidenceReader, EvidenceRow } from "./evidence.ts";
import {
	type Mark,
	type Noted,
	type PublicKey,
	readCheckpoints,
	type Signed,
} from "./verify-checkpoints.ts";
import {
	checkCount,
	checkDeleted,
	checkEnds,
	checkSigned,
	leftAtMost,
	type Walk,
} from "./verify-ends.ts";
import {
	Broken,
	checkColumns,
	checkLink,
	checkOwnHash,
	type Fault,
	faultAt,
	type Link,
} from "./verify-row.ts";

export interface Verdict {
	/** Events before the first fault, or all of them. */
	readonly sound: number;
	/** Undefined: everything is sound. */
	readonly broken: Fault | undefined;
	readonly chains: number;
	/** Events up to this position have been deleted, for they were older than they are kept. */
	readonly pruned: number;
	/** They all happened, or were signed, before this, ISO 8601, as is signed. */
	readonly prunedBefore: string | undefined;
	/** Those of them that are still there, for they were set aside; counted among the sound. */
	readonly kept: number;
	/** Of the newest event that was found sound. */
	readonly position: number;
	readonly checkpoints: {
		readonly sound: number;
		/** Those demanded that are older than what is kept, so that nothing can be said of them. */
		readonly forgotten: readonly number[];
		/** Behind its `position` nothing is signed yet; undefined: nothing at all, for the archive has only just begun. */
		readonly newest:
			| {
					readonly number: number;
					readonly at: string;
					readonly position: number;
					readonly hash: string;
			  }
			| undefined;
	};
}

export interface VerifyOptions {
	readonly keys: readonly PublicKey[];
	readonly noted?: readonly Noted[];
	/** Milliseconds since 1970. */
	readonly now?: number;
	/** Called after each page. */
	readonly onVerified?: (events: number) => void;
}

export async function verifyArchive(
	reader: EvidenceReader,
	{ keys, noted = [], onVerified = () => {}, now = Date.now() }: VerifyOptions,
): Promise<Verdict> {
	const head = await reader.head();
	const chains = await readChains(reader);
	const { pruned } = head;
	const signed = readCheckpoints(reader, { keys, pruned, noted });
	const walk: Walk = {
		head,
		chains,
		at: new Map(),
		position: pruned,
		hash: head.pruned_hash,
		sound: 0,
		lefts: 0,
		left: [],
		kept: undefined,
		firstAt: undefined,
	};
	let broken: Fault | undefined;
	try {
		await walkEvents(reader, { walk, signed, onVerified });
		checkEnds(walk);
		checkSigned(walk, signed, now);
		await checkDeleted(reader, walk, signed);
		await checkCount(reader, walk);
	} catch (error) {
		if (!(error instanceof Broken)) throw error;
		broken = error.fault;
	}
	const newest = signed.newest();
	return {
		sound: walk.sound,
		broken,
		chains: chains.size,
		pruned,
		prunedBefore: newest?.prunedBefore,
		kept: walk.lefts,
		position: walk.position,
		checkpoints: {
			sound: signed.sound(),
			forgotten: signed.forgotten(),
			newest: newest && {
				number: newest.number,
				at: newest.at,
				position: newest.position,
				hash: newest.hashOfStatement,
			},
		},
	};
}

async function readChains(
	reader: EvidenceReader,
): Promise<ReadonlyMap<string, ChainRow>> {
	const chains = new Map<string, ChainRow>();
	let last: string | undefined;
	for (;;) {
		const page = await reader.chains(last);
		for (const row of page) chains.set(row.room_id, row);
		last = page.at(-1)?.room_id;
		if (last === undefined) return chains;
	}
}

async function walkEvents(
	reader: EvidenceReader,
	{
		walk,
		signed,
		onVerified,
	}: {
		readonly walk: Walk;
		readonly signed: Signed;
		readonly onVerified: (events: number) => void;
	},
): Promise<void> {
	const marks = signed.marks[Symbol.asyncIterator]();
	let mark = await marks.next();
	let last: number | undefined;
	for (;;) {
		const page = await reader.events(last);
		for (const row of page) {
			while (!mark.done && mark.value.position < row.position) {
				checkPassedMark(walk, mark.value);
				mark = await marks.next();
			}
			step(walk, row);
			while (!mark.done && mark.value.position === row.position) {
				checkMark(walk, mark.value, row);
				mark = await marks.next();
			}
			walk.sound += 1;
		}
		last = page.at(-1)?.position ?? last;
		onVerified(walk.sound);
		if (page.length === 0) break;
	}
	while (!mark.done) {
		checkPassedMark(walk, mark.value);
		mark = await marks.next();
	}
}

function step(walk: Walk, row: EvidenceRow): void {
	const { pruned } = walk.head;
	if (!(row.position >= 1)) {
		throw faultAt(row, "There are no such positions: it was put in.");
	}
	if (row.position > pruned && row.position !== walk.position + 1) {
		throw missing(walk);
	}
	checkOwnHash(row, row.record);
	if (row.position > pruned) {
		checkLink(row, placeOf(walk, row));
		walk.at.set(row.room_id, row);
		walk.position = row.position;
		walk.hash = archiveHash(walk.hash, { ...row, chain: row.room_id });
	} else {
		walk.lefts += 1;
		if (walk.left.length < leftAtMost) {
			const { position, event_id, room_id, number, previous, hash } = row;
			walk.left.push({ position, event_id, room_id, number, previous, hash });
		}
		walk.kept = keptHash(walk.kept, row);
	}
	checkColumns(row);
	walk.firstAt ??= row.at;
}

/** Where the chain of this event is: before its first one, where what is deleted ends. */
function placeOf(walk: Walk, row: EvidenceRow): Link {
	const at = walk.at.get(row.room_id);
	if (at !== undefined) return at;
	const chain = walk.chains.get(row.room_id);
	if (chain === undefined)
		throw faultAt(row, "Its room has no chain any more.");
	return { number: chain.pruned_number, hash: chain.pruned_hash };
}

function missing(walk: Walk): Broken {
	const position = walk.position + 1;
	return new Broken({ wrong: "The event here is missing.", position });
}

function checkMark(walk: Walk, mark: Mark, row: EvidenceRow): void {
	const signedBy = `checkpoint ${mark.checkpoint} has signed`;
	if (mark.chain === undefined) {
		if (row.position <= walk.head.pruned || mark.hash === walk.hash) return;
		throw faultAt(
			row,
			`The order of all events up to here is not the one that ${signedBy}: some before it were altered or exchanged since, and hashes made anew.`,
		);
	}
	if (
		mark.chain === row.room_id &&
		mark.number === row.number &&
		mark.hash === row.hash
	) {
		return;
	}
	throw faultAt(
		row,
		`It is not the event that ${signedBy}: it, or one before it in its room, was altered since, and hashes made anew.`,
	);
}

/** Of a position without an event: it was deleted because it was old, or it is missing. */
function checkPassedMark(walk: Walk, mark: Mark): void {
	const { position, checkpoint } = mark;
	const { pruned, pruned_hash } = walk.head;
	if (position > pruned) {
		if (position > walk.position + 1) throw missing(walk);
		throw new Broken({
			wrong: `The event here, which checkpoint ${checkpoint} has signed, is missing.`,
			position,
		});
	}
	const wrong = `What checkpoint ${checkpoint} has signed does not lead to what is left behind the deleted events.`;
	if (mark.chain === undefined) {
		if (position < pruned || mark.hash === pruned_hash) return;
		throw new Broken({ wrong, position });
	}
	const chain = walk.chains.get(mark.chain);
	const fits =
		chain !== undefined &&
		mark.number <= chain.pruned_number &&
		(mark.number < chain.pruned_number || mark.hash === chain.pruned_hash);
	if (fits) return;
	const { chain: room, number } = mark;
	throw new Broken({ wrong, position, chain: room, number });
}
