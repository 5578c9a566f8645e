/** How a file is sent: named so that no name becomes a header, shown only when nothing in it can run, in parts when asked. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Actor, Download, RoomFile, Rooms } from "../../plugin/index.ts";

/** What a browser shows by itself without running anything of it. */
const shownTypes: ReadonlySet<string> = new Set([
	"image/png",
	"image/jpeg",
	"image/gif",
	"image/webp",
]);

/** Whatever it is, it runs nothing and loads nothing. */
const inertPolicy = "default-src 'none'; sandbox";

export interface ByteRange {
	readonly first: number;
	readonly last: number;
}

/** Answers with the file or a part of it. `ended` is told of the download, which is recorded after the last byte. */
export async function sendFile(
	rooms: Pick<Rooms, "file" | "download">,
	{
		request,
		reply,
		actor,
		room,
		file: id,
		show,
		ended,
	}: {
		readonly request: FastifyRequest;
		readonly reply: FastifyReply;
		readonly actor: Actor;
		readonly room: RoomFile["room"];
		readonly file: RoomFile["id"];
		/** In the page, if it may be; else it is saved. */
		readonly show: boolean;
		readonly ended: (download: Download) => void;
	},
): Promise<FastifyReply> {
	const file = await rooms.file(actor, room, id);
	const range = rangeOf(request, file);
	describe(reply, file, show);
	if (range === "none") {
		return reply
			.code(416)
			.header("content-range", `bytes */${file.bytes}`)
			.send();
	}
	const download = await rooms.download(actor, { room, file: id, range });
	ended(download);
	if (range !== undefined) {
		const { first, last } = range;
		reply
			.code(206)
			.header("content-range", `bytes ${first}-${last}/${file.bytes}`)
			.header("content-length", String(last - first + 1));
	} else {
		reply.header("content-length", String(file.bytes));
	}
	return reply.send(download.bytes);
}

/** Drawn here, so that nothing of what was brought is in it. */
export async function sendThumbnail(
	rooms: Pick<Rooms, "thumbnail">,
	{
		reply,
		actor,
		room,
		file,
	}: {
		readonly reply: FastifyReply;
		readonly actor: Actor;
		readonly room: RoomFile["room"];
		readonly file: RoomFile["id"];
	},
): Promise<FastifyReply> {
	const bytes = await rooms.thumbnail(actor, room, file);
	return reply
		.type("image/webp")
		.header("content-disposition", "inline")
		.header("content-security-policy", inertPolicy)
		.send(bytes);
}

function describe(
	reply: FastifyReply,
	{ name, type, sha256 }: RoomFile,
	show: boolean,
): void {
	const shown = show && shownTypes.has(type);
	reply
		.type(shown ? type : "application/octet-stream")
		.header("content-disposition", disposition(shown, name))
		.header("content-security-policy", inertPolicy)
		.header("accept-ranges", "bytes")
		.header("etag", `"${sha256}"`);
}

/** RFC 6266: the name twice, once for what reads ASCII alone. */
function disposition(shown: boolean, name: string): string {
	const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, "_");
	const encoded = encodeURIComponent(name).replace(
		/['()*]/g,
		(sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
	);
	return `${shown ? "inline" : "attachment"}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

/** RFC 9110: one range; what cannot be read, and several, mean the whole file. `none`: there is no such part. */
function rangeOf(
	{ headers }: FastifyRequest,
	{ bytes, sha256 }: RoomFile,
): ByteRange | "none" | undefined {
	const asked = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.range ?? "");
	const condition = headers["if-range"];
	if (asked === null || (condition ?? `"${sha256}"`) !== `"${sha256}"`) {
		return undefined;
	}
	const [, from = "", to = ""] = asked;
	if (from === "" && to === "") return undefined;
	if (from === "") {
		const count = Math.min(Number(to), bytes);
		return count === 0 ? "none" : { first: bytes - count, last: bytes - 1 };
	}
	const first = Number(from);
	const last = to === "" ? bytes - 1 : Math.min(Number(to), bytes - 1);
	if (to !== "" && Number(to) < first) return undefined;
	return first >= bytes ? "none" : { first, last };
}
