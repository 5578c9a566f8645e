/** The control connection's bytes cut into frames `<length>#<payload>`, with the read buffer of drachtio-server and its limits. */

/** drachtio-server keeps what it has not consumed yet in a ring of this size … */
const ringBytes = 12_228;
/** … which it fills by reads of at most this size. */
const readBytes = 8192;

const hash = 0x23;
const zero = 0x30;
const nine = 0x39;
const maxDigits = 5;

/** Why a control connection has to end; the message is for the log. */
export class ControlFault extends Error {
	override readonly name = "ControlFault";
}

/**
 * Models drachtio-server's client connection. It appends each read to its ring, then consumes every complete frame. A frame that is not
 * complete stays; the next read is appended behind it, and when both do not fit, the ring overwrites the oldest bytes: the frame is
 * corrupt and the connection and all its dialogs are soon lost. So a frame of up to 4,036 bytes is never in danger (4,036 + 8,192 fit),
 * one of up to 12,228 bytes is safe only when so little follows it that it all fits, and a longer one can never be consumed: the
 * real server waits for it for ever. Here, both end the connection at once, saying why.
 */
export class ControlReader {
	readonly #ring = Buffer.allocUnsafeSlow(ringBytes);
	#start = 0;
	#end = 0;
	/** Payload length of the frame being read, once its digits are complete. */
	#length: number | undefined;

	/**
	 * Takes bytes as they came and tells each complete payload.
	 * @throws ControlFault
	 */
	push(bytes: Buffer, frame: (payload: string) => void): void {
		for (let at = 0; at < bytes.length; at += readBytes) {
			this.#append(bytes.subarray(at, at + readBytes));
			while (this.#consume(frame));
		}
	}

	#append(read: Buffer): void {
		const kept = this.#end - this.#start;
		if (kept + read.length > ringBytes)
			throw new ControlFault(
				`a frame of ${this.#length} bytes was not complete when more came behind it: ${kept} + ${read.length} bytes overflow drachtio-server's read buffer of ${ringBytes}; keep frames within 4036 bytes, or send nothing until a longer one is answered`,
			);
		if (this.#end + read.length > ringBytes) {
			this.#ring.copyWithin(0, this.#start, this.#end);
			this.#start = 0;
			this.#end = kept;
		}
		read.copy(this.#ring, this.#end);
		this.#end += read.length;
	}

	#consume(frame: (payload: string) => void): boolean {
		this.#length ??= this.#readLength();
		if (this.#length === undefined) return false;
		if (this.#end - this.#start < this.#length) return false;
		const end = this.#start + this.#length;
		const payload = this.#ring.toString("utf8", this.#start, end);
		this.#start = end;
		this.#length = undefined;
		frame(payload);
		return true;
	}

	#readLength(): number | undefined {
		let length = 0;
		for (let i = this.#start; i < this.#end; i++) {
			const byte = this.#ring[i] as number;
			const digits = i - this.#start;
			if (byte === hash && digits > 0) {
				this.#start = i + 1;
				return checkLength(length);
			}
			if (byte < zero || byte > nine || digits === maxDigits)
				throw new ControlFault("a frame does not begin with its length");
			length = length * 10 + byte - zero;
		}
		return undefined;
	}
}

function checkLength(length: number): number {
	if (length === 0) throw new ControlFault("a frame of no bytes");
	if (length > ringBytes)
		throw new ControlFault(
			`a frame of ${length} bytes does not fit drachtio-server's read buffer of ${ringBytes}`,
		);
	return length;
}
