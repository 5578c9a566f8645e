/** Reads mails as a receiver would (RFC 5322, 2045–2047), as far as tests need it; written without the library that writes them. */

export interface Part {
	/** By name in lower case; unfolded, encoded words decoded; of several with one name, all. */
	readonly headers: ReadonlyMap<string, readonly string[]>;
	/** Of all parts inside, or itself. */
	readonly leaves: readonly Part[];
	readonly type: string;
	/** Decoded. */
	readonly content: Buffer;
}

export function readMail(mail: string): Part {
	const [, head = "", body = ""] =
		/^([\s\S]*?)\r\n\r\n([\s\S]*)$/.exec(mail) ?? [];
	const headers = new Map<string, string[]>();
	for (const line of head.replace(/\r\n[ \t]/g, " ").split("\r\n")) {
		const [, name = "", value = ""] = /^([!-9;-~]+):\s*(.*)$/.exec(line) ?? [];
		if (name === "") throw new Error(`This is no header: ${line}`);
		const key = name.toLowerCase();
		headers.set(key, [...(headers.get(key) ?? []), decodeWords(value)]);
	}
	const type = headers.get("content-type")?.[0] ?? "text/plain";
	const boundary = /boundary="?([^";]+)"?/.exec(type)?.[1];
	if (boundary === undefined) {
		const part = { headers, type, content: decode(headers, body) };
		const leaf: Part = {
			...part,
			get leaves() {
				return [leaf];
			},
		};
		return leaf;
	}
	const inside = `\r\n${body}`.split(`\r\n--${boundary}`).slice(1, -1);
	const parts = inside.map((each) => readMail(each.replace(/^\r\n/, "")));
	return {
		headers,
		type,
		content: Buffer.alloc(0),
		leaves: parts.flatMap(({ leaves }) => leaves),
	};
}

function decode(headers: Part["headers"], body: string): Buffer {
	const encoding = headers.get("content-transfer-encoding")?.[0] ?? "7bit";
	if (encoding === "base64") return Buffer.from(body, "base64");
	if (encoding === "7bit") return Buffer.from(body, "latin1");
	throw new Error(`This reader does not know the encoding ${encoding}.`);
}

function decodeWords(value: string): string {
	return value
		.replace(/(\?=)\s+(?==\?)/g, "$1")
		.replace(
			/=\?utf-8\?([qb])\?([^?]*)\?=/gi,
			(_, kind: string, text: string) =>
				(kind.toLowerCase() === "b"
					? Buffer.from(text, "base64")
					: Buffer.from(
							text
								.replace(/_/g, " ")
								.replace(/=([0-9a-f]{2})/gi, (__, hex: string) =>
									String.fromCharCode(Number.parseInt(hex, 16)),
								),
							"latin1",
						)
				).toString("latin1"),
		)
		.replace(/[\x80-\xff]+/g, (bytes) =>
			Buffer.from(bytes, "latin1").toString("utf8"),
		);
}
