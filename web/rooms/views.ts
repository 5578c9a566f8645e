/** Rooms, people and messages as pages see them; times are ISO 8601 in UTC. */
import { z } from "zod";
import type {
	Message,
	NamedPrincipal,
	Principal,
	Role,
	Roles,
	Room,
	RoomId,
	RoomSummary,
	User,
} from "../../plugin/index.ts";

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** In an address: the GUID of a room. */
export const ofRoom = z.strictObject({
	room: z
		.string()
		.regex(guid, "must be a GUID")
		.transform((text) => text.toLowerCase() as RoomId),
});

const whole = (most: number) => z.coerce.number().int().min(1).max(most);
export const sequenceNumber = whole(Number.MAX_SAFE_INTEGER);
/** How many are wanted, at most. */
export const limit = (most: number) => whole(most).default(Math.min(most, 50));

export const personView = z.object({
	uri: z.string(),
	name: z.string(),
	email: z.string().optional(),
});

export const principalView = z.object({
	/** `sip:alice@example.com`, `domain:example.com`, `group:<GUID>` */
	principal: z.string(),
	name: z.string(),
	/** False for what the directory does not know. */
	known: z.boolean(),
});

const lists = z.array(principalView);

/** Who has roles in a room. */
export const rolesView = z.object({
	member: lists,
	manager: lists,
	presenter: lists,
});

export const roomView = z.object({
	id: z.string(),
	name: z.string(),
	description: z.string(),
	category: z.object({
		id: z.string(),
		name: z.string(),
		invitations: z.boolean(),
		files: z.boolean(),
		history: z.boolean(),
		/** Days that messages are kept, where the category says so; 0: for ever. */
		retainDays: z.number().optional(),
	}),
	privacy: z.enum(["open", "closed", "secret"]),
	type: z.enum(["normal", "auditorium"]),
	invitations: z.enum(["inherit", "off"]),
	disabled: z.boolean(),
	addIn: z.object({ name: z.string(), url: z.string() }).optional(),
	/** Phones write to it at `sip:room.<alias>@<domain>`; to any room at `sip:room.<id>@<domain>`. */
	alias: z.string().optional(),
	/** How many users are in it now. */
	participants: z.number(),
	/** The number of the newest message; 0 in a new room. */
	lastSequence: z.number(),
});

export const messageView = z.object({
	sequence: z.number(),
	author: personView,
	/** Plain text, never HTML. */
	text: z.string(),
	alert: z.boolean(),
	postedAt: z.string(),
	/** An administrator has put this text there. */
	replacedAt: z.string().optional(),
});

export function viewOfRoom({
	room,
	participantCount,
}: RoomSummary): z.output<typeof roomView> {
	const { id, name, description, category } = room;
	return {
		id,
		name,
		description,
		category: {
			id: category.id,
			name: category.name,
			invitations: category.invitations,
			files: category.files,
			history: category.history,
			...(category.retainDays !== null && { retainDays: category.retainDays }),
		},
		privacy: room.privacy,
		type: room.type,
		invitations: room.invitations,
		disabled: room.disabled,
		...(room.addIn !== undefined && { addIn: room.addIn }),
		...(room.alias !== undefined && { alias: room.alias }),
		participants: participantCount,
		lastSequence: room.lastSequence,
	};
}

/** Who changed it last, and which state that is: to be said when one changes it. */
export const auditView = z.object({
	createdBy: z.string(),
	createdAt: z.string(),
	updatedBy: z.string(),
	updatedAt: z.string(),
});

export function auditOf(room: Room): z.output<typeof auditView> {
	return {
		createdBy: room.createdBy,
		createdAt: room.createdAt.toISOString(),
		updatedBy: room.updatedBy,
		updatedAt: room.updatedAt.toISOString(),
	};
}

export function viewOfPerson({
	uri,
	displayName,
	email,
}: Pick<User, "uri" | "displayName" | "email">): z.output<typeof personView> {
	return { uri, name: displayName, ...(email !== undefined && { email }) };
}

export function viewOfPrincipal({
	principal,
	name,
	known,
}: NamedPrincipal): z.output<typeof principalView> {
	return { principal, name, known };
}

/** `named`: the principals with their names, in the order asked. */
export async function rolesWithNames(
	roles: Roles,
	named: (
		principals: readonly Principal[],
	) => Promise<readonly NamedPrincipal[]>,
): Promise<z.output<typeof rolesView>> {
	const of = async (role: Role) =>
		roles[role].length === 0
			? []
			: (await named(roles[role])).map(viewOfPrincipal);
	return {
		member: await of("member"),
		manager: await of("manager"),
		presenter: await of("presenter"),
	};
}

export function viewOfMessage(message: Message): z.output<typeof messageView> {
	const { sequence, author, text, alert, postedAt, replaced } = message;
	return {
		sequence,
		author: viewOfPerson(author),
		text,
		alert,
		postedAt: postedAt.toISOString(),
		...(replaced !== undefined && { replacedAt: replaced.at.toISOString() }),
	};
}
