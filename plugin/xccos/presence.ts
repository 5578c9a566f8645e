/**
 * Presence documents on the wire (MS-PRES): `<publish>` read; `<roamingData>` and the fault of a wrong version written. The
 * data of a publication goes through as the element that was sent; only the rooms named in it are looked for. Names that no
 * public source settles are kept here.
 */
import { ChatError } from "../errors.ts";
import type {
	Publication,
	PublicationChange,
	PublicationKey,
	Published,
	RoomId,
	UserUri,
} from "../rooms/types.ts";
import { roomUriOf, wireTime } from "./elements.ts";
import {
	attribute,
	checkPrefixes,
	child,
	children,
	element,
	localName,
	optionalAttribute,
	parseXml,
	writeXml,
	type XmlElement,
	type XmlNode,
} from "./xml.ts";

export const publishType = "application/msrtc-category-publish+xml";
export const roamingSelfType = "application/vnd-microsoft-roaming-self+xml";
export const faultType = "application/msrtc-fault+xml";

const namespaces = {
	data: "http://schemas.microsoft.com/2006/09/sip/rich-presence",
	roaming: "http://schemas.microsoft.com/2006/09/sip/roaming-self",
	categories: "http://schemas.microsoft.com/2006/09/sip/categories",
} as const;
const maxRequestBytes = 64 * 1024;
const maxNumber = 4_294_967_295;
/** About 68 years. */
const maxExpiresSeconds = 2 ** 31 - 1;

/** `<publish><publications uri><publication categoryName instance container version expireType expires?>…`. Throws `ChatError`. */
export function decodePublish(text: string): {
	/** Whose document is to be changed, as the client wrote it. */
	readonly uri: string;
	readonly changes: readonly PublicationChange[];
} {
	if (Buffer.byteLength(text) > maxRequestBytes) {
		throw new ChatError(
			"too-large",
			`A request has at most ${maxRequestBytes} bytes.`,
		);
	}
	const publish = parseXml(text);
	if (localName(publish.name) !== "publish") {
		throw malformed("The root element must be <publish>.");
	}
	const publications = child(publish, "publications");
	const all = children(publications, "publication");
	if (all.length === 0) {
		throw malformed("<publications> needs a <publication>.");
	}
	return {
		uri: attribute(publications, "uri"),
		changes: all.map((each) =>
			decodePublication(each, [publish, publications]),
		),
	};
}

function decodePublication(
	publication: XmlElement,
	outer: readonly XmlElement[],
): PublicationChange {
	const expires = optionalAttribute(publication, "expires");
	const expiresSeconds =
		expires === undefined ? undefined : number("expires", expires);
	const expireType = optionalAttribute(publication, "expireType") ?? "static";
	if (!/^[a-z]{1,32}$/i.test(expireType)) {
		throw malformed("An expireType is one word, like static.");
	}
	const change = {
		name: decodeName(attribute(publication, "categoryName")),
		instance: number("instance", attribute(publication, "instance")),
		container: number("container", attribute(publication, "container")),
		version: number("version", attribute(publication, "version")),
		expireType,
	};
	if (expiresSeconds === 0) return change;
	const [data, second] = children(publication);
	if (data === undefined || second !== undefined) {
		throw malformed(
			'A <publication> holds one element; expires="0" removes what was published.',
		);
	}
	return {
		...change,
		data: standAlone(data, [...outer, publication]),
		...(expiresSeconds !== undefined &&
			expireType !== "static" && {
				expiresSeconds: Math.min(expiresSeconds, maxExpiresSeconds),
			}),
	};
}

function decodeName(name: string): string {
	if (!/^[^\s\p{C}]{1,128}$/u.test(name)) {
		throw malformed("A categoryName has 1 to 128 characters and no blanks.");
	}
	return name;
}

function number(name: string, value: string): number {
	const read = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
	if (read <= maxNumber) return read;
	throw malformed(`${name} must be a whole number of at most ${maxNumber}.`);
}

/** The element as text, with the namespaces that were declared around it. */
function standAlone(data: XmlElement, outer: readonly XmlElement[]): string {
	const declared: Record<string, string> = {};
	for (const { attributes } of outer) {
		for (const [name, value] of Object.entries(attributes)) {
			if (name === "xmlns" || name.startsWith("xmlns:")) declared[name] = value;
		}
	}
	const written = writeXml(data);
	const used = Object.entries(declared).filter(
		([name]) => name === "xmlns" || written.includes(`${name.slice(6)}:`),
	);
	const whole = {
		...data,
		attributes: { ...Object.fromEntries(used), ...data.attributes },
	};
	checkPrefixes(whole);
	return writeXml(whole);
}

/** `<roamingData>` with these publications in as many documents as it takes; each but those of one large one within `budgetBytes`. */
export function* encodeDocument(
	user: UserUri,
	publications: readonly Publication[],
	removed: readonly PublicationKey[],
	{ at, budgetBytes }: { readonly at: Date; readonly budgetBytes: number },
): Iterable<string> {
	const bare = Buffer.byteLength(encodeRoaming(user, []));
	let group: XmlElement[] = [];
	let bytes = bare;
	for (const each of categories(publications, removed, at)) {
		const size = Buffer.byteLength(writeXml(each)) + 1;
		if (group.length > 0 && bytes + size > budgetBytes) {
			yield encodeRoaming(user, group);
			group = [];
			bytes = bare;
		}
		group.push(each);
		bytes += size;
	}
	yield encodeRoaming(user, group);
}

/** The answer to a `<publish>`: what has changed, as it is now. */
export function encodePublished(
	user: UserUri,
	published: readonly Published[],
	at: Date,
): string {
	const blocks = published.map(({ publication, ...key }) =>
		publication === undefined
			? emptyCategory(key, key.version)
			: category(publication, at),
	);
	return encodeRoaming(user, blocks);
}

function encodeRoaming(user: UserUri, blocks: readonly XmlElement[]): string {
	return writeXml(
		element(
			"roamingData",
			{ xmlns: namespaces.roaming },
			element(
				"categories",
				{ xmlns: namespaces.categories, uri: user },
				...blocks.flatMap((block): XmlNode[] => ["\n", block]),
			),
		),
	);
}

function* categories(
	publications: readonly Publication[],
	removed: readonly PublicationKey[],
	at: Date,
): Iterable<XmlElement> {
	for (const publication of publications) yield category(publication, at);
	for (const key of removed) yield emptyCategory(key);
}

/** The data has a line of its own: SIP servers on the way refuse lines over 8,192 bytes. */
function category(publication: Publication, at: Date): XmlElement {
	const { version, publishedAt, expireType, expiresAt, data } = publication;
	const left =
		expiresAt && Math.ceil((expiresAt.getTime() - at.getTime()) / 1000);
	return element(
		"category",
		{
			...keyAttributes(publication),
			publishTime: wireTime(publishedAt),
			version,
			expireType,
			expires: left,
		},
		"\n",
		{ written: data },
		"\n",
	);
}

/** An empty one says that it was removed. */
function emptyCategory(key: PublicationKey, version?: number): XmlElement {
	return element("category", { ...keyAttributes(key), version });
}

function keyAttributes({ name, instance, container }: PublicationKey) {
	return { name, instance, container };
}

/** The body of a 409: which operations, counted from 1, were not at the current version. */
export function encodeWrongVersions(
	conflicts: readonly { readonly index: number; readonly version: number }[],
): string {
	const operations = conflicts.map(({ index, version }) =>
		element("operation", { index: index + 1, curVersion: version }),
	);
	return writeXml(
		element(
			"Fault",
			{},
			element("Faultcode", {}, "Client.BadCall.WrongDelta"),
			element("details", {}, ...operations),
		),
	);
}

/** The data of a `roomSetting`: the shape is MS-PRES's (section 2.2.2.7.13), the property's name is ours. */
export function encodeRoomSetting(domain: string, room: RoomId): string {
	return writeXml(
		element(
			"propertyList",
			{ xmlns: namespaces.data },
			element(
				"property",
				{ name: "RoomUri", type: "string" },
				element("value", {}, roomUriOf(domain, room)),
			),
		),
	);
}

/** The rooms of this domain that the data names anywhere, each once. */
export function roomsNamedIn(domain: string, data: string): readonly RoomId[] {
	const pattern = new RegExp(
		`ma-chan://${domain.replaceAll(".", "\\.")}/([0-9a-z][0-9a-z-]{0,35})(?![0-9a-z-])`,
		"gi",
	);
	const ids = [...data.matchAll(pattern)].map(([, id = ""]) =>
		id.toLowerCase(),
	);
	return [...new Set(ids)] as RoomId[];
}

function malformed(sentence: string): ChatError {
	return new ChatError("malformed", sentence);
}
