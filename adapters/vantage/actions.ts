/** What an event is in the FileDump form: messages, comings and goings, transfers; else a note, or nothing. */
import type {
	ArchivedEvent,
	ArchivedRoom,
	Person,
} from "../../plugin/compliance/adapter.ts";
import { copyName } from "../transferred-files.ts";
import { element, type XmlElement } from "../xml-text.ts";
import type { VantageOptions } from "./options.ts";

export type Form = Pick<VantageOptions, "dateTimeUnit" | "otherEvents"> & {
	/** What the copies of files are named after. */
	readonly output: string;
};

/** What is of no room is told under this name. */
const nowhere = "administration";

export function roomIdOf(room: ArchivedRoom | undefined): string {
	return room?.uri ?? nowhere;
}

export function actionsOf(
	event: ArchivedEvent,
	form: Form,
): readonly XmlElement[] {
	switch (event.type) {
		case "joined":
			return [movement("ParticipantEntered", event.actor, event, form)];
		case "parted":
			return [
				...(event.kicked === undefined
					? []
					: note(event, { kicked: event.kicked }, form)),
				movement("ParticipantLeft", event.actor, event, form),
			];
		case "posted":
			return [
				message(
					{
						id: messageId(event),
						by: addressOf(event.message.author.uri),
						at: event.message.postedAt,
						content: event.message.text,
					},
					form,
				),
				...(event.message.alert ? note(event, { alert: true }, form) : []),
			];
		case "uploaded":
		case "downloaded":
			return transfer(event, form);
		case "deleted":
			return [
				message(
					{
						id: messageId(event),
						by: addressOf(event.message.author.uri),
						at: event.message.postedAt,
						updated: ["Deleted", event.at],
						content: event.message.text,
					},
					form,
				),
				...note(event, { message: messageId(event) }, form),
			];
		case "replaced":
			return replacement(event, form);
		default:
			return note(event, ownFields(event), form);
	}
}

/** Somebody who comes, goes, was there before the period or still is after it. */
export function movement(
	name: "ParticipantEntered" | "ParticipantLeft",
	person: Person,
	{
		at,
		room,
	}: { readonly at: string; readonly room?: ArchivedRoom | undefined },
	form: Form,
): XmlElement {
	return element(name, {}, [
		...who(loginOf(person)),
		instant("DateTimeUTC", at, form),
		text("ConversationID", roomIdOf(room)),
		text("CorporateEmailID", person.email ?? addressOf(person.uri)),
		text("InternalFlag", String(person.internal)),
	]);
}

export function instant(name: string, at: string, form: Form): XmlElement {
	const ms = Date.parse(at);
	return text(
		name,
		String(form.dateTimeUnit === "seconds" ? Math.floor(ms / 1_000) : ms),
	);
}

export function text(name: string, content: string): XmlElement {
	return element(name, {}, content);
}

function who(login: string): readonly XmlElement[] {
	return [text("LoginName", login), text("UserType", "user")];
}

/**
 * The address: Vantage takes nobody without a LoginName, and everybody has one. That of an operator is the service's, whoever he is:
 * he is called by his name.
 */
function loginOf({ uri, displayName, administrator }: Person): string {
	return administrator === true && displayName !== ""
		? displayName
		: addressOf(uri);
}

function addressOf(uri: string): string {
	return uri.replace(/^sip:/, "");
}

type OfMessage = Extract<
	ArchivedEvent,
	{ readonly type: "posted" | "deleted" | "replaced" }
>;

/** Unique over all rooms. */
function messageId({ room, message: { sequence } }: OfMessage): string {
	return `${room.id}-${sequence}`;
}

interface Message {
	readonly id: string;
	/** As LoginName. */
	readonly by: string;
	readonly at: string;
	/** Why it comes again, and since when. */
	readonly updated?: readonly [type: string, at: string];
	readonly newId?: string;
	readonly content: string;
}

function message(
	{ id, by, at, updated, newId, content }: Message,
	form: Form,
): XmlElement {
	return element("Message", {}, [
		text("MessageId", id),
		...who(by),
		instant("DateTimeUTC", at, form),
		...(updated === undefined
			? []
			: [
					text("UpdatedType", updated[0]),
					instant("UpdatedDateTimeUTC", updated[1], form),
				]),
		...(newId === undefined ? [] : [text("EditedNewMsgId", newId)]),
		text("Content", content),
	]);
}

/** The original under an id of its own; its old id now names what stands in its place, by whoever put it there. */
function replacement(
	event: Extract<ArchivedEvent, { readonly type: "replaced" }>,
	form: Form,
): readonly XmlElement[] {
	const { author, postedAt, text: original } = event.message;
	const id = messageId(event);
	return [
		message(
			{
				id: event.id,
				by: addressOf(author.uri),
				at: postedAt,
				updated: ["EditedOriginalMsg", event.at],
				newId: id,
				content: original,
			},
			form,
		),
		message(
			{
				id,
				by: loginOf(event.actor),
				at: postedAt,
				updated: ["EditedNewMsg", event.at],
				content: event.replacement,
			},
			form,
		),
	];
}

/** The archive hears of a transfer when the bytes have moved: both of its ends are that instant. */
function transfer(
	event: Extract<ArchivedEvent, { readonly type: "uploaded" | "downloaded" }>,
	form: Form,
): readonly XmlElement[] {
	const { bytes, type, missing } = event.file;
	const of = [
		...who(loginOf(event.actor)),
		instant("DateTimeUTC", event.at, form),
		text("UserFileName", event.file.name),
		text("FileName", copyName(form.output, event.file)),
	];
	return [
		element("FileTransferStarted", {}, of),
		element("FileTransferEnded", {}, [...of, text("Status", "Completed")]),
		...note(event, { bytes, type, missing }, form),
	];
}

/** A message that nobody wrote: in brackets the event's type, then what there is to say, as JSON. */
function note(
	event: ArchivedEvent,
	fields: object,
	form: Form,
): readonly XmlElement[] {
	if (form.otherEvents === "omit") return [];
	const content = `[${event.type}] ${JSON.stringify(fields)}`;
	const by = loginOf(event.actor);
	return [message({ id: event.id, by, at: event.at, content }, form)];
}

/** Without what every event has. */
function ownFields(event: ArchivedEvent): object {
	const { version, id, at, type, actor, room, position, evidence, ...own } =
		event;
	return own;
}
