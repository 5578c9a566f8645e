/** The directory as administrators keep it: users, groups, policy, administrators. A change is felt at once by whoever is connected. */
import { randomUUID } from "node:crypto";
import { ChatError } from "../errors.ts";
import type {
	Credentials,
	Page,
	Transaction,
	UserRecord,
} from "../store/index.ts";
import { mayAdminister } from "./access.ts";
import { checkName, checkPrincipals, checkText, demandFew } from "./checks.ts";
import type { Directory } from "./directory.ts";
import { reassessHolders } from "./reassessment.ts";
import { tell } from "./telling.ts";
import type {
	Actor,
	Group,
	GroupId,
	NamedPrincipal,
	Policy,
	PolicyScope,
	Principal,
	User,
	UserUri,
} from "./types.ts";
import type { RoomsWork } from "./work.ts";

export interface NewPerson {
	/** `sip:name@domain`, lower case. */
	readonly uri: UserUri;
	/** Default: the name in the URI. */
	readonly displayName?: string;
	readonly email?: string;
	/** Default true. */
	readonly active?: boolean;
	readonly credentials?: Credentials;
}

export type PersonChange = Partial<Omit<NewPerson, "uri">>;

/** All but `findPeople` and `named` throw `forbidden` for anybody but administrators. */
export interface People {
	/** Users by name, URI or e-mail address, and groups by name. Throws `too-large` for more than 20 words. */
	findPeople(
		actor: Actor,
		criteria: string,
		limit: number,
	): ReturnType<Directory["search"]>;
	/** In the order asked. */
	named(
		actor: Actor,
		principals: readonly Principal[],
	): Promise<readonly NamedPrincipal[]>;
	/** Somebody whom the SIP network asserts and the directory does not know: taken into it where his domain's policy admits him. */
	admit(asserted: {
		readonly uri: UserUri;
		readonly displayName?: string;
	}): Promise<User | undefined>;
	users(actor: Actor, page: Page<UserUri>): Promise<readonly UserRecord[]>;
	/** Throws `name-taken`, `malformed`, `too-large`. */
	addUser(actor: Actor, person: NewPerson): Promise<void>;
	/** Throws `no-such-principal`, `malformed`, `too-large`. */
	changeUser(actor: Actor, uri: UserUri, change: PersonChange): Promise<void>;
	/** Throws `no-such-principal`. */
	removeUser(actor: Actor, uri: UserUri): Promise<void>;
	groups(actor: Actor): Promise<readonly Group[]>;
	/** Throws `name-taken`, `malformed`, `no-such-principal`. */
	createGroup(
		actor: Actor,
		name: string,
		members: readonly Principal[],
	): Promise<Group>;
	/** Throws as `createGroup`. Members are given whole, or added and removed. */
	changeGroup(
		actor: Actor,
		id: GroupId,
		change: {
			readonly name?: string;
			readonly add?: readonly Principal[];
			readonly remove?: readonly Principal[];
		},
	): Promise<Group>;
	/** With every right given to it. Throws `no-such-principal`. */
	removeGroup(actor: Actor, id: GroupId): Promise<void>;
	policies(actor: Actor): Promise<readonly Policy[]>;
	/** Throws `malformed`. */
	setPolicy(actor: Actor, policy: Policy): Promise<void>;
	/** The next wider scope decides again. Throws `malformed`. */
	unsetPolicy(actor: Actor, scope: PolicyScope): Promise<void>;
	administrators(actor: Actor): Promise<readonly Principal[]>;
	/** The whole list. Throws `malformed`, `no-such-principal`. */
	setAdministrators(
		actor: Actor,
		principals: readonly Principal[],
	): Promise<void>;
}

const maxWords = 20;

export function createPeople(work: RoomsWork): People {
	const { store, directory, rights, limits } = work;

	/** An administrator's change, recorded, and felt by those who hold the principals. */
	async function change<T>(
		actor: Actor,
		subject: string,
		write: (
			tx: Transaction,
		) => Promise<{ before: unknown; after: unknown; result: T }>,
		concerned: () => readonly Principal[],
	): Promise<T> {
		mayAdminister(await rights.of(actor));
		const result = await store.transaction(async (tx) => {
			const written = await write(tx);
			await tx.outbox.add({
				id: randomUUID(),
				type: "directory-changed",
				at: work.now(),
				actor,
				subject,
				before: written.before,
				after: written.after,
			});
			return written.result;
		});
		rights.changed();
		const principals = concerned();
		if (principals.length > 0) await reassessHolders(work, principals);
		return result;
	}

	async function administrator(actor: Actor): Promise<void> {
		mayAdminister(await rights.of(actor));
	}

	async function changePolicy(
		actor: Actor,
		scope: PolicyScope,
		write: (tx: Transaction) => Promise<Policy | undefined>,
	): Promise<void> {
		await administrator(actor);
		checkScope(scope);
		await change(
			actor,
			scope,
			async (tx) => ({
				before: await tx.policies.find(scope),
				after: await write(tx),
				result: undefined,
			}),
			() => [],
		);
		await tell(work, {
			type: "policy",
			...(scope.startsWith("sip:") && { users: [scope as UserUri] }),
		});
	}

	return {
		async findPeople(_, criteria, limit) {
			const words = criteria.split(/\s+/).filter((word) => word !== "");
			if (words.length > maxWords) {
				throw new ChatError(
					"too-large",
					`A search takes at most ${maxWords} words.`,
				);
			}
			const most = Math.max(1, Math.min(limit, limits.searchResults));
			return directory.search(words, most);
		},
		named: (_, principals) => directory.named(principals),
		admit: (asserted) => admit(work, asserted),
		async users(actor, page) {
			await administrator(actor);
			return store.users.list(page);
		},
		async addUser(actor, { uri, active = true, ...person }) {
			await administrator(actor);
			const displayName = person.displayName ?? nameIn(uri);
			checkPerson(work, uri, { ...person, displayName });
			const user = {
				...person,
				uri,
				displayName,
				guid: randomUUID(),
				enabled: active,
			};
			await change(
				actor,
				uri,
				async (tx) => {
					await tx.users.add(user);
					const { credentials: _, ...after } = user;
					return { before: undefined, after, result: undefined };
				},
				() => [],
			);
		},
		async changeUser(actor, uri, { active, ...person }) {
			await administrator(actor);
			checkPerson(work, uri, person);
			await change(
				actor,
				uri,
				async (tx) => {
					const before = await tx.users.find(uri);
					await tx.users.change(uri, {
						...person,
						...(active !== undefined && { enabled: active }),
					});
					const after = await tx.users.find(uri);
					return { before, after, result: undefined };
				},
				() => [],
			);
			await tell(work, { type: "policy", users: [uri] });
		},
		async removeUser(actor, uri) {
			await change(
				actor,
				uri,
				async (tx) => {
					const before = await tx.users.find(uri);
					await tx.users.remove(uri);
					return { before, after: undefined, result: undefined };
				},
				() => [uri as string as Principal],
			);
			await tell(work, { type: "policy", users: [uri] });
		},
		async groups(actor) {
			await administrator(actor);
			return store.groups.list();
		},
		async createGroup(actor, name, members) {
			await administrator(actor);
			checkName(work, "group", name);
			await checkPrincipals(work, members);
			const id = randomUUID() as GroupId;
			const group: Group = { id, name, members: [...new Set(members)] };
			return change(
				actor,
				`group:${id}`,
				async (tx) => {
					await tx.groups.add(group);
					return { before: undefined, after: group, result: group };
				},
				() => [],
			);
		},
		async changeGroup(actor, id, { name, add = [], remove = [] }) {
			await administrator(actor);
			if (name !== undefined) checkName(work, "group", name);
			await checkPrincipals(work, add);
			demandFew(remove);
			if (add.includes(`group:${id}` as Principal)) {
				throw new ChatError(
					"malformed",
					"A group cannot be a member of itself.",
				);
			}
			return change(
				actor,
				`group:${id}`,
				async (tx) => {
					const before = await tx.groups.lock(id);
					const removed = new Set(remove);
					const kept = before.members.filter((each) => !removed.has(each));
					const after: Group = {
						id,
						name: name ?? before.name,
						members: [...new Set([...kept, ...add])].sort(),
					};
					await tx.groups.change(after);
					return { before, after, result: after };
				},
				() => [...add, ...remove],
			);
		},
		async removeGroup(actor, id) {
			let members: readonly Principal[] = [];
			await change(
				actor,
				`group:${id}`,
				async (tx) => {
					const before = await tx.groups.lock(id);
					members = before.members;
					await tx.groups.remove(id);
					return { before, after: undefined, result: undefined };
				},
				() => members,
			);
		},
		async policies(actor) {
			await administrator(actor);
			return store.policies.list();
		},
		setPolicy: (actor, { scope, enabled, admit }) =>
			changePolicy(actor, scope, async (tx) => {
				if (admit && !scope.startsWith("domain:")) {
					throw new ChatError(
						"malformed",
						"Only the people of a domain can be admitted by themselves: write domain:NAME.",
					);
				}
				const policy: Policy = { scope, enabled, admit };
				await tx.policies.set(policy);
				return policy;
			}),
		unsetPolicy: (actor, scope) =>
			changePolicy(actor, scope, async (tx) => {
				await tx.policies.unset(scope);
				return undefined;
			}),
		async administrators(actor) {
			await administrator(actor);
			return store.policies.administrators();
		},
		async setAdministrators(actor, principals) {
			await administrator(actor);
			await checkPrincipals(work, principals);
			let before: readonly Principal[] = [];
			await change(
				actor,
				"administrators",
				async (tx) => {
					before = await tx.policies.administrators();
					await tx.policies.setAdministrators(principals);
					return { before, after: principals, result: undefined };
				},
				() => [...before, ...principals],
			);
		},
	};
}

async function admit(
	work: RoomsWork,
	{ uri, displayName = nameIn(uri) }: Parameters<People["admit"]>[0],
): Promise<User | undefined> {
	const { store, directory, log } = work;
	const domain = `domain:${uri.slice(uri.lastIndexOf("@") + 1)}` as const;
	if (!isUserUri(uri)) return undefined;
	if ((await store.policies.find(domain))?.admit !== true) return undefined;
	const named = [displayName, nameIn(uri)]
		.map(fitting)
		.find(
			(name) => name !== "" && work.wire.forbiddenCharacter(name) === undefined,
		);
	if (named === undefined) return undefined;
	const guid = randomUUID();
	const user = { uri, displayName: named, guid, enabled: true };
	try {
		await store.transaction(async (tx) => {
			await tx.users.add(user);
			await tx.outbox.add({
				id: randomUUID(),
				type: "directory-changed",
				at: work.now(),
				actor: user,
				subject: uri,
				before: undefined,
				after: user,
			});
		});
		log.info({ user: uri }, "taken into the directory");
	} catch (error) {
		// Two of his requests came at once, and the other one was first.
		if (!(error instanceof ChatError && error.reason === "name-taken")) {
			throw error;
		}
	}
	return directory.find(uri);
}

/** What others say of somebody, as a name here. */
function fitting(name: string): string {
	const oneLine = name.replace(/\s+/g, " ").trim();
	return [...oneLine].slice(0, 256).join("").trim();
}

/** `sip:name@domain` as the directory keeps it. */
const userShape = /^sip:[^@\s<>";,?]+@[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

function isUserUri(uri: string): boolean {
	return userShape.test(uri) && uri === uri.toLowerCase() && uri.length <= 255;
}

function checkPerson(
	work: RoomsWork,
	uri: UserUri,
	{ displayName, email }: Pick<PersonChange, "displayName" | "email">,
): void {
	if (!isUserUri(uri)) {
		throw new ChatError(
			"malformed",
			`"${uri.slice(0, 80)}" is no user's address: write sip:name@domain in lower case.`,
		);
	}
	if (displayName !== undefined) checkName(work, "user", displayName);
	if (email !== undefined) checkText(work, "An e-mail address", email);
}

function checkScope(scope: string): void {
	const isDomain = /^domain:[a-z0-9.-]+$/.test(scope) && scope.length <= 255;
	if (scope === "everybody" || isDomain || isUserUri(scope)) return;
	throw new ChatError(
		"malformed",
		`"${scope.slice(0, 80)}" is nobody of whom a policy can be said: write everybody, domain:name or sip:name@domain, in lower case.`,
	);
}

function nameIn(uri: UserUri): string {
	return uri.slice("sip:".length).split("@")[0] ?? uri;
}
