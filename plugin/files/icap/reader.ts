/** What comes over a connection, line by line and piece by piece. */
import type { Readable } from "node:stream";

/** Each throws an `Error` when the connection ends before, or for what is longer than it may be. */
export interface Reader {
	/** The lines up to an empty one. */
	head(): Promise<readonly string[]>;
	/** The pieces of a chunked body, to its end. */
	chunks(): AsyncIterable<Buffer>;
}

const mostHeadBytes = 65_536;
const mostLineBytes = 16_384;

export function createReader(from: Readable): Reader {
	const pieces: AsyncIterator<Buffer> = from[Symbol.asyncIterator]();
	let rest: Buffer = Buffer.alloc(0);

	async function more(): Promise<Buffer> {
		const { value, done } = await pieces.next();
		if (done === true) throw new Error("The connection ended too early");
		return value;
	}

	async function line(): Promise<string> {
		for (;;) {
			const end = rest.indexOf("\n");
			if (end >= 0) {
				const text = rest.toString("latin1", 0, end).replace(/\r$/, "");
				rest = rest.subarray(end + 1);
				return text;
			}
			if (rest.length > mostLineBytes) throw new Error("A line is too long");
			rest = Buffer.concat([rest, await more()]);
		}
	}

	async function* counted(bytes: number): AsyncIterable<Buffer> {
		let left = bytes;
		while (left > 0) {
			if (rest.length === 0) rest = await more();
			const piece = rest.subarray(0, left);
			rest = rest.subarray(piece.length);
			left -= piece.length;
			yield piece;
		}
	}

	return {
		async head() {
			const lines: string[] = [];
			let bytes = 0;
			for (;;) {
				const text = await line();
				if (text === "") return lines;
				bytes += text.length;
				if (bytes > mostHeadBytes) throw new Error("A head is too long");
				lines.push(text);
			}
		},
		async *chunks() {
			for (;;) {
				const size = /^([0-9a-f]{1,8})(?:\s*;.*)?$/i.exec(await line())?.[1];
				if (size === undefined) throw new Error("That is no chunk");
				const bytes = Number.parseInt(size, 16);
				if (bytes === 0) return;
				yield* counted(bytes);
				if ((await line()) !== "") throw new Error("A chunk is too long");
			}
		},
	};
}
