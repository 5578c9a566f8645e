/** Who may lose something by a change, wherever it is felt: looked for page by page. */
import { inScope } from "./access.ts";
import type { Supposed } from "./losses.ts";
import { roleNames } from "./roles.ts";
import type { Holder, Principal, Room, UserUri } from "./types.ts";
import type { RoomsWork } from "./work.ts";

/** People looked at in one turn. */
const atOnce = 500;

/** What somebody has to show at any door. */
export interface Ability extends Holder {
	/** Account and policy let him. */
	readonly enabled: boolean;
}

export interface Person {
	readonly user: UserUri;
	readonly before: Ability;
	readonly after: Ability;
}

/** Those who may lose something in any of the rooms. */
export async function peopleOf(
	work: RoomsWork,
	supposed: Supposed,
): Promise<ReadonlyMap<UserUri, Person>> {
	const people = new Map<UserUri, Person>();
	const keep = async (users: readonly UserUri[]) => {
		for (const person of await known(work, supposed, users)) {
			if (mayLose(supposed, person)) people.set(person.user, person);
		}
	};
	if (supposed.of === "room") {
		const { room, before } = supposed;
		const named = roleNames.flatMap((role) => before.roles[role]);
		const visitors = before.privacy === "open" ? before.scope.allowed : [];
		await eachCovered(work, [...named, ...visitors], [], keep);
		const users = named.filter((each) => each.startsWith("sip:"));
		await keep(users.map((each) => each as string as UserUri));
		await keep([...(await presentIn(work, room))]);
	} else if (supposed.of === "category") {
		const { allowed, denied } = supposed.before;
		await eachCovered(work, allowed, denied, keep);
	} else if (supposed.concerned === "everybody") {
		await eachUser(work, keep);
	} else await eachCovered(work, supposed.concerned, [], keep);
	return people;
}

/** Most people lose nothing by most changes: they are not looked at room by room. */
function mayLose(supposed: Supposed, { before, after }: Person): boolean {
	switch (supposed.of) {
		case "room":
			return true;
		case "category":
			return (
				inScope(supposed.before, before) && !inScope(supposed.after, before)
			);
		case "directory":
			return (
				before.enabled !== after.enabled ||
				before.administrator !== after.administrator ||
				[...before.principals].sort().join() !==
					[...after.principals].sort().join()
			);
	}
}

export async function known(
	{ directory }: RoomsWork,
	supposed: Supposed,
	users: readonly UserUri[],
): Promise<readonly Person[]> {
	const holders = await directory.holders(users);
	if (supposed.of !== "directory") {
		return [...holders].map(([user, holder]) => {
			const ability = { ...holder, enabled: true };
			return { user, before: ability, after: ability };
		});
	}
	const { supposing } = supposed;
	const then = await directory.holders(users, supposing);
	const enabled = await directory.enabled(users);
	const enabledThen = await directory.enabled(users, supposing);
	return [...holders].map(([user, holder]) => ({
		user,
		before: { ...holder, enabled: enabled.has(user) },
		after: { ...(then.get(user) ?? holder), enabled: enabledThen.has(user) },
	}));
}

async function eachCovered(
	{ directory }: RoomsWork,
	principals: readonly Principal[],
	except: readonly Principal[],
	work: (users: readonly UserUri[]) => Promise<void>,
): Promise<void> {
	for (let after: UserUri | undefined; ; ) {
		const page = { except, after, limit: atOnce };
		const users = await directory.covered(principals, page);
		await work(users.map(({ uri }) => uri));
		after = users.at(-1)?.uri;
		if (users.length < atOnce) return;
	}
}

async function eachUser(
	{ store }: RoomsWork,
	work: (users: readonly UserUri[]) => Promise<void>,
): Promise<void> {
	for (let after: UserUri | undefined; ; ) {
		const users = await store.users.list({ after, limit: atOnce });
		await work(users.map(({ uri }) => uri));
		after = users.at(-1)?.uri;
		if (users.length < atOnce) return;
	}
}

export async function presentIn(
	{ store }: RoomsWork,
	{ id }: Room,
): Promise<ReadonlySet<UserUri>> {
	const present = new Set<UserUri>();
	for (let after: UserUri | undefined; ; ) {
		const page = { after, limit: atOnce };
		const here = await store.participants.inRoom(id, page);
		for (const { user } of here) present.add(user.uri);
		after = here.at(-1)?.user.uri;
		if (here.length < atOnce) return present;
	}
}
