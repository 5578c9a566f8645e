/** Whether what was walked ends where the archive, its rooms and the newest checkpoint say, and is all that is there. */
import type { ArchiveHead, ChainRow, EvidenceReader } from "./evidence.ts";
import type { Signed } from "./verify-checkpoints.ts";
import { Broken, faultAt, type Link, type Linked } from "./verify-row.ts";

/** So many of them are looked at, to name the one that was put in. */
export const leftAtMost = 1_000;

/** How far the verifier has come. */
export interface Walk {
	readonly head: ArchiveHead;
	readonly chains: ReadonlyMap<string, ChainRow>;
	/** Where each chain is by now. */
	readonly at: Map<string, Link>;
	/** Of the last event; the hash over all of them. */
	position: number;
	hash: string;
	sound: number;
	/** How much is there of what is said to be deleted, the first of it, and the hash over it. */
	lefts: number;
	readonly left: Linked[];
	kept: string | undefined;
	/** When the first event that is left happened; milliseconds since 1970. */
	firstAt: number | undefined;
}

/** What the archive says of its own end. */
export function checkEnds({ head, chains, at, position, hash }: Walk): void {
	if (position !== head.position) {
		const fewer = position < head.position;
		throw new Broken({
			wrong: fewer
				? `The end is missing: the archive says that its newest event is at ${head.position}.`
				: `The archive says that its newest event is at ${head.position}.`,
			position: fewer ? position + 1 : position,
		});
	}
	if (hash !== head.hash) {
		throw new Broken({
			wrong:
				"The hash over all events is not the one that the archive has kept.",
			position,
		});
	}
	for (const row of chains.values()) {
		const { number, hash } = at.get(row.room_id) ?? {
			number: row.pruned_number,
			hash: row.pruned_hash,
		};
		if (row.number === number && row.hash === hash) continue;
		throw new Broken({
			wrong: `Its room says that its newest event is number ${row.number}; what is there ends otherwise.`,
			chain: row.room_id,
			number,
		});
	}
}

/** What is said to be deleted, and what is still there of it, is what was signed in the same moment. */
export async function checkDeleted(
	reader: EvidenceReader,
	{ head: { pruned }, left, lefts, kept }: Walk,
	signed: Signed,
): Promise<void> {
	const newest = signed.newest();
	if (newest === undefined) return;
	const { number } = newest;
	if (newest.pruned !== pruned) {
		throw new Broken({
			wrong: `The archive says that events up to ${pruned} are deleted, being old; checkpoint ${number}, the newest, has signed that up to ${newest.pruned} were.`,
			position: Math.min(pruned, newest.pruned) + 1,
		});
	}
	if (newest.kept === kept) return;
	for (const row of left) {
		if (await reader.isSetAside(row.position, row.event_id)) continue;
		throw faultAt(
			row,
			`It is among those that are deleted, being old, and is not set aside: checkpoint ${number} has not signed that it stayed.`,
		);
	}
	throw new Broken({
		wrong: `What was set aside, and stayed when those around it were deleted, is not what checkpoint ${number} has signed: one of these ${lefts} was altered or put in, or one was taken away.`,
	});
}

/** A row that has no position at all is on no page. */
export async function checkCount(
	reader: EvidenceReader,
	{ sound, position }: Walk,
): Promise<void> {
	const rows = await reader.count();
	if (rows === sound) return;
	throw new Broken({
		wrong: `There are ${rows} events, but only ${sound} of them have a position.`,
		position,
	});
}

/** The service signs a new archive as soon as there is anything in it. */
const firstSignedWithinMs = 300_000;

/** Nothing that is signed says nothing. In an archive that has only just begun that is as it should be. */
export function checkSigned(
	{ head, firstAt = 0 }: Walk,
	signed: Signed,
	now: number,
): void {
	if (signed.newest() !== undefined || head.position === 0) return;
	if (head.pruned === 0 && now - firstAt < firstSignedWithinMs) return;
	throw new Broken({
		wrong:
			"There is no checkpoint, so that nothing proves anything: either they were taken away, or the service could not sign, which its log says.",
	});
}
