/** What happened, for a reader: each event as lines of text and as a row of a table. */
import type { ArchivedEvent, Person } from "../../plugin/compliance/adapter.ts";

/** Like `joined`, and what somebody wrote about it. */
interface Told {
	readonly what: string;
	readonly texts: readonly string[];
}

export const lineEnd = "\r\n";

/** Control characters but tab and line ends: no reader shows them, and some obey them. */
const invisible = /[^\P{Cc}\t\r\n]/gu;
/** Embeddings, overrides and isolates: in a name they would turn around what is told of it. */
const directions = /[\u202A-\u202E\u2066-\u2069]/g;
/** Everything that some reader begins a new line at. */
const anyLineEnd = /\r\n|[\n\r\u2028\u2029]/g;

/** What a person wrote is indented, so that no line of it can be taken for one of ours. */
export function textLines(event: ArchivedEvent): string {
	const { what, texts } = tell(event);
	const head = `${event.at}  ${oneLine(nameOf(event.actor))}  ${oneLine(what)}`;
	const lines = texts.flatMap((text) => visible(text).split(anyLineEnd));
	return [head, ...lines.map((line) => `    ${line}`), ""].join(lineEnd);
}

export function htmlRow(event: ArchivedEvent): string {
	const { what, texts } = tell(event);
	const cells = [event.at, nameOf(event.actor), what].map(
		(text) => `<td dir="auto">${escapeHtml(oneLine(text))}</td>`,
	);
	const written = texts.map(
		(text) => `<div dir="auto" class="text">${escapeHtml(visible(text))}</div>`,
	);
	return `<tr class="${event.type}">${cells.join("")}<td>${written.join("")}</td></tr>${lineEnd}`;
}

/** For a heading or a cell: no line ends, nothing invisible, nothing that turns around what follows. */
export function oneLine(text: string): string {
	return visible(text).replace(anyLineEnd, " ").replace(directions, "\uFFFD");
}

export function escapeHtml(text: string): string {
	return text.replace(
		/[&<>"'\r]/g,
		(character) => `&#${character.charCodeAt(0)};`,
	);
}

export function nameOf({ displayName, uri }: Person): string {
	const address = uri.replace(/^sip:/, "");
	return displayName === "" ? address : `${displayName} (${address})`;
}

/** Half a surrogate pair is U+FFFD in UTF-8 anyhow. */
function visible(text: string): string {
	return Buffer.from(text).toString("utf8").replace(invisible, "\uFFFD");
}

function tell(event: ArchivedEvent): Told {
	switch (event.type) {
		case "joined":
			return told("joined");
		case "parted":
			return told(
				event.kicked === undefined ? "left" : `was put out: ${event.kicked}`,
			);
		case "posted":
			return told(
				`wrote message ${event.message.sequence}${event.message.alert ? ", of high importance" : ""}`,
				event.message.text,
			);
		case "deleted":
			return told(`deleted ${messageOf(event)}`, event.message.text);
		case "replaced":
			return told(
				`put another text in the place of ${messageOf(event)}: first as it was, then as it is`,
				event.message.text,
				event.replacement,
			);
		case "viewed":
			return told(
				event.count === 0
					? "read back the history, where there was nothing"
					: `read back ${counted(event.count)}, up to message ${event.throughSequence}`,
			);
		case "searched":
			return told(`searched, and found ${counted(event.count)}`, event.words);
		case "uploaded":
			return told(`uploaded a file, ${sizeOf(event)}`, event.file.name);
		case "downloaded":
			return told(`downloaded a file, ${sizeOf(event)}`, event.file.name);
		case "invited":
			return told(
				`invited ${event.user.displayName} (${event.user.uri.replace(/^sip:/, "")})`,
			);
		default:
			return tellAdministration(event);
	}
}

type Administration = Extract<
	ArchivedEvent,
	{
		readonly type:
			| `room-${string}`
			| `category-${string}`
			| `${string}-changed`
			| "unreadable";
	}
>;

function tellAdministration(event: Administration): Told {
	const { type, version, id, at, actor, room, position, evidence, ...own } =
		event;
	const sentences: Readonly<Record<Administration["type"], string>> = {
		"room-created": "created the room",
		"room-changed": "changed the room",
		"room-removed": "removed the room",
		"roles-changed": "changed who has a role in the room",
		"category-created": "created a category",
		"category-changed": "changed a category",
		"category-removed": "removed a category",
		"directory-changed": "changed the directory",
		unreadable: "found no event in what was owed, which was altered",
	};
	return told(sentences[type], JSON.stringify(own, undefined, 2));
}

function counted(messages: number): string {
	return messages === 1 ? "1 message" : `${messages} messages`;
}

function told(what: string, ...texts: readonly string[]): Told {
	return { what, texts };
}

function messageOf({
	message: { sequence, author, postedAt },
}: Extract<ArchivedEvent, { readonly type: "deleted" | "replaced" }>): string {
	return `message ${sequence}, which ${author.displayName} (${author.uri.replace(/^sip:/, "")}) had written at ${postedAt}`;
}

function sizeOf({
	file: { bytes, sha256, missing },
}: Extract<
	ArchivedEvent,
	{ readonly type: "uploaded" | "downloaded" }
>): string {
	const lost = missing === undefined ? "" : "; its bytes are missing";
	return `${bytes} bytes, SHA-256 ${sha256}${lost}`;
}
