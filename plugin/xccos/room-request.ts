/**
 * What a client says of a room that it makes or changes: a `<chanib>`, and lists of `<uib>`s beside or inside it. Read
 * leniently: a field may be an attribute in any case, or an `<info>` or `<prop>` whose id ends with its name.
 */
import { ChatError } from "../errors.ts";
import type {
	Principal,
	Role,
	RoleChanges,
	RoomProperties,
} from "../rooms/types.ts";
import { parseCategoryUri, parsePrincipal, roleLists } from "./elements.ts";
import {
	attribute,
	children,
	localName,
	optionalAttribute,
	textOf,
	type XmlElement,
} from "./xml.ts";

/** What is said of the room; what is not named is not there. Throws `ChatError('malformed')`, `no-such-category`. */
export function readProperties(
	chanib: XmlElement,
	domain: string,
): Partial<RoomProperties> {
	const parent = field(chanib, "parent");
	return present({
		name: field(chanib, "name"),
		description: field(chanib, "description"),
		privacy: word(chanib, privacies, "visibility", "visibilty", "vis"),
		type: word(chanib, types, "behavior", "behaviour"),
		invitations: word(chanib, switches, "invite", "invitations"),
		disabled: word(chanib, truths, "disabled"),
		// COMPAT: clients that know no category write an empty one
		category: parent ? parseCategoryUri(parent, domain) : undefined,
		...addIn(chanib),
	});
}

/** Empty name and address take the add-in away. */
function addIn(chanib: XmlElement): Pick<RoomProperties, "addIn"> {
	const name = field(chanib, "siopname");
	const url = field(chanib, "siopurl");
	if (name === undefined && url === undefined) return {};
	const none = (name ?? "") === "" && (url ?? "") === "";
	return { addIn: none ? undefined : { name: name ?? "", url: url ?? "" } };
}

/** All but an add-in that is taken away. */
function present(
	fields: Readonly<Record<string, unknown>>,
): Partial<RoomProperties> {
	return Object.fromEntries(
		Object.entries(fields).filter(
			([name, value]) => value !== undefined || name === "addIn",
		),
	) as Partial<RoomProperties>;
}

const privacies = {
	open: "open",
	scoped: "closed",
	scope: "closed",
	closed: "closed",
	private: "secret",
	secret: "secret",
} as const;
const types = { normal: "normal", auditorium: "auditorium" } as const;
const switches = {
	true: "inherit",
	inherit: "inherit",
	false: "off",
	off: "off",
} as const;
const truths = { true: true, "1": true, false: false, "0": false } as const;

/** The meaning of a field that is one of some words, in any case. */
function word<Words extends Readonly<Record<string, unknown>>>(
	chanib: XmlElement,
	words: Words,
	...names: readonly string[]
): Words[keyof Words] | undefined {
	const text = names
		.map((name) => field(chanib, name))
		.find((value) => value !== undefined && value !== "");
	if (text === undefined) return undefined;
	const key = text.trim().toLowerCase();
	if (Object.hasOwn(words, key)) return words[key as keyof Words];
	throw new ChatError(
		"malformed",
		`${names[0]} cannot be "${text.slice(0, 40)}": write ${Object.keys(words)
			.filter((each) => !/^\d/.test(each))
			.join(", ")}.`,
	);
}

function field(chanib: XmlElement, name: string): string | undefined {
	const written = optionalAttribute(chanib, name);
	if (written !== undefined) return written;
	const inner = children(chanib).find((each) => {
		if (!["info", "prop"].includes(localName(each.name))) return false;
		const id = optionalAttribute(each, "id") ?? "";
		return id.toLowerCase().split(":").at(-1) === name;
	});
	return inner && textOf(inner);
}

/** The `updatedon` of an `<audit>` in it: the state of the room that the client had read. Throws `ChatError('malformed')`. */
export function readReadAt(chanib: XmlElement): Date | undefined {
	const [audit] = children(chanib, "audit");
	const text = audit && optionalAttribute(audit, "updatedon");
	if (text === undefined || text === "") return undefined;
	const at = new Date(text.replace(/(\.\d{3})\d+/, "$1"));
	if (!Number.isNaN(at.getTime())) return at;
	throw new ChatError(
		"malformed",
		"updatedon must be a time as the server wrote it, like 2026-11-22T09:00:00.1230000Z.",
	);
}

const roleNames = Object.keys(roleLists) as Role[];

/**
 * `<members>`, `<managers>`, `<presenters>` with `<uib uri>`s, in `<data>` or `<chanib>`: whole lists; those in `<add>` and
 * `<remove>` are added and taken away. Throws `ChatError('malformed')`.
 */
export function readRoles(data: XmlElement): RoleChanges {
	const places = [data, ...children(data, "chanib")];
	const inside = (name: string) =>
		places.flatMap((place) => children(place, name));
	const changes: Partial<Record<Role, RoleChanges[Role]>> = {};
	for (const role of roleNames) {
		const whole = listed(places, role);
		const add = listed(inside("add"), role);
		const remove = listed(inside("remove"), role);
		if (whole !== undefined && (add ?? remove) !== undefined) {
			throw new ChatError(
				"malformed",
				`The ${roleLists[role]} are given whole, or by <add> and <remove>, not both.`,
			);
		}
		if (whole !== undefined) changes[role] = { set: whole };
		else if ((add ?? remove) !== undefined) {
			changes[role] = { add: add ?? [], remove: remove ?? [] };
		}
	}
	return changes as RoleChanges;
}

/** Undefined when there is no such list at all: an empty one says that there is nobody. */
function listed(
	places: readonly XmlElement[],
	role: Role,
): readonly Principal[] | undefined {
	const lists = places.flatMap((place) => children(place, roleLists[role]));
	if (lists.length === 0) return undefined;
	return lists.flatMap((list) =>
		children(list, "uib").map((uib) => parsePrincipal(attribute(uib, "uri"))),
	);
}
