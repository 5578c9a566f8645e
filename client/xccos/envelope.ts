/** The XCCOS envelope as a client sees it: commands and posts out; replies, notices and messages in. */
import {
	children,
	element,
	localName,
	optionalAttribute,
	parseXml,
	textOf,
	writeXml,
	type XmlElement,
	type XmlNode,
} from "../../plugin/xccos/xml.ts";
import { firstChild, isTrue } from "./read.ts";

const namespace = "urn:parlano:xml:ns:xccos";

/** One `<rpl>`: the answer to a command, or one part of it. */
export interface Reply {
	readonly kind: "reply";
	/** In lower case, without `rpl:`. */
	readonly id: string;
	/** The `envid` of the command that this answers, as text: it may need 64 bits. */
	readonly command: string | undefined;
	/** 200 is success; 500 when the reply says nothing. */
	readonly code: number;
	readonly text: string;
	/** Another part of the same answer follows. */
	readonly more: boolean;
	readonly data: readonly XmlElement[];
}

/** One `<ntc>`: something happened. */
export interface Notice {
	readonly kind: "notice";
	/** In lower case, without `ntc:`. */
	readonly id: string;
	readonly data: readonly XmlElement[];
}

/** One `<grpchat>`: a message was posted. */
export interface Posted {
	readonly kind: "posted";
	readonly message: XmlElement;
}

export type Incoming = Reply | Notice | Posted;

/** Throws `ChatError('malformed')`. What is neither reply, notice nor message is passed over. */
export function decodeEnvelope(body: string): readonly Incoming[] {
	const incoming: Incoming[] = [];
	for (const primitive of children(parseXml(body))) {
		const name = localName(primitive.name);
		if (name === "rpl") incoming.push(decodeReply(primitive));
		if (name === "ntc") incoming.push(decodeNotice(primitive));
		if (name === "grpchat") {
			incoming.push({ kind: "posted", message: primitive });
		}
	}
	return incoming;
}

function decodeReply(rpl: XmlElement): Reply {
	const commandid = firstChild(rpl, "commandid");
	const resp = firstChild(rpl, "resp");
	const code = Number(resp && optionalAttribute(resp, "code"));
	return {
		kind: "reply",
		id: idOf(rpl),
		command: commandid && optionalAttribute(commandid, "envid"),
		code: Number.isInteger(code) ? code : 500,
		text: resp === undefined ? "" : textOf(resp).trim(),
		more: isTrue(optionalAttribute(rpl, "more")),
		data: dataOf(rpl),
	};
}

function decodeNotice(ntc: XmlElement): Notice {
	return { kind: "notice", id: idOf(ntc), data: dataOf(ntc) };
}

function idOf(primitive: XmlElement): string {
	const id = optionalAttribute(primitive, "id") ?? "";
	return id.slice(id.indexOf(":") + 1).toLowerCase();
}

function dataOf(primitive: XmlElement): readonly XmlElement[] {
	const data = firstChild(primitive, "data");
	return data === undefined ? [] : children(data);
}

/** `<xccos><cmd id="cmd:…"><data>…` */
export function encodeCommand(
	envid: string,
	id: string,
	...data: readonly XmlElement[]
): string {
	return envelope(
		envid,
		element("cmd", { id: `cmd:${id}`, seqid: 1 }, element("data", {}, ...data)),
	);
}

/** `<xccos><grpchat …><chat>…`: line ends go out as raw CR LF, as every known client writes them. */
export function encodePost(
	envid: string,
	post: {
		readonly room: string;
		readonly author: string;
		readonly text: string;
		readonly alert: boolean;
		readonly at: Date;
	},
): string {
	return envelope(
		envid,
		element(
			"grpchat",
			{
				id: "grpchat",
				seqid: 1,
				chanUri: post.room,
				author: post.author,
				ts: post.at.toISOString().replace(/\.\d+Z$/, "Z"),
				alert: post.alert ? "true" : undefined,
			},
			element("chat", {}, ...linesWithCrLf(post.text)),
		),
	);
}

function linesWithCrLf(text: string): readonly XmlNode[] {
	return text
		.split(/\r\n|\r|\n/)
		.flatMap((line, index) =>
			index === 0 ? [line] : [{ written: "\r\n" }, line],
		);
}

function envelope(envid: string, primitive: XmlElement): string {
	return writeXml(
		element("xccos", { ver: 1, envid, xmlns: namespace }, primitive),
	);
}
