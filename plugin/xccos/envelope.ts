/** The XCCOS envelope: `<xccos envid>` ⇄ its commands, replies, notices and messages. */
import { ChatError } from "../errors.ts";
import {
	attribute,
	children,
	element,
	localName,
	optionalAttribute,
	parseXml,
	writeXml,
	type XmlElement,
	type XmlNode,
} from "./xml.ts";

/** Clients send one; some merge a few. */
const maxPrimitives = 100;

const namespace = "urn:parlano:xml:ns:xccos";

/** What a client sends in an envelope. */
export type Primitive =
	| {
			readonly kind: "command";
			/** Lower case, `cmd:join`. */
			readonly id: string;
			/** As the client wrote it. */
			readonly wireId: string;
			readonly seqid: string;
			readonly data: XmlElement;
	  }
	| {
			readonly kind: "message";
			readonly seqid: string;
			readonly data: XmlElement;
	  };

export interface Envelope {
	/** Decimal, up to 20 digits: beyond 2^53, so never a number. */
	readonly envid: string;
	readonly primitives: readonly Primitive[];
}

/** Throws `ChatError('malformed')`. */
export function decodeEnvelope(text: string): Envelope {
	const root = parseXml(text);
	if (localName(root.name) !== "xccos") {
		throw new ChatError(
			"malformed",
			`The root element must be <xccos>, not <${root.name.slice(0, 40)}>.`,
		);
	}
	const envid = attribute(root, "envid");
	if (!/^\d{1,20}$/.test(envid)) {
		throw new ChatError(
			"malformed",
			"envid must be a decimal number of at most 20 digits.",
		);
	}
	const primitives = children(root).flatMap((inner) => primitive(root, inner));
	if (primitives.length === 0) {
		throw new ChatError("malformed", "<xccos> needs a <cmd> or a <grpchat>.");
	}
	if (primitives.length > maxPrimitives) {
		throw new ChatError(
			"too-large",
			`One envelope holds at most ${maxPrimitives} commands.`,
		);
	}
	return { envid, primitives };
}

function primitive(root: XmlElement, inner: XmlElement): Primitive[] {
	const seqid = optionalAttribute(inner, "seqid") ?? "1";
	if (!/^\d{1,20}$/.test(seqid)) {
		throw new ChatError("malformed", "seqid must be a decimal number.");
	}
	switch (localName(inner.name)) {
		case "cmd": {
			const wireId = attribute(inner, "id");
			if (!/^[\w:.-]{1,64}$/.test(wireId)) {
				throw new ChatError("malformed", "The id of a <cmd> is like cmd:join.");
			}
			const [data] = children(inner, "data");
			return [
				{
					kind: "command",
					id: wireId.toLowerCase(),
					wireId,
					seqid,
					data: data ?? element("data"),
				},
			];
		}
		case "grpchat":
			return [{ kind: "message", seqid, data: inheritPrefixes(root, inner) }];
		default:
			return [];
	}
}

/** A posted element stands alone when it is relayed: prefixes that the envelope declared go with it. */
function inheritPrefixes(root: XmlElement, inner: XmlElement): XmlElement {
	const declared = Object.entries(root.attributes).filter(([name]) =>
		name.startsWith("xmlns:"),
	);
	if (declared.length === 0) return inner;
	return {
		...inner,
		attributes: { ...Object.fromEntries(declared), ...inner.attributes },
	};
}

export interface ReplyTo {
	readonly envid: string;
	readonly seqid: string;
	/** `rpl:join`. */
	readonly id: string;
}

export interface ReplyContent {
	readonly code: number;
	readonly text: string;
	readonly data: readonly XmlElement[];
	/** Other parts of the same reply follow. */
	readonly more?: boolean;
}

export function encodeReply(
	envid: string,
	to: ReplyTo,
	{ code, text, data, more }: ReplyContent,
): string {
	return encodeEnvelope(
		envid,
		element(
			"rpl",
			{ id: to.id, seqid: 1, more: more === true ? "true" : undefined },
			element("commandid", { seqid: to.seqid, envid: to.envid }),
			element("resp", { code }, text),
			element("data", {}, ...onLines(data)),
		),
	);
}

/** SIP servers on the way refuse lines over 8,192 bytes. */
function onLines(data: readonly XmlElement[]): readonly XmlNode[] {
	return data.flatMap((node, index) => (index === 0 ? [node] : ["\n", node]));
}

/** An envelope around one message or reply, or one or several notices. */
export function encodeEnvelope(
	envid: string,
	...contents: readonly XmlElement[]
): string {
	return writeXml(
		element("xccos", { ver: 1, envid, xmlns: namespace }, ...contents),
	);
}

const end = "</xccos>";

/**
 * One envelope with what is in these, in their order; each on lines of its own.
 * COMPAT(pidgin-sipe): two messages must never share one, unless the client has said that it reads them.
 */
export function mergeEnvelopes(bodies: readonly string[]): string {
	const [first = ""] = bodies;
	const contents = bodies.map((body) =>
		body.slice(body.indexOf(">") + 1, -end.length),
	);
	return `${first.slice(0, first.indexOf(">") + 1)}${contents.join("\n")}${end}`;
}
