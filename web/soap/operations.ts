/**
 * The operations of MGCWebService, as far as they are known (what is not known is chosen: docs/decisions/0021-soap.md). Each acts as the one
 * whom the token was given to, with the rights that he has at that moment.
 */
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { ChatError } from "../../plugin/errors.ts";
import type { FileId, RoomId, Rooms, UploadState } from "../../plugin/index.ts";
import type { SoapRequest } from "./envelope.ts";
import { invalidToken, type Transfer, type Transfers } from "./transfers.ts";

export interface OperationNeeds {
	readonly rooms: Pick<
		Rooms,
		| "beginUpload"
		| "continueUpload"
		| "download"
		| "file"
		| "finishUpload"
		| "upload"
	>;
	readonly transfers: Transfers;
	readonly fileBytes: number;
	/** Told of each download, which is recorded after its last byte. */
	readonly ended: (download: Awaited<ReturnType<Rooms["download"]>>) => void;
}

type Fields = SoapRequest["fields"];
/** What is told; undefined: only that it is done. Throws `ChatError`. */
type Operation = (
	fields: Fields,
	needs: OperationNeeds,
) => Promise<string | undefined>;

const kilobyte = 1_024;
/** Of a file, in one request. */
const pieceKilobytes = 256;
/** Of a file, in one answer. */
const mostAnswered = 1_024 * kilobyte;

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

export const operations: ReadonlyMap<string, Operation> = new Map<
	string,
	Operation
>([
	[
		"GetMaxFileSizeInKB",
		async (_, { fileBytes }) => String(Math.floor(fileBytes / kilobyte)),
	],
	["GetMaxRequestContentInKB", async () => String(pieceKilobytes)],
	["RequestUniqueFilenameWithExtension", nameUpload],
	["AppendChunk", appendChunk],
	["GetFileSize", async (fields, needs) => String(await sizeOf(fields, needs))],
	["DownloadChunk", downloadChunk],
]);

/** What the field of the extension is called is not known: it is the one beside token and room. */
async function nameUpload(
	fields: Fields,
	{ transfers }: OperationNeeds,
): Promise<string> {
	const { token, room } = tokenAndRoom(fields);
	const known = transfers.of(token, room);
	if (known !== undefined) return demandUpload(known).uniqueName;
	const [said = ""] = [...fields]
		.filter(([name]) => name !== "token" && name !== "channelId")
		.map(([, value]) => value);
	const [, extension] = /(?:^|\.)([a-z0-9]{1,16})$/i.exec(said.trim()) ?? [];
	const file = randomUUID() as string as FileId;
	const uniqueName = extension === undefined ? file : `${file}.${extension}`;
	const kind = "upload";
	await transfers.begin(token, { kind, room, file, uniqueName });
	return uniqueName;
}

async function appendChunk(
	fields: Fields,
	{ rooms, transfers }: OperationNeeds,
): Promise<undefined> {
	const { token, room } = tokenAndRoom(fields);
	const offset = wholeNumber(fields, "offset");
	const bytes = wholeNumber(fields, "fileLength");
	const chunk = chunkIn(fields);
	const transfer = transfers.of(token, room);
	if (transfer === undefined) throw invalidToken();
	demandUpload(transfer);
	if (needed(fields, "uniqueFilename") !== transfer.uniqueName) {
		throw invalidToken();
	}
	const isLast = offset + chunk.length === bytes;
	// The answer to the last piece was lost, and it came again.
	if (transfer.finished && isLast) return;
	if (transfer.finished) throw otherSize();
	const { actor, file } = transfer;
	const before = await begun(rooms, transfer, { offset, bytes });
	if (before.bytes !== bytes) throw otherSize();
	// It was all here, and could not be kept.
	const { received } =
		before.received === bytes && isLast
			? before
			: await rooms.continueUpload(actor, file, offset, Readable.from([chunk]));
	if (received < bytes) return;
	await rooms.finishUpload(actor, file);
	transfer.finished = true;
}

/** With its first piece, unless that came before. */
async function begun(
	rooms: OperationNeeds["rooms"],
	{ actor, room, file: id, name }: Transfer,
	{ offset, bytes }: { readonly offset: number; readonly bytes: number },
): Promise<UploadState> {
	try {
		return await rooms.upload(actor, id);
	} catch (error) {
		if (offset !== 0 || !isNoSuchFile(error)) throw error;
		return rooms.beginUpload(actor, { id, room, name, bytes });
	}
}

function otherSize(): ChatError {
	return new ChatError(
		"conflict",
		"The file is of another size than fileLength says.",
	);
}

async function sizeOf(fields: Fields, needs: OperationNeeds): Promise<number> {
	const { rooms, transfers } = needs;
	const { token, room } = tokenAndRoom(fields);
	const known = transfers.of(token, room);
	if (known?.kind !== "upload") return (await fileToGet(fields, needs)).bytes;
	if (fileNamed(fields) !== known.file) throw invalidToken();
	const { actor, file } = known;
	return known.finished
		? (await rooms.file(actor, room, file)).bytes
		: (await rooms.upload(actor, file)).received;
}

async function downloadChunk(
	fields: Fields,
	needs: OperationNeeds,
): Promise<string> {
	const first = wholeNumber(fields, "offset");
	const most = wholeNumber(fields, "bufferSize");
	if (most < 1 || most > mostAnswered) {
		throw new ChatError("too-large", `bufferSize is 1 to ${mostAnswered}.`);
	}
	const { bytes, actor, room, file } = await fileToGet(fields, needs);
	if (first === bytes) return "";
	const last = Math.min(first + most, bytes) - 1;
	const download = await needs.rooms.download(actor, {
		...{ room, file },
		range: { first, last },
	});
	needs.ended(download);
	const pieces: Buffer[] = [];
	for await (const piece of download.bytes) pieces.push(piece as Buffer);
	return Buffer.concat(pieces).toString("base64");
}

/** Whose token it is must be let read it now. Throws `invalid-token`, `no-such-file` and as `file` does. */
async function fileToGet(
	fields: Fields,
	{ rooms, transfers }: OperationNeeds,
): Promise<Pick<Transfer, "actor" | "room" | "file"> & { bytes: number }> {
	const { token, room } = tokenAndRoom(fields);
	const file = fileNamed(fields);
	const known = transfers.of(token, room);
	if (known !== undefined) {
		if (known.kind !== "download" || known.file !== file) throw invalidToken();
	}
	const { actor } =
		known ??
		(await transfers.begin(token, {
			kind: "download",
			...{ room, file },
			uniqueName: "",
		}));
	const { bytes } = await rooms.file(actor, room, file);
	return { actor, room, file, bytes };
}

function demandUpload(transfer: Transfer): Transfer {
	if (transfer.kind !== "upload") throw invalidToken();
	return transfer;
}

function tokenAndRoom(fields: Fields) {
	const token = needed(fields, "token").trim();
	if (!/^[\w-]{1,64}$/.test(token)) throw invalidToken();
	const room = needed(fields, "channelId").trim().toLowerCase();
	return { token, room: guidIn(room, "channelId") as RoomId };
}

/** `<file>` or `<file>.txt`. */
function fileNamed(fields: Fields): FileId {
	const name = needed(fields, "reposFileName").trim().toLowerCase();
	return guidIn(name, "reposFileName") as FileId;
}

function guidIn(text: string, name: string): string {
	const [id] = guid.exec(text) ?? [];
	if (id !== undefined && /^(\.[a-z0-9]{1,16})?$/.test(text.slice(id.length))) {
		return id;
	}
	throw new ChatError("malformed", `${name} must be a GUID.`);
}

function chunkIn(fields: Fields): Buffer {
	const text = needed(fields, "fileChunk").replace(/\s/g, "");
	const chunk = Buffer.from(text, "base64");
	if (chunk.length > pieceKilobytes * kilobyte) {
		throw new ChatError(
			"too-large",
			`A chunk has at most ${pieceKilobytes} KB.`,
		);
	}
	if (chunk.length === 0 || chunk.toString("base64") !== text) {
		throw new ChatError(
			"malformed",
			"fileChunk must be base64, and not empty.",
		);
	}
	return chunk;
}

function wholeNumber(fields: Fields, name: string): number {
	const text = needed(fields, name).trim();
	if (/^\d{1,15}$/.test(text)) return Number(text);
	throw new ChatError("malformed", `${name} must be a whole number.`);
}

function needed(fields: Fields, name: string): string {
	const value = fields.get(name);
	if (value !== undefined) return value;
	throw new ChatError("malformed", `The field ${name} is missing.`);
}

function isNoSuchFile(error: unknown): boolean {
	return error instanceof ChatError && error.reason === "no-such-file";
}
