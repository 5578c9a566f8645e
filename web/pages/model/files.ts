/** Links to files, as messages have them: `ma-filelink://<domain>/<room>/<file>/<name>?bytes=<size>`. */

export interface FileLink {
	readonly name: string;
	/** Absent where the link does not say. */
	readonly bytes?: number;
	/** Where this site gives it, to whoever may have it. */
	readonly address: string;
}

/** Undefined for what is no link to a file of a room here. */
export function fileLinkOf(text: string): FileLink | undefined {
	const match =
		/^ma-filelink:\/\/[^/]+\/([\w-]{1,64})\/([\w-]{1,64})\/([^?/]+)(?:\?bytes=(\d{1,15}))?$/i.exec(
			text,
		);
	const [, room, file, name = "", bytes] = match ?? [];
	if (room === undefined || file === undefined) return undefined;
	return {
		name: decoded(name),
		address: `api/rooms/${room}/files/${file}`,
		...(bytes !== undefined && { bytes: Number(bytes) }),
	};
}

/** The text with files called by their names, for where it is told in a line. */
export function withFileNames(text: string): string {
	return text.replace(
		/ma-filelink:\/\/[^\s<>"]+/gi,
		(link) => fileLinkOf(link)?.name ?? link,
	);
}

function decoded(name: string): string {
	try {
		return decodeURIComponent(name);
	} catch {
		return name;
	}
}
