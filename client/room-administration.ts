/** Making rooms, changing them and their roles, and finding the people for them. The service decides who may. */
import {
	children,
	element,
	optionalAttribute,
	type XmlElement,
} from "../plugin/xccos/xml.ts";
import type { Ask } from "./ask.ts";
import { ChatRefused } from "./errors.ts";
import type {
	CategoryInfo,
	Found,
	Principal,
	RoleLists,
	RoomDetails,
	RoomFields,
	RoomInfo,
} from "./types.ts";
import { readRooms, userPart } from "./xccos/blocks.ts";
import type { Reply } from "./xccos/envelope.ts";
import { filled, isTrue, named } from "./xccos/read.ts";

/** All reject as the methods of `ChatClient` do; `ChatRefused` with 409 when a name is taken or somebody else was faster. */
export interface RoomAdministration {
	/** Where one may make rooms. */
	categories(): Promise<readonly CategoryInfo[]>;
	/** Who makes it manages it; by default it is closed. `category`: as `categories` names it. */
	create(
		fields: RoomFields & { readonly name: string; readonly category: string },
		roles?: Partial<RoleLists>,
	): Promise<RoomInfo>;
	/** What is not named stays. With the `version` of the room as it was read, a room changed since is refused. */
	change(room: string, fields: RoomFields, version?: string): Promise<RoomInfo>;
	/** Principals by their URIs. */
	changeRoles(
		room: string,
		change: {
			readonly add?: Partial<RoleLists>;
			readonly remove?: Partial<RoleLists>;
		},
	): Promise<RoomDetails>;
	/** With its roles, for those who manage it. */
	info(room: string): Promise<RoomDetails>;
	/** Who could be given a role in the room, by URI; `after`: those that follow. */
	eligible(room: string, after?: string): Promise<Found>;
	/** People and groups whose name, address or e-mail has all the words. */
	people(words: string): Promise<Found>;
}

const roleNames = ["members", "managers", "presenters"] as const;
const visibility = {
	open: "OPEN",
	closed: "SCOPED",
	secret: "PRIVATE",
} as const;

export function createRoomAdministration(ask: Ask): RoomAdministration {
	return {
		async categories() {
			const parts = await ask("nodespermcreatechild");
			return parts.flatMap(({ data }) =>
				readRooms(data).map(({ uri, name, description }) => ({
					uri,
					name,
					description,
				})),
			);
		},
		async create(fields, roles = {}) {
			const lists = roleElements(roles);
			return oneRoom(await ask("chancreate", chanib({}, fields), ...lists));
		},
		async change(room, fields, version) {
			const audit = element("audit", { updatedon: version });
			const read = version === undefined ? [] : [audit];
			const block = chanib({ uri: room }, fields, ...read);
			return oneRoom(await ask("chanmodify", block));
		},
		async changeRoles(room, { add = {}, remove = {} }) {
			return details(
				await ask(
					"chanroles",
					element("chanib", { uri: room }),
					element("add", {}, ...roleElements(add)),
					element("remove", {}, ...roleElements(remove)),
				),
			);
		},
		async info(room) {
			return details(await ask("chaninfo", element("chanib", { uri: room })));
		},
		async eligible(room, after) {
			return found(
				await ask(
					"geteligible",
					element("chanib", { uri: room }),
					element("page", { after }),
				),
			);
		},
		async people(words) {
			return found(await ask("usersrch", element("qib", { criteria: words })));
		},
	};
}

function chanib(
	attributes: Readonly<Record<string, string>>,
	fields: RoomFields,
	...inside: readonly XmlElement[]
): XmlElement {
	const { addIn } = fields;
	return element(
		"chanib",
		{
			...attributes,
			name: fields.name,
			description: fields.description,
			parent: fields.category,
			visibility: fields.privacy && visibility[fields.privacy],
			behavior:
				fields.auditorium === undefined
					? undefined
					: fields.auditorium
						? "AUDITORIUM"
						: "NORMAL",
			disabled:
				fields.disabled === undefined ? undefined : String(fields.disabled),
			invite:
				fields.invitations === undefined
					? undefined
					: String(fields.invitations),
			...(addIn === null && { siopname: "", siopurl: "" }),
			...(addIn && { siopname: addIn.name, siopurl: addIn.url }),
		},
		...inside,
	);
}

function roleElements(roles: Partial<RoleLists>): readonly XmlElement[] {
	return roleNames.flatMap((role) => {
		const uris = roles[role];
		if (uris === undefined) return [];
		return [element(role, {}, ...uris.map((uri) => element("uib", { uri })))];
	});
}

function oneRoom(parts: readonly Reply[]): RoomInfo {
	const [room] = parts.flatMap(({ data }) => readRooms(data));
	if (room) return room;
	throw new ChatRefused("room", 500, "the reply names no room");
}

/** A long list goes on in the next part. */
function details(parts: readonly Reply[]): RoomDetails {
	const data = parts.flatMap((part) => part.data);
	const info = oneRoom(parts);
	const listed = (role: (typeof roleNames)[number]) =>
		named(data, role).flatMap((list) => principals(children(list)));
	if (named(data, "members").length === 0) return { info };
	return {
		info,
		roles: {
			members: listed("members"),
			managers: listed("managers"),
			presenters: listed("presenters"),
		},
	};
}

function found(parts: readonly Reply[]): Found {
	const data = parts.flatMap((part) => part.data);
	const [page] = named(data, "page");
	return {
		principals: principals(data),
		more: isTrue(page && optionalAttribute(page, "moreAvailable")),
	};
}

const kinds: Readonly<Record<string, Principal["kind"]>> = {
	"8": "domain",
	"9": "group",
};

function principals(data: readonly XmlElement[]): readonly Principal[] {
	return named(data, "uib").flatMap((uib) => {
		const uri = filled(uib, "uri");
		if (uri === undefined) return [];
		const name = filled(uib, "uname") ?? userPart(uri);
		const kind = kinds[optionalAttribute(uib, "type") ?? ""] ?? "user";
		return [{ uri, name, kind }];
	});
}
