/** The walk over files of the adapter jsonl: what is broken, what is not there, and what is there twice. */
import { deepEqual, equal, match } from "node:assert/strict";
import { chainHash, noHash } from "../../plugin/compliance/chain.ts";
import {
	type Line,
	verifyLines,
} from "../../plugin/compliance/verify-lines.ts";
import { archived, desk, lobby, posted } from "../adapters/events.ts";

/** One line each, position by position, in sound chains. */
function linesOf(
	rooms: readonly (typeof lobby)[],
	text = "text",
): readonly string[] {
	const ends = new Map<string, { number: number; hash: string }>();
	return archived(
		rooms.map((room, at) => posted(`${text} ${at}`, { room })),
	).map(({ position, evidence: { chain }, ...record }) => {
		const before = ends.get(chain) ?? { number: 0, hash: noHash };
		const number = before.number + 1;
		const hash = chainHash(before.hash, JSON.stringify(record));
		ends.set(chain, { number, hash });
		const evidence = { chain, number, previous: before.hash, hash };
		return JSON.stringify({ ...record, position, evidence });
	});
}

async function* given(texts: readonly string[]): AsyncIterable<Line> {
	for (const [index, text] of texts.entries()) {
		yield { file: "one.jsonl", line: index + 1, text, torn: false };
	}
}

const [one = "", two = "", three = "", four = "", five = ""] = linesOf([
	lobby,
	desk,
	lobby,
	lobby,
	desk,
]);
const verify = (...texts: readonly string[]) => verifyLines(given(texts));

describe("verifying lines", () => {
	it("finds whole chains sound", async () => {
		deepEqual(await verify(one, two, three, four, five), {
			sound: 5,
			chains: 2,
			beginLater: 0,
			missing: 0,
			firstHole: undefined,
			repeated: 0,
			torn: 0,
			archives: 1,
			begunAnew: undefined,
			broken: undefined,
		});
	});

	it("tells an archive that was begun anew, and compares each with itself", async () => {
		const fresh = linesOf([lobby, lobby], "anew");
		async function* both(second: readonly string[]): AsyncIterable<Line> {
			yield* given([one, two, three]);
			for (const [index, text] of second.entries()) {
				yield { file: "two.jsonl", line: index + 1, text, torn: false };
			}
		}
		const verdict = await verifyLines(both(fresh));
		equal(verdict.broken, undefined);
		deepEqual(
			[verdict.sound, verdict.archives, verdict.begunAnew],
			[5, 2, { file: "two.jsonl", line: 1 }],
		);
		// The same again is a repeat, and what is none at the start of a file is none.
		equal((await verifyLines(both([one, two]))).archives, 1);
		equal((await verify(...[one, two, three, ...fresh])).broken?.line, 4);
	});

	it("counts what is not there, names the first place, and goes on", async () => {
		const { broken, sound, missing, firstHole } = await verify(
			...[one, two, four, five],
		);
		deepEqual(
			{ broken, sound, missing },
			{
				broken: undefined,
				sound: 4,
				missing: 1,
			},
		);
		equal(firstHole?.line, 3);
		equal(firstHole?.chain, lobby.id);
		match(
			firstHole?.wrong ?? "",
			/^An event of its room before it is not here/,
		);
	});

	it("counts what is there again, the same, also behind what came later", async () => {
		const { broken, sound, repeated, missing } = await verify(
			...[one, two, three, one, two, three, four, five],
		);
		deepEqual(
			{ broken, sound, repeated, missing },
			{
				broken: undefined,
				sound: 5,
				repeated: 3,
				missing: 0,
			},
		);
	});

	it("finds another event under a number that was given, though its own hash is right", async () => {
		const { position, evidence, ...record } = JSON.parse(one);
		record.message.text = "put in";
		const hash = chainHash(noHash, JSON.stringify(record));
		const forged = { ...record, position, evidence: { ...evidence, hash } };
		const { broken } = await verify(one, two, JSON.stringify(forged));
		equal(broken?.line, 3);
		match(broken?.wrong ?? "", /number was given in its room to another event/);
	});

	it("finds what was altered, in a repeat and behind a hole too", async () => {
		for (const [line, texts] of [
			[2, [one, one.replace("text 0", "text X")]],
			[2, [one, four.replace("text 3", "text X")]],
			[1, [one.replace("text 0", "text X"), two]],
		] as const) {
			const { broken } = await verify(...texts);
			equal(broken?.line, line);
			match(broken?.wrong ?? "", /it was altered/);
		}
	});

	it("finds events of two rooms that have changed places", async () => {
		const { broken } = await verify(two, one);
		match(broken?.wrong ?? "", /stands behind position 2/);
	});

	it("passes over a torn line, and counts it", async () => {
		async function* torn(): AsyncIterable<Line> {
			yield { file: "a", line: 1, text: one, torn: false };
			yield { file: "a", line: 2, text: '{"ver', torn: true };
			yield { file: "b", line: 1, text: two, torn: false };
		}
		const { broken, sound, torn: count } = await verifyLines(torn());
		deepEqual([broken, sound, count], [undefined, 2, 1]);
	});
});
