/**
 * One room, whole; its roles too for those who manage it.
 * `<cmd id="cmd:chaninfo"><data><chanib uri="ma-chan://…"/></data></cmd>`, or `<chanib name="Operations"/>`
 * → `<data><chanib …><audit …/></chanib><members><uib …/>…</members><managers>…</managers><presenters>…</presenters></data>`;
 * a long list goes on in the next part.
 */
import type {
	NamedPrincipal,
	Principal,
	Role,
	Roles,
	RoomSummary,
} from "../rooms/types.ts";
import {
	audit,
	chanib,
	parseRoomUri,
	roleLists,
	uibOfPrincipal,
} from "../xccos/elements.ts";
import { splitElements } from "../xccos/split.ts";
import {
	attribute,
	child,
	element,
	optionalAttribute,
	type XmlElement,
} from "../xccos/xml.ts";
import { ofRoom } from "./about.ts";
import {
	type Answer,
	type Budget,
	type CommandContext,
	command,
} from "./command.ts";

export const roomInfo = command({
	id: "cmd:chaninfo",
	decode(data, { domain }) {
		const block = child(data, "chanib");
		const uri = optionalAttribute(block, "uri");
		return uri === undefined || uri === ""
			? { name: attribute(block, "name") }
			: { room: parseRoomUri(uri, domain) };
	},
	async handle(wanted, context) {
		const { session, rooms } = context;
		const found = await ("room" in wanted
			? rooms.room(session.actor, wanted.room)
			: rooms.roomNamed(session.actor, wanted.name));
		return named(found, context);
	},
	encode: (info, context, budget) => ({
		...encodeRoomInfo(info, context, budget),
		about: ofRoom(info.room.id),
	}),
});

export interface RoomInfo extends RoomSummary {
	readonly roles?: Roles;
	readonly names: ReadonlyMap<Principal, NamedPrincipal>;
}

/** The room with the names of those who have roles in it. */
export async function named(
	room: RoomSummary & { readonly roles?: Roles },
	{ session, rooms }: Pick<CommandContext, "session" | "rooms">,
): Promise<RoomInfo> {
	const principals = [
		...new Set(Object.values(room.roles ?? {}).flat() as Principal[]),
	];
	const names =
		principals.length === 0 ? [] : await rooms.named(session.actor, principals);
	return {
		...room,
		names: new Map(names.map((each) => [each.principal, each])),
	};
}

export function encodeRoomInfo(
	info: RoomInfo,
	{ service: { domain } }: Pick<CommandContext, "service">,
	{ frameBytes }: Budget,
): Answer {
	const room = chanib(domain, info, audit(info.room));
	const lists =
		info.roles === undefined
			? []
			: (Object.keys(roleLists) as Role[]).flatMap((role) =>
					roleElements(domain, role, info, frameBytes),
				);
	return { parts: splitElements([room, ...lists], frameBytes) };
}

/** The role's list, in as many elements as it takes; one when nobody has the role. */
function roleElements(
	domain: string,
	role: Role,
	{ roles, names }: RoomInfo,
	frameBytes: number,
): XmlElement[] {
	const tagBytes = 40;
	const uibs = (roles?.[role] ?? []).map((principal) =>
		uibOfPrincipal(
			domain,
			names.get(principal) ?? { principal, name: principal, known: false },
		),
	);
	return splitElements(uibs, frameBytes - tagBytes).map((some) =>
		element(roleLists[role], {}, ...some),
	);
}
