/** What kind of bytes a file has, by its first ones: its name may say anything. */

/** As many of the first bytes decide. */
export const sniffedBytes = 4_096;

/** Nothing is guessed of these. */
const unknownType = "application/octet-stream";

interface Mark {
	readonly type: string;
	/** Latin-1; `?` stands for any byte. */
	readonly mark: string;
	readonly at?: number;
}

const marks: readonly Mark[] = [
	{ type: "image/png", mark: "\x89PNG\r\n\x1a\n" },
	{ type: "image/jpeg", mark: "\xff\xd8\xff" },
	{ type: "image/gif", mark: "GIF87a" },
	{ type: "image/gif", mark: "GIF89a" },
	{ type: "image/webp", mark: "RIFF????WEBP" },
	{ type: "image/avif", mark: "ftypavif", at: 4 },
	{ type: "image/heic", mark: "ftypheic", at: 4 },
	{ type: "image/bmp", mark: "BM????\0\0\0\0" },
	{ type: "image/tiff", mark: "II*\0" },
	{ type: "image/tiff", mark: "MM\0*" },
	{ type: "application/pdf", mark: "%PDF-" },
	{ type: "application/zip", mark: "PK\x03\x04" },
	{ type: "application/zip", mark: "PK\x05\x06" },
	{ type: "application/gzip", mark: "\x1f\x8b" },
	{ type: "application/x-7z-compressed", mark: "7z\xbc\xaf\x27\x1c" },
	{ type: "application/x-xz", mark: "\xfd7zXZ\0" },
	{ type: "application/vnd.rar", mark: "Rar!\x1a\x07" },
	{ type: "application/x-cfb", mark: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" },
	{ type: "application/x-executable", mark: "\x7fELF" },
	{ type: "audio/mpeg", mark: "ID3" },
	{ type: "audio/wav", mark: "RIFF????WAVE" },
	{ type: "audio/flac", mark: "fLaC" },
	{ type: "application/ogg", mark: "OggS" },
	{ type: "video/webm", mark: "\x1a\x45\xdf\xa3" },
	{ type: "video/mp4", mark: "ftyp", at: 4 },
];

/** Like `image/png`; `text/plain` for text of any kind, also for what calls itself HTML or SVG. */
export function mediaTypeOf(head: Buffer): string {
	const found = marks.find((each) => has(head, each));
	if (found !== undefined) return found.type;
	return isText(head) ? "text/plain" : unknownType;
}

function has(head: Buffer, { mark, at = 0 }: Mark): boolean {
	if (head.length < at + mark.length) return false;
	for (let index = 0; index < mark.length; index += 1) {
		const wanted = mark[index];
		if (wanted !== "?" && head[at + index] !== wanted?.charCodeAt(0)) {
			return false;
		}
	}
	return true;
}

/** UTF-8 without control characters; the last character may be cut. */
function isText(head: Buffer): boolean {
	if (head.length === 0) return false;
	const controls = head.some(
		(byte) => byte < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d, 0x1b].includes(byte),
	);
	if (controls) return false;
	try {
		new TextDecoder("utf-8", { fatal: true }).decode(head, {
			stream: head.length >= sniffedBytes,
		});
		return true;
	} catch {
		return false;
	}
}
