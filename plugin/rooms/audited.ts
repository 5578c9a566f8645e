/** Which of what is done to rooms are acts of administration, and as what they are written down; every door comes through here. */
import type { Act, Auditing } from "./auditing.ts";
import type { Rooms } from "./index.ts";

type ActOf = {
	readonly [Name in keyof Rooms]?: (args: Parameters<Rooms[Name]>) => Act;
};

const acts: ActOf = {
	addUser: ([, { uri, ...details }]) => act("user-added", uri, details),
	changeUser: ([, uri, change]) => act("user-changed", uri, { ...change }),
	removeUser: ([, uri]) => act("user-removed", uri),
	createGroup: ([, name, members]) => act("group-added", name, { members }),
	changeGroup: ([, id, change]) =>
		act("group-changed", `group:${id}`, { ...change }),
	removeGroup: ([, id]) => act("group-removed", `group:${id}`),
	setPolicy: ([, { scope, ...details }]) => act("policy-set", scope, details),
	unsetPolicy: ([, scope]) => act("policy-unset", scope),
	setAdministrators: ([, principals]) =>
		act("administrators-changed", "administrators", { set: principals }),
	changeAdministrators: ([, change]) =>
		act("administrators-changed", "administrators", { ...change }),
	createCategory: ([, { name, ...details }]) =>
		act("category-added", name, details),
	changeCategory: ([, id, change]) =>
		act("category-changed", id, { ...change }),
	removeCategory: ([, id]) => act("category-removed", id),
	createRoom: ([, { name, ...details }]) => ({
		...act("room-added", name, details),
		alsoManagers: true,
	}),
	changeRoom: ([, id, { properties, roles }]) => ({
		...act("room-changed", id, { properties, roles }),
		alsoManagers: true,
	}),
	removeRoom: ([, id]) => act("room-removed", id),
	listMessages: ([, room, which]) => act("messages-listed", room, { ...which }),
	deleteMessages: ([, { room, ...which }]) =>
		act("messages-deleted", room ?? "all rooms", which),
	replaceMessages: ([, { room, ...which }]) =>
		act("messages-replaced", room ?? "all rooms", which),
	clearRoom: ([, room, before]) => act("room-cleared", room, { before }),
	registerAddIn: ([, { name, url }]) => act("add-in-added", name, { url }),
	changeAddIn: ([, { name, url }]) => act("add-in-changed", name, { url }),
	removeAddIn: ([, name]) => act("add-in-removed", name),
};

function act(
	action: string,
	subject: string,
	details: Readonly<Record<string, unknown>> = {},
): Act {
	return { action, subject, details };
}

type Doing = (...args: readonly unknown[]) => Promise<unknown>;

/** The same rooms, with everything that administrators do written down. */
export function audited(rooms: Rooms, { asAct }: Auditing): Rooms {
	const doing = rooms as unknown as Readonly<Record<string, Doing>>;
	const written = Object.entries(
		acts as Readonly<Record<string, (args: readonly unknown[]) => Act>>,
	).map(([name, describe]): [string, Doing] => [
		name,
		(...args) => {
			const [actor] = args as Parameters<Rooms["removeRoom"]>;
			return asAct(
				actor,
				describe(args),
				async () => await doing[name]?.(...args),
			);
		},
	]);
	return { ...rooms, ...Object.fromEntries(written) };
}
