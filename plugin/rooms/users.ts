/** The users of the directory, as administrators keep them; and those whom the SIP network brings along. */
import { randomUUID } from "node:crypto";
import { ChatError } from "../errors.ts";
import type { Credentials, Page, UserRecord } from "../store/index.ts";
import { demandAdministrator } from "./administrators.ts";
import { checkName, checkText } from "./checks.ts";
import { changeDirectory } from "./directory-changes.ts";
import { tell } from "./telling.ts";
import type { Actor, Principal, User, UserUri } from "./types.ts";
import type { RoomsWork } from "./work.ts";

export interface UserRequest {
	/** `sip:name@domain`, lower case. */
	readonly uri: UserUri;
	/** Default: the name in the URI. */
	readonly displayName?: string;
	readonly email?: string;
	/** Default true. */
	readonly active?: boolean;
	readonly credentials?: Credentials;
}

export type UserChange = Partial<Omit<UserRequest, "uri">>;

/** All but `admit` throw `forbidden` for anybody but administrators. */
export interface Users {
	/** Somebody whom the SIP network asserts and the directory does not know: taken into it where his domain's policy admits him. */
	admit(asserted: {
		readonly uri: UserUri;
		readonly displayName?: string;
	}): Promise<User | undefined>;
	users(actor: Actor, page: Page<UserUri>): Promise<readonly UserRecord[]>;
	/** Throws `name-taken`, `malformed`, `too-large`. */
	addUser(actor: Actor, person: UserRequest): Promise<void>;
	/** Throws `no-such-principal`, `malformed`, `too-large`. */
	changeUser(actor: Actor, uri: UserUri, change: UserChange): Promise<void>;
	/** Throws `no-such-principal`. */
	removeUser(actor: Actor, uri: UserUri): Promise<void>;
}

export function createUsers(work: RoomsWork): Users {
	const { store } = work;
	return {
		admit: (asserted) => admit(work, asserted),
		async users(actor, page) {
			await demandAdministrator(work, actor);
			return store.users.list(page);
		},
		async addUser(actor, { uri, active = true, ...person }) {
			await demandAdministrator(work, actor);
			const displayName = person.displayName ?? nameIn(uri);
			checkUser(work, uri, { ...person, displayName });
			const user = {
				...person,
				uri,
				displayName,
				guid: randomUUID(),
				active,
			};
			await changeDirectory(work, actor, uri, async (tx) => {
				await tx.users.add(user);
				const { credentials: _, ...after } = user;
				// What names him is given later.
				return {
					before: undefined,
					after,
					result: undefined,
					concerned: [],
				};
			});
		},
		async changeUser(actor, uri, { active, ...person }) {
			await demandAdministrator(work, actor);
			checkUser(work, uri, person);
			await changeDirectory(work, actor, uri, async (tx) => {
				const before = await tx.users.find(uri);
				await tx.users.change(uri, {
					...person,
					...(active !== undefined && { active }),
				});
				const after = await tx.users.find(uri);
				return { before, after, result: undefined, concerned: [] };
			});
			await tell(work, { type: "policy", users: [uri] });
		},
		async removeUser(actor, uri) {
			await changeDirectory(work, actor, uri, async (tx) => {
				const before = await tx.users.find(uri);
				await tx.users.remove(uri);
				const concerned = [uri as string as Principal];
				return { before, after: undefined, result: undefined, concerned };
			});
			await tell(work, { type: "policy", users: [uri] });
		},
	};
}

async function admit(
	work: RoomsWork,
	{ uri, displayName = nameIn(uri) }: Parameters<Users["admit"]>[0],
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
	const user = { uri, displayName: named, guid, active: true };
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

export function isUserUri(uri: string): boolean {
	return userShape.test(uri) && uri === uri.toLowerCase() && uri.length <= 255;
}

function checkUser(
	work: RoomsWork,
	uri: UserUri,
	{ displayName, email }: Pick<UserChange, "displayName" | "email">,
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

function nameIn(uri: UserUri): string {
	return uri.slice("sip:".length).split("@")[0] ?? uri;
}
