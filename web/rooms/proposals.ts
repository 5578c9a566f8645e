/** What pages say of a room that is to be made or changed. */
import { z } from "zod";
import type {
	CategoryId,
	Losses,
	NamedPrincipal,
	Principal,
	RoomChange,
	UserUri,
} from "../../plugin/index.ts";

export const categoryId = z
	.guid()
	.transform((text) => text.toLowerCase() as CategoryId);

const principal = z
	.string()
	.max(300)
	.regex(
		/^(sip|domain|group):./,
		"must be like sip:alice@example.com, domain:example.com or group:<GUID>",
	)
	.transform((text) => text.toLowerCase() as Principal);

/** The rooms have a limit of their own, and say it. */
const principals = z.array(principal).max(20_000);

const privacy = z.enum(["open", "closed", "secret"]);
const type = z.enum(["normal", "auditorium"]);
const invitations = z.enum(["inherit", "off"]);
const addIn = z.strictObject({ name: z.string(), url: z.string() });

const listChange = z.union([
	z.strictObject({ set: principals }),
	z.strictObject({
		add: principals.default([]),
		remove: principals.default([]),
	}),
]);

export const newRoom = z.strictObject({
	name: z.string(),
	category: categoryId,
	description: z.string().default(""),
	privacy: privacy.default("closed"),
	type: type.default("normal"),
	invitations: invitations.default("inherit"),
	addIn: addIn.optional(),
	alias: z.string().optional(),
	roles: z
		.strictObject({
			member: principals.default([]),
			manager: principals.default([]),
			presenter: principals.default([]),
		})
		.optional(),
});

const properties = z.strictObject({
	name: z.string().optional(),
	category: categoryId.optional(),
	description: z.string().optional(),
	privacy: privacy.optional(),
	type: type.optional(),
	invitations: invitations.optional(),
	disabled: z.boolean().optional(),
	/** `null` takes it away. */
	addIn: addIn.nullable().optional(),
	/** Likewise. */
	alias: z.string().nullable().optional(),
});

/** What is not named stays. */
export const proposal = z.strictObject({
	properties: properties.default({}),
	roles: z
		.strictObject({
			member: listChange.optional(),
			manager: listChange.optional(),
			presenter: listChange.optional(),
		})
		.default({}),
});

export const change = proposal.extend({
	/** The `updatedAt` of the room as it was read; one that has been changed since is not changed (409). */
	readAt: z.iso.datetime().transform((text) => new Date(text)),
});

export function changeOf({
	properties: { addIn, alias, ...rest },
	roles,
}: z.output<typeof proposal>): RoomChange {
	return {
		properties: {
			...present(rest),
			...(addIn !== undefined && { addIn: addIn ?? undefined }),
			...(alias !== undefined && { alias: alias ?? undefined }),
		},
		roles: present(roles),
	};
}

/** Without the names of which nothing is said. */
export function present<T extends object>(
	given: T,
): { [Name in keyof T]: Exclude<T[Name], undefined> } {
	return Object.fromEntries(
		Object.entries(given).filter(([, value]) => value !== undefined),
	) as { [Name in keyof T]: Exclude<T[Name], undefined> };
}

export const lossesView = z.object({
	/** At most 1,000. */
	losses: z.array(
		z.object({
			room: z.object({ id: z.string(), name: z.string() }),
			principal: z.string(),
			/** As the directory knows him. */
			name: z.string(),
			/** What he would be no more. */
			was: z.array(
				z.enum(["member", "manager", "presenter", "participant", "visitor"]),
			),
		}),
	),
	/** How many there are beside those. */
	more: z.number(),
	/** There may be still more. */
	cut: z.boolean(),
});

/** `named`: the principals with their names, in the order asked. */
export async function viewOfLosses(
	{ losses, more, cut }: Losses,
	named: (
		principals: readonly Principal[],
	) => Promise<readonly NamedPrincipal[]>,
): Promise<z.output<typeof lossesView>> {
	const names = await named(losses.map(({ principal }) => principal));
	return {
		losses: losses.map(({ room, principal, was }, index) => ({
			room: { id: room.id, name: room.name },
			principal,
			name: names[index]?.name ?? principal,
			was: [...was],
		})),
		more,
		cut,
	};
}

export const eligiblePage = z.strictObject({
	/** The last address of the page before. */
	after: z
		.string()
		.max(255)
		.transform((text) => text as UserUri)
		.optional(),
	limit: z.coerce.number().int().min(1).max(500).default(50),
});
