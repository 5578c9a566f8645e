/** The bytes of a control connection, cut into frames: `<length>#<payload>`. */

const hash = 0x23;
const zero = 0x30;
const nine = 0x39;
const maxDigits = 9;

/** Gives each payload, in its order, as it is complete. The answer throws when what comes is no frame. */
export function createFrameReader(
	take: (payload: Buffer) => void,
): (bytes: Buffer) => void {
	let rest: Buffer | undefined;
	return (bytes) => {
		const all = rest === undefined ? bytes : Buffer.concat([rest, bytes]);
		let at = 0;
		for (;;) {
			const begin = beginOfPayload(all, at);
			if (begin === undefined) break;
			const length = Number(all.toString("latin1", at, begin - 1));
			if (all.length < begin + length) break;
			at = begin + length;
			take(all.subarray(begin, at));
		}
		rest = at < all.length ? all.subarray(at) : undefined;
	};
}

/** Undefined: more has to come. */
function beginOfPayload(bytes: Buffer, at: number): number | undefined {
	for (let i = at; i < bytes.length; i += 1) {
		const byte = bytes[i] as number;
		if (byte === hash && i > at) return i + 1;
		if (byte < zero || byte > nine || i - at >= maxDigits) {
			throw new Error("A frame does not begin with its length.");
		}
	}
	return undefined;
}
