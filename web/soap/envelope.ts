/** SOAP 1.1 envelopes: what is asked in one, how it is answered, and its four kinds of fault. Pure. */
import { ChatError } from "../../plugin/errors.ts";
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

const soapNamespace = "http://schemas.xmlsoap.org/soap/envelope/";
/** Of every operation, and of its fields. */
const serviceNamespace = "http://www.microsoft.com";
const nextActor = "http://schemas.xmlsoap.org/soap/actor/next";

export interface SoapRequest {
	readonly operation: string;
	/** By local name, as written. */
	readonly fields: ReadonlyMap<string, string>;
}

/** What a message that is not what it should be is answered, before anything is done for it. */
export class SoapFault extends Error {
	override readonly name = "SoapFault";
	readonly code: "VersionMismatch" | "MustUnderstand";

	constructor(code: SoapFault["code"], message: string) {
		super(message);
		this.code = code;
	}
}

/** `action`: the header SOAPAction. Throws `SoapFault`, `ChatError('malformed')`. */
export function readRequest(
	xml: string,
	action: string | undefined,
): SoapRequest {
	const root = parseXml(xml);
	const scope = scopeOf(root, () => undefined);
	if (localName(root.name) !== "Envelope") throw malformed("an Envelope");
	if (namespaceOf(root, scope) !== soapNamespace) {
		throw new SoapFault(
			"VersionMismatch",
			`The Envelope must be of SOAP 1.1: ${soapNamespace}`,
		);
	}
	const parts = children(root).map((part) => ({
		part,
		inner: scopeOf(part, scope),
	}));
	const named = (name: string) =>
		parts.filter(
			({ part, inner }) =>
				localName(part.name) === name &&
				namespaceOf(part, inner) === soapNamespace,
		);
	for (const { part, inner } of named("Header")) understandNothing(part, inner);
	const [body, second] = named("Body");
	if (body === undefined || second !== undefined) throw malformed("one Body");
	const [asked, more] = children(body.part);
	if (asked === undefined || more !== undefined) {
		throw malformed("one operation in its Body");
	}
	if (namespaceOf(asked, scopeOf(asked, body.inner)) !== serviceNamespace) {
		throw malformed(`an operation of ${serviceNamespace}`);
	}
	const operation = localName(asked.name);
	demandAction(action, operation);
	const fields = children(asked).map(
		(field) => [localName(field.name), textOf(field)] as const,
	);
	return { operation, fields: new Map(fields) };
}

/** `result` undefined: there is nothing to tell. */
export function writeAnswer(
	operation: string,
	result: string | undefined,
): string {
	return enveloped(
		element(
			`${operation}Response`,
			{ xmlns: serviceNamespace },
			...(result === undefined
				? []
				: [element(`${operation}Result`, {}, result)]),
		),
	);
}

/** With `reason` the fault is of what the Body asks, and that is its detail. */
export function writeFault({
	code,
	sentence,
	reason,
}: {
	readonly code: SoapFault["code"] | "Client" | "Server";
	readonly sentence: string;
	readonly reason?: string;
}): string {
	return enveloped(
		element(
			"soap:Fault",
			{},
			element("faultcode", {}, `soap:${code}`),
			element("faultstring", {}, sentence),
			...(reason === undefined
				? []
				: [element("detail", {}, element("reason", {}, reason))]),
		),
	);
}

function enveloped(node: XmlNode): string {
	const envelope = element(
		"soap:Envelope",
		{ "xmlns:soap": soapNamespace },
		element("soap:Body", {}, node),
	);
	return `<?xml version="1.0" encoding="utf-8"?>${writeXml(envelope)}`;
}

/** Prefix → namespace; the default one has the empty prefix. */
type Scope = (prefix: string) => string | undefined;

/** Asked outwards, never copied: there may be many elements and many prefixes. */
function scopeOf({ attributes }: XmlElement, outer: Scope): Scope {
	return (prefix) => {
		const name = prefix === "" ? "xmlns" : `xmlns:${prefix}`;
		return Object.hasOwn(attributes, name) ? attributes[name] : outer(prefix);
	};
}

function namespaceOf({ name }: XmlElement, scope: Scope): string | undefined {
	const colon = name.indexOf(":");
	return scope(colon < 0 ? "" : name.slice(0, colon));
}

/** Whoever sends a header that must be understood wants no answer without. Those for others are none of our business. */
function understandNothing(header: XmlElement, scope: Scope): void {
	for (const entry of children(header)) {
		const own = scopeOf(entry, scope);
		const said = (name: string) => {
			const key = Object.keys(entry.attributes).find(
				(attribute) =>
					localName(attribute) === name &&
					own(attribute.slice(0, attribute.indexOf(":"))) === soapNamespace,
			);
			return key === undefined ? undefined : optionalAttribute(entry, key);
		};
		const actor = said("actor");
		const isForUs = actor === undefined || actor === "" || actor === nextActor;
		if (isForUs && said("mustUnderstand") === "1") {
			throw new SoapFault(
				"MustUnderstand",
				`The header ${localName(entry.name).slice(0, 60)} is not understood here.`,
			);
		}
	}
}

/** The header is what tells a request of a SOAP client from one that a page of another site can make. */
function demandAction(action: string | undefined, operation: string): void {
	const named = /^\s*"?([^"]*)"?\s*$/.exec(action ?? "")?.[1];
	if (named === `${serviceNamespace}/${operation}`) return;
	throw new ChatError(
		"malformed",
		`The header SOAPAction must be "${serviceNamespace}/${operation.slice(0, 60)}".`,
	);
}

function malformed(wanted: string): ChatError {
	return new ChatError("malformed", `The message must have ${wanted}.`);
}
