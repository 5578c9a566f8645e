/** A mail as MIME: headers, the transcript as text and as HTML, the events as JSON, the files. */

import { Readable } from "node:stream";
import { domainToASCII } from "node:url";
import MailComposer from "nodemailer/lib/mail-composer";
import type {
	ArchivedEvent,
	Delivery,
	FileReference,
	Person,
} from "../../plugin/compliance/adapter.ts";
import { openUnlessMissing, verified } from "../transferred-files.ts";
import { mapInTurns } from "../turns.ts";
import type { Mail } from "./mail.ts";
import {
	escapeHtml,
	htmlRow,
	lineEnd,
	nameOf,
	oneLine,
	textLines,
} from "./transcript.ts";

/** Again the same bytes for the same mail. Files are opened when their turn comes. */
export async function compose(
	mail: Mail,
	delivery: Delivery,
): Promise<Readable> {
	const { events, participants, messageId } = mail;
	const [first] = participants;
	const composer = new MailComposer({
		from: first && addressOf(first),
		to: participants.map(addressOf),
		subject: subjectOf(mail),
		messageId: `<${messageId}>`,
		date: new Date(periodOf(events).to),
		headers: {
			...headersOf(mail),
			"X-Chat-Replay": delivery.replay ? "yes" : "no",
		},
		text: base64(await textOf(mail)),
		html: base64(await htmlOf(mail)),
		attachments: [
			{
				filename: "events.jsonl",
				contentType: "application/x-ndjson",
				contentTransferEncoding: "base64",
				content: (
					await mapInTurns(events, (each) => `${JSON.stringify(each)}\n`)
				).join(""),
			},
			...(await attachmentsOf(events, delivery)),
		],
		baseBoundary: messageId.slice(0, 32),
		newline: "win",
		xMailer: false,
		disableFileAccess: true,
		disableUrlAccess: true,
	});
	return composer.compile().createReadStream();
}

function base64(content: string) {
	return { content, contentTransferEncoding: "base64" };
}

async function attachmentsOf(
	events: readonly ArchivedEvent[],
	delivery: Delivery,
) {
	const attachments: ReturnType<typeof attachmentOf>[] = [];
	for (const event of events) {
		if (event.type !== "uploaded") continue;
		if (event.file.missing !== undefined) {
			const found = await openUnlessMissing(event.file, delivery);
			if (found === undefined) continue;
			found.destroy();
		}
		attachments.push(attachmentOf(event, delivery.open));
	}
	return attachments;
}

function attachmentOf(
	{ id, file }: { readonly id: string; readonly file: FileReference },
	open: Delivery["open"],
) {
	return {
		filename: oneLine(file.name),
		contentType: mediaType(file.type),
		contentTransferEncoding: "base64",
		content: Readable.from(
			(async function* () {
				yield* verified(await open(file), file, [id]);
			})(),
		),
	};
}

/** A mail within the mail would be unpacked, or refused, on its way. */
function mediaType(type: string): string {
	const plain = /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(type);
	return plain && !/^(message|multipart)\//i.test(type)
		? type
		: "application/octet-stream";
}

/** His mail address, else his SIP address; in ASCII, so that any mail server takes it. */
function addressOf({ displayName, email, uri }: Person) {
	const sip = uri.replace(/^sip:/, "");
	const address =
		[email ?? "", sip].find((each) => /^[^@\s]+@[^@\s]+$/.test(each)) ??
		"unknown@invalid";
	const at = address.lastIndexOf("@");
	const domain = domainToASCII(address.slice(at + 1));
	return {
		name: oneLine(displayName === "" ? sip : displayName),
		address: `${localPart(address.slice(0, at))}@${domain === "" ? "invalid" : domain}`,
	};
}

/** As it is where RFC 5322 takes it so, else quoted; what is not ASCII, and angle brackets, as %-escapes of UTF-8. */
function localPart(text: string): string {
	const ascii = Buffer.from(text)
		.toString("utf8")
		.replace(/[^!-;=?-~]+/g, encodeURIComponent);
	const atoms = /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$/;
	return atoms.test(ascii) ? ascii : `"${ascii.replace(/["\\]/g, "\\$&")}"`;
}

function subjectOf({ room, events, part, parts }: Mail): string {
	const { from, to } = periodOf(events);
	const what =
		room === undefined
			? "Administration"
			: `${room.name} (${room.category.name})`;
	const which = parts === 1 ? "" : `, part ${part} of ${parts}`;
	return oneLine(`${what}, ${from} to ${to}${which}`);
}

function headersOf({
	room,
	events,
	adapter,
	part,
	parts,
}: Mail): Record<string, string> {
	const { from, to } = periodOf(events);
	const positions = events.map(({ position }) => position);
	const headers: Record<string, string | undefined> = {
		"X-Chat-Adapter": adapter,
		"X-Chat-Room-Name": room?.name,
		"X-Chat-Room-ID": room?.id,
		"X-Chat-Room-URI": room?.uri,
		"X-Chat-Room-Category": room?.category.name,
		"X-Chat-Room-Type": said(events, "type"),
		"X-Chat-Room-Privacy": said(events, "privacy"),
		"X-Chat-Period-Start": from,
		"X-Chat-Period-End": to,
		"X-Chat-Event-Count": String(events.length),
		"X-Chat-Positions": `${Math.min(...positions)}-${Math.max(...positions)}`,
		"X-Chat-Part": `${part}/${parts}`,
	};
	return Object.fromEntries(
		Object.entries(headers)
			.filter((entry): entry is [string, string] => entry[1] !== undefined)
			.map(([name, value]) => [name, oneLine(value)]),
	);
}

/** Of the room as the last of the events says, if one does. */
function said(
	events: readonly ArchivedEvent[],
	property: "type" | "privacy",
): string | undefined {
	return events
		.flatMap((event) => {
			if (event.type === "room-changed") return [event.after[property]];
			if (event.type === "room-created" || event.type === "room-removed") {
				return [event.properties[property]];
			}
			return [];
		})
		.findLast((value) => value !== undefined);
}

function periodOf(events: readonly ArchivedEvent[]) {
	const instants = events.map(({ at }) => at).sort();
	return { from: instants[0] ?? "", to: instants.at(-1) ?? "" };
}

async function textOf(mail: Mail): Promise<string> {
	const head = [
		subjectOf(mail),
		"",
		`Participants: ${mail.participants.map((each) => oneLine(nameOf(each))).join("; ")}`,
		"",
		"",
	];
	const lines = await mapInTurns(mail.events, textLines);
	return head.join(lineEnd) + lines.join("");
}

async function htmlOf(mail: Mail): Promise<string> {
	const title = escapeHtml(subjectOf(mail));
	const people = mail.participants.map(
		(each) => `<li dir="auto">${escapeHtml(oneLine(nameOf(each)))}</li>`,
	);
	const rows = await mapInTurns(mail.events, htmlRow);
	return [
		"<!DOCTYPE html>",
		`<html><head><meta charset="utf-8"><title>${title}</title>`,
		"<style>.text { white-space: pre-wrap } td { vertical-align: top; padding: 0 1em 0 0 }</style></head>",
		`<body><h1>${title}</h1><ul>${people.join("")}</ul><table>`,
		`${rows.join("")}</table></body></html>`,
		"",
	].join(lineEnd);
}
