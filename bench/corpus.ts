/** A made-up but repeatable mass of messages: words by Zipf's law, some Chinese, rooms and authors of unequal weight. */

export interface Corpus {
	readonly rooms: readonly string[];
	readonly authors: readonly string[];
	message(): CorpusMessage;
	/** The word of this rank, 0 the most common. */
	word(rank: number): string;
	/** So many Chinese characters, common ones more often. */
	characters(count: number): string;
	/** 0 ≤ x < below. */
	whole(below: number): number;
}

export interface CorpusMessage {
	readonly room: string;
	readonly author: string;
	readonly text: string;
}

const vocabulary = 30_000;
const characters = 2_500;
const syllables = "ba ce di fo gu la me ni po ru sa te vi xo zu".split(" ");

export function createCorpus(roomCount: number, seed = 7): Corpus {
	const random = randomFrom(seed);
	const whole = (below: number) => Math.floor(random() * below);
	const rank = (distribution: readonly number[]) =>
		pick(distribution, random());
	const words = zipf(vocabulary);
	const signs = zipf(characters);
	const places = zipf(roomCount);
	const people = zipf(500);
	const rooms = Array.from({ length: roomCount }, (_, index) => guid(index));
	const authors = people.map((_, index) => `sip:user${index}@example.com`);
	const chinese = (count: number) =>
		Array.from({ length: count }, () =>
			String.fromCodePoint(0x4e00 + rank(signs)),
		).join("");
	const english = () => {
		const said = Array.from({ length: 3 + whole(18) }, () => word(rank(words)));
		const [first = "", ...others] = said;
		return `${[first.toUpperCase(), ...others].join(" ")}.`;
	};
	return {
		rooms,
		authors,
		word,
		whole,
		characters: chinese,
		message: () => ({
			room: rooms[rank(places)] ?? "",
			author: authors[rank(people)] ?? "",
			text: whole(10) === 0 ? `${chinese(6 + whole(25))}。` : english(),
		}),
	};
}

/** Two to four syllables, another word for every rank. */
function word(rank: number): string {
	let left = rank + syllables.length;
	let spelt = "";
	while (left > 0) {
		spelt += syllables[left % syllables.length];
		left = Math.floor(left / syllables.length);
	}
	return spelt;
}

function guid(index: number): string {
	return `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
}

/** The sums of 1, 1/2, 1/3 …, as parts of the whole. */
function zipf(count: number): readonly number[] {
	let sum = 0;
	const sums = Array.from({ length: count }, (_, index) => {
		sum += 1 / (index + 1);
		return sum;
	});
	return sums.map((each) => each / sum);
}

function pick(distribution: readonly number[], at: number): number {
	let low = 0;
	let high = distribution.length - 1;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((distribution[middle] ?? 1) < at) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** Mulberry32: small, and the same everywhere. */
function randomFrom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
