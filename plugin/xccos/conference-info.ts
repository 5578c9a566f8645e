/** Who is in a room, as `application/conference-info+xml` (RFC 4575): all of it, or what is others since the last time. */
import type { UserUri } from "../rooms/types.ts";
import { element, writeXml, type XmlElement } from "./xml.ts";

export const conferenceInfoType = "application/conference-info+xml";

/** What a subscriber is told of a room. */
export interface ConferenceState {
	readonly name: string;
	readonly description: string;
	readonly count: number;
	/** By name; undefined where only how many there are is told. */
	readonly users: ReadonlyMap<UserUri, string> | undefined;
}

interface Told {
	/** The address of the room. */
	readonly entity: string;
	/** Goes up by one each time. */
	readonly version: number;
	readonly budgetBytes: number;
}

/**
 * All there is. Too many to fit are told without their endpoints, or only counted: `state` is what was told in truth. */
export function encodeWholeConference(
	{ entity, version, budgetBytes }: Told,
	state: ConferenceState,
): { readonly body: string; readonly state: ConferenceState } {
	const counted = { ...state, users: undefined };
	const write = (users: readonly XmlElement[]) =>
		document(entity, version, "full", [
			describe(state),
			counts(state),
			...(users.length > 0 ? [element("users", {}, ...users)] : []),
		]);
	for (const withEndpoint of [true, false]) {
		const all = [...(state.users ?? [])].map(([uri, name]) =>
			user(uri, name, withEndpoint),
		);
		const body = write(all);
		if (Buffer.byteLength(body) <= budgetBytes) return { body, state };
	}
	return { body: write([]), state: counted };
}

/** What is others than `before`; undefined when that cannot be said so, or not within the budget. */
export function encodeConferenceChange(
	{ entity, version, budgetBytes }: Told,
	before: ConferenceState,
	now: ConferenceState,
): string | undefined {
	if ((before.users === undefined) !== (now.users === undefined)) {
		return undefined;
	}
	const was = before.users ?? new Map<UserUri, string>();
	const is = now.users ?? new Map<UserUri, string>();
	const changed = [
		...[...is]
			.filter(([uri, name]) => was.get(uri) !== name)
			.map(([uri, name]) => user(uri, name, true)),
		...[...was.keys()]
			.filter((uri) => !is.has(uri))
			.map((uri) => element("user", { entity: uri, state: "deleted" })),
	];
	const isDescribed =
		before.name === now.name && before.description === now.description;
	const body = document(entity, version, "partial", [
		...(isDescribed ? [] : [describe(now)]),
		counts(now),
		...(changed.length > 0
			? [element("users", { state: "partial" }, ...changed)]
			: []),
	]);
	return Buffer.byteLength(body) <= budgetBytes ? body : undefined;
}

/** Would a subscriber who knows the one learn anything from the other? */
export function isSameConference(
	one: ConferenceState,
	other: ConferenceState,
): boolean {
	return (
		one.name === other.name &&
		one.description === other.description &&
		one.count === other.count &&
		one.users?.size === other.users?.size &&
		[...(one.users ?? [])].every(
			([uri, name]) => other.users?.get(uri) === name,
		)
	);
}

function document(
	entity: string,
	version: number,
	state: "full" | "partial",
	parts: readonly XmlElement[],
): string {
	const xmlns = "urn:ietf:params:xml:ns:conference-info";
	const root = { xmlns, entity, state, version };
	return `<?xml version="1.0" encoding="UTF-8"?>\n${writeXml(element("conference-info", root, ...parts))}`;
}

function describe({ name, description }: ConferenceState): XmlElement {
	return element(
		"conference-description",
		{},
		element("display-text", {}, name),
		...(description === "" ? [] : [element("subject", {}, description)]),
	);
}

function counts({ count }: ConferenceState): XmlElement {
	return element(
		"conference-state",
		{},
		element("user-count", {}, String(count)),
		element("active", {}, "true"),
	);
}

function user(uri: UserUri, name: string, withEndpoint: boolean): XmlElement {
	return element(
		"user",
		{ entity: uri, state: "full" },
		element("display-text", {}, name),
		...(withEndpoint
			? [
					element(
						"endpoint",
						{ entity: uri },
						element("status", {}, "connected"),
					),
				]
			: []),
	);
}
