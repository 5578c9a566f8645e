/** Operations on rooms. */
import { z } from "zod";
import { ChatError } from "../../plugin/errors.ts";
import type {
	Role,
	RoomProperties,
	UserUri,
} from "../../plugin/rooms/types.ts";
import { found } from "./add-ins.ts";
import { adding } from "./addition.ts";
import { change } from "./change.ts";
import {
	categoryNamed,
	changeOf,
	listChange,
	type PrincipalsChange,
	principals,
	roomNamed,
	written,
	writtenList,
} from "./names.ts";
import { type OperationWork, operation } from "./operation.ts";
import { roomDetailsView, roomView } from "./views.ts";

const pageUsers = 500;

const properties = {
	description: z.string().max(1_000).optional(),
	privacy: z.enum(["open", "closed", "secret"]).optional(),
	type: z.enum(["normal", "auditorium"]).optional(),
	invitations: z.enum(["inherit", "off"]).optional(),
	disabled: z.boolean().optional(),
	/** null takes it away. */
	alias: z.string().max(300).toLowerCase().nullable().optional(),
};
const addIn = z.strictObject({
	name: z.string().max(1_000),
	/** Default: as it is registered. */
	url: z.string().max(10_000).optional(),
});

export const addRoom = adding(
	{
		action: "room-added",
		subject: ({ name }) => name,
	},
	z.strictObject({
		name: written,
		category: written,
		...properties,
		addIn: addIn.optional(),
		members: writtenList.optional(),
		managers: writtenList.optional(),
		presenters: writtenList.optional(),
	}),
	async (work, { category, members, managers, presenters, ...given }) => {
		const addIn = await addInOf(work, given.addIn);
		const room = {
			...named({ ...given, addIn }),
			name: given.name,
			category: (await categoryNamed(work, category)).id,
			roles: {
				member: await principals(work, members),
				manager: await principals(work, managers),
				presenter: await principals(work, presenters),
			},
		};
		const { rooms, actor } = work;
		return {
			addition: { room },
			make: async () =>
				roomDetailsView(work, await rooms.createRoom(actor, room)),
		};
	},
);

export const setRoom = change(
	{
		action: "room-changed",
		subject: ({ room }) => room,
	},
	z.strictObject({
		room: written,
		name: written.optional(),
		category: written.optional(),
		...properties,
		/** null takes it away. */
		addIn: addIn.nullable().optional(),
		members: listChange.optional(),
		managers: listChange.optional(),
		presenters: listChange.optional(),
	}),
	async (work, { room, category, ...given }) => {
		const { rooms, actor } = work;
		const { id, name } = await roomNamed(work, room);
		const before = await rooms.room(actor, id);
		const lists = {
			member: given.members,
			manager: given.managers,
			presenter: given.presenters,
		};
		const roles: Partial<Record<Role, PrincipalsChange>> = {};
		for (const role of roleNames) {
			const by = lists[role];
			const has = before.roles?.[role] ?? [];
			if (by === undefined) continue;
			const what = `${role}s of ${name}`;
			roles[role] = await changeOf(work, what, has, by);
		}
		const change = {
			properties: {
				...named({ ...given, addIn: await addInOf(work, given.addIn) }),
				...(category !== undefined && {
					category: (await categoryNamed(work, category)).id,
				}),
			},
			roles,
			readAt: before.room.updatedAt,
		};
		return {
			proposal: { room: id, change },
			make: async () =>
				roomDetailsView(work, await rooms.changeRoom(actor, id, change)),
		};
	},
);

export const removeRoom = change(
	{
		action: "room-removed",
		subject: ({ room }) => room,
	},
	z.strictObject({ room: written }),
	async (work, { room }) => {
		const { id, name } = await roomNamed(work, room);
		return {
			proposal: { room: id, change: "remove" },
			async make() {
				await work.rooms.removeRoom(work.actor, id);
				return { id, name };
			},
		};
	},
);

export const getRoom = operation(
	z.strictObject({ room: written }),
	async (work, { room }) => {
		const { id } = await roomNamed(work, room);
		return roomDetailsView(work, await work.rooms.room(work.actor, id));
	},
);

/** By name. `more`: there are others beyond the limit. */
export const listRooms = operation(
	z.strictObject({
		words: z.array(z.string().min(1).max(300)).max(20).optional(),
		category: written.optional(),
		privacy: properties.privacy,
		type: properties.type,
		invitations: properties.invitations,
		disabled: z.boolean().optional(),
		addIn: z.string().max(300).optional(),
		members: writtenList.max(20).optional(),
		managers: writtenList.max(20).optional(),
		presenters: writtenList.max(20).optional(),
		namePattern: z.string().min(1).max(300).optional(),
		description: z.string().min(1).max(300).optional(),
		leastPosted: z.int().min(0).optional(),
		mostPosted: z.int().min(0).optional(),
		limit: z.int().min(1).max(100_000).default(1_000),
	}),
	async (work, { words = [], category, limit, ...given }) => {
		const { members, managers, presenters, ...search } = given;
		const held = { member: members, manager: managers, presenter: presenters };
		const holding = [];
		for (const role of roleNames) {
			for (const text of held[role] ?? []) {
				holding.push({ role, principals: await principals(work, [text]) });
			}
		}
		const found = await work.rooms.roomList(work.actor, {
			...search,
			words,
			descriptions: true,
			category:
				category === undefined
					? undefined
					: (await categoryNamed(work, category)).id,
			holding,
			limit: limit + 1,
		});
		return {
			rooms: found.slice(0, limit).map(roomView),
			more: found.length > limit,
		};
	},
);

/** Who could be given a role there, by URI, a page at a time: `next` is where the following one begins. */
export const eligibleUsers = operation(
	z.strictObject({
		room: written.optional(),
		category: written.optional(),
		after: z.string().max(300).optional(),
	}),
	async (work, { room, category, after }) => {
		if ((room === undefined) === (category === undefined)) {
			throw new ChatError("malformed", "Name either a room or a category.");
		}
		const of =
			category === undefined
				? { room: (await roomNamed(work, room ?? "")).id }
				: { category: (await categoryNamed(work, category)).id };
		const page = { after: after as UserUri | undefined, limit: pageUsers };
		const users = await work.rooms.eligible(work.actor, of, page);
		return {
			users: users.map(({ uri, displayName, email, enabled }) => ({
				uri: uri as string,
				name: displayName,
				email: email || null,
				enabled,
			})),
			next: users.length === 0 ? null : (users.at(-1)?.uri ?? null),
		};
	},
);

const roleNames = ["member", "manager", "presenter"] as const;

type Given = z.output<z.ZodObject<typeof properties>> & {
	readonly name?: string | undefined;
	readonly addIn?: RoomProperties["addIn"] | null | undefined;
};

/** Throws `malformed` for one without an address that is not registered. */
async function addInOf(
	work: OperationWork,
	given: z.output<typeof addIn> | null | undefined,
) {
	if (given === null || given === undefined) return given;
	const { name, url } = given;
	return url === undefined ? found(work, name) : { name, url };
}

/** What was given, without what was not. */
function named({ name, description, privacy, type, ...given }: Given) {
	const { invitations, disabled, addIn, alias } = given;
	return {
		...(name !== undefined && { name }),
		...(description !== undefined && { description }),
		...(privacy !== undefined && { privacy }),
		...(type !== undefined && { type }),
		...(invitations !== undefined && { invitations }),
		...(disabled !== undefined && { disabled }),
		...(addIn !== undefined && { addIn: addIn ?? undefined }),
		...(alias !== undefined && { alias: alias ?? undefined }),
	};
}
