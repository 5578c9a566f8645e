/** Who may lose something by a change, wherever it is felt: looked for page by page. */
import { scopeOf } from "./access.ts";
import { isSameList } from "./lists.ts";
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

/** Those who may lose something in any of the rooms. `onPage`: called now and then; what it throws ends the looking. */
export async function peopleOf(
	work: RoomsWork,
	supposed: Supposed,
	onPage: () => void,
): Promise<ReadonlyMap<UserUri, Person>> {
	const people = new Map<UserUri, Person>();
	const mayLose = whoMayLose(supposed);
	const keep = async (users: readonly UserUri[]) => {
		onPage();
		for (const person of await known(work, supposed, users)) {
			if (mayLose(person)) people.set(person.user, person);
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
function whoMayLose(supposed: Supposed): (person: Person) => boolean {
	switch (supposed.of) {
		case "room":
			return () => true;
		case "category": {
			const [was, is] = [scopeOf(supposed.before), scopeOf(supposed.after)];
			return ({ before }) => was(before) && !is(before);
		}
		case "directory":
			return ({ before, after }) =>
				before.enabled !== after.enabled ||
				before.administrator !== after.administrator ||
				!isSameList(before.principals, after.principals);
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

/** Groups are looked into once, however many pages of people there are. */
async function eachCovered(
	{ directory }: RoomsWork,
	principals: readonly Principal[],
	except: readonly Principal[],
	work: (users: readonly UserUri[]) => Promise<void>,
): Promise<void> {
	const wanted = await directory.expanded(principals);
	const unwanted = new Set(await directory.expanded(except));
	const isUser = (each: Principal) => each.startsWith("sip:");
	const named = wanted.filter((each) => isUser(each) && !unwanted.has(each));
	const domains = wanted.filter((each) => !isUser(each) && !unwanted.has(each));
	const denied = [...unwanted].filter((each) => !isUser(each));
	for (let start = 0; start < named.length; start += atOnce) {
		const page = { except: denied, limit: atOnce };
		const some = named.slice(start, start + atOnce);
		const users = await directory.covered(some, page);
		await work(users.map(({ uri }) => uri));
	}
	for (const domain of domains) {
		for (let after: UserUri | undefined; ; ) {
			const page = { after, limit: atOnce };
			const users = await directory.covered([domain], page);
			const uris = users.map(({ uri }) => uri);
			await work(
				uris.filter((uri) => !unwanted.has(uri as string as Principal)),
			);
			after = uris.at(-1);
			if (users.length < atOnce) break;
		}
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
