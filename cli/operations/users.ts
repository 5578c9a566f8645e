/** Operations on the users of the directory. */
import { z } from "zod";
import { hashCredentials } from "../../plugin/credentials.ts";
import { ChatError } from "../../plugin/errors.ts";
import type { UserUri } from "../../plugin/rooms/types.ts";
import { adding } from "./addition.ts";
import { change } from "./change.ts";
import { userUri, written } from "./names.ts";
import { type OperationWork, operation } from "./operation.ts";
import {
	type UserDetailsView,
	type UserView,
	userDetailsView,
	userView,
} from "./views.ts";

const pageUsers = 500;
/** Found by words: more are better narrowed by another word. */
const foundUsers = 100;

const properties = {
	user: written,
	name: z.string().max(1_000).optional(),
	email: z.string().max(1_000).optional(),
	active: z.boolean().optional(),
	password: z.string().min(1).max(1_000).optional(),
};

export const addUser = adding(
	{
		action: "user-added",
		subject: ({ user }) => user,
	},
	z.strictObject(properties),
	async (work, { user, ...given }) => {
		const uri = userUri(work, user);
		const request = { uri, ...person(work, uri, given) };
		return {
			addition: { user: request },
			async make() {
				await work.rooms.addUser(work.actor, request);
				return found(work, uri);
			},
		};
	},
);

export const setUser = change(
	{
		action: "user-changed",
		subject: ({ user }) => user,
	},
	z.strictObject(properties),
	async (work, { user, ...given }) => {
		const { rooms, actor } = work;
		const uri = (await found(work, userUri(work, user))).uri as UserUri;
		const change = person(work, uri, given);
		return {
			proposal: { user: uri, change },
			async make() {
				await rooms.changeUser(actor, uri, change);
				return found(work, uri);
			},
		};
	},
);

export const removeUser = change(
	{
		action: "user-removed",
		subject: ({ user }) => user,
	},
	z.strictObject({ user: written }),
	async (work, { user }) => {
		const { rooms, actor } = work;
		const { uri, name } = await found(work, userUri(work, user));
		return {
			proposal: { user: uri as UserUri, change: "remove" },
			async make() {
				await rooms.removeUser(actor, uri as UserUri);
				return { uri, name };
			},
		};
	},
);

export const getUser = operation(
	z.strictObject({ user: written }),
	async (work, { user }) => found(work, userUri(work, user)),
);

/** By URI, a page at a time: `next` is where the following one begins. */
export const listUsers = operation(
	z.strictObject({ after: z.string().max(300).optional() }),
	async ({ rooms, actor }, { after }) => {
		const page = { after: after as UserUri | undefined, limit: pageUsers };
		const users = await rooms.users(actor, page);
		const next = users.length < pageUsers ? null : (users.at(-1)?.uri ?? null);
		return { users: users.map(userView), next };
	},
);

/** By words of their name, URI or e-mail address. `more`: there are others. */
export const findUsers = operation(
	z.strictObject({ words: z.string().max(1_000) }),
	async ({ rooms, actor }, { words }) => {
		const { users, more } = await rooms.findPeople(actor, words, foundUsers);
		const details: UserView[] = [];
		for (const { uri } of users) {
			const user = await rooms.user(actor, uri);
			if (user !== undefined) details.push(userView(user));
		}
		return { users: details, more };
	},
);

type Given = Omit<z.output<z.ZodObject<typeof properties>>, "user">;

function person(
	{ domain }: OperationWork,
	uri: UserUri,
	{ name, email, active, password }: Given,
) {
	const user = uri.slice("sip:".length).split("@")[0] ?? "";
	return {
		...(name !== undefined && { displayName: name }),
		...(email !== undefined && { email }),
		...(active !== undefined && { active }),
		...(password !== undefined && {
			credentials: hashCredentials(user, domain, password),
		}),
	};
}

async function found(
	{ rooms, actor }: OperationWork,
	uri: UserUri,
): Promise<UserDetailsView> {
	const user = await rooms.user(actor, uri);
	if (user !== undefined) return userDetailsView(user);
	throw new ChatError(
		"no-such-principal",
		`There is no user ${uri}; "user list" shows those that there are.`,
	);
}
