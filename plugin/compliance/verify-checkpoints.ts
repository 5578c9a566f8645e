/** The checkpoints, each proven by its signature and by the one before it, as marks that the events must fit: by position. */
import type { KeyObject } from "node:crypto";
import { noHash } from "./chain.ts";
import type { Checkpoint, EvidenceReader, Statement } from "./evidence.ts";
import { isSigned, statementHash } from "./signing.ts";
import { Broken } from "./verify-row.ts";

export interface PublicKey {
	/** Fingerprint. */
	readonly id: string;
	readonly key: KeyObject;
}

/** A checkpoint that somebody has noted elsewhere. */
export interface Noted {
	readonly number: number;
	/** Of its statement, 64 hexadecimal digits. */
	readonly hash: string;
}

/** What a checkpoint has signed of one position. */
export type Mark = {
	readonly checkpoint: number;
	readonly position: number;
} & (
	| { readonly chain: string; readonly number: number; readonly hash: string }
	/** Of all events up to it. */
	| { readonly chain?: undefined; readonly hash: string }
);

export interface Signed {
	/** In order of positions. Throws `Broken`. */
	readonly marks: AsyncIterable<Mark>;
	/** Sound until now. */
	sound(): number;
	/** Numbers of those that somebody has noted, but that are older than the oldest one here. */
	forgotten(): readonly number[];
	/** The newest of those. */
	newest(): (Statement & { readonly hashOfStatement: string }) | undefined;
}

interface Before {
	readonly number: number;
	readonly position: number;
	readonly pruned: number;
	readonly hash: string;
}

export function readCheckpoints(
	reader: Pick<EvidenceReader, "checkpoints">,
	{
		keys,
		pruned,
		noted,
	}: {
		readonly keys: readonly PublicKey[];
		/** Checkpoints of nothing but deleted events need not be there. */
		readonly pruned: number;
		readonly noted: readonly Noted[];
	},
): Signed {
	let sound = 0;
	let first: number | undefined;
	let newest: (Statement & { hashOfStatement: string }) | undefined;

	async function* marks(): AsyncIterable<Mark> {
		let before: Before | undefined;
		for (;;) {
			const page = await reader.checkpoints(before?.number ?? 0);
			for (const checkpoint of page) {
				const statement = statementOf(checkpoint, keys);
				checkOrder(statement, before, pruned);
				const hash = statementHash(checkpoint.statement);
				checkNoted(statement.number, hash, noted);
				first ??= statement.number;
				before = { ...statement, hash };
				newest = { ...statement, hashOfStatement: hash };
				yield* marksOf(statement);
				sound += 1;
			}
			if (page.length === 0) break;
		}
		const lost = noted.find(({ number }) => number > (before?.number ?? 0));
		if (lost !== undefined) {
			throw new Broken({
				wrong: `Checkpoint ${lost.number}, which you have noted, is not there: the newest is ${before?.number ?? "none"}.`,
			});
		}
	}

	return {
		marks: marks(),
		sound: () => sound,
		forgotten: () =>
			noted
				.map(({ number }) => number)
				.filter((number) => first !== undefined && number < first),
		newest: () => newest,
	};
}

function broken(number: number, wrong: string): Broken {
	return new Broken({ wrong: `Checkpoint ${number} ${wrong}` });
}

function statementOf(
	checkpoint: Checkpoint,
	keys: readonly PublicKey[],
): Statement {
	const { number, keyId } = checkpoint;
	const signer = keys.find(({ id }) => id === keyId);
	if (signer === undefined) {
		throw broken(
			number,
			`is signed by the key ${keyId}, which is none of those given: give it by --key if it is yours.`,
		);
	}
	if (!isSigned(checkpoint, signer.key)) {
		throw broken(number, "is not as it was signed.");
	}
	const statement = JSON.parse(checkpoint.statement) as Statement;
	const { at, position } = checkpoint;
	if (
		statement.number !== number ||
		statement.position !== position ||
		Date.parse(statement.at) !== at.getTime()
	) {
		throw broken(number, "says otherwise than its columns.");
	}
	return statement;
}

function checkOrder(
	{ number, previous, after, position, pruned }: Statement,
	before: Before | undefined,
	prunedNow: number,
): void {
	if (before === undefined && number > 1 && position > prunedNow) {
		throw broken(number, "is the oldest: those before it were taken away.");
	}
	if (before === undefined && number > 1) return;
	const { hash, ...last } = before ?? {
		number: 0,
		position: 0,
		pruned: 0,
		hash: noHash,
	};
	if (number !== last.number + 1) {
		throw broken(last.number + 1, "is missing.");
	}
	if (previous !== hash || after !== last.position) {
		throw broken(number, `does not follow what is now number ${last.number}.`);
	}
	if (pruned < last.pruned || pruned > prunedNow) {
		throw broken(
			number,
			"knew of events as deleted that are said to be there.",
		);
	}
}

function checkNoted(
	number: number,
	hash: string,
	noted: readonly Noted[],
): void {
	const mine = noted.find((one) => one.number === number);
	if (mine !== undefined && mine.hash !== hash) {
		throw broken(number, "is not the one that you have noted.");
	}
}

function* marksOf({
	number,
	heads,
	position,
	hash,
}: Statement): Iterable<Mark> {
	for (const head of heads) yield { ...head, checkpoint: number };
	if (hash !== null) yield { checkpoint: number, position, hash };
}
