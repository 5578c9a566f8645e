/** The users of the directory, as administrators keep them; and those whom the SIP network brings along. */
import { randomUUID } from "node:crypto";
import { ChatError } from "../errors.ts";
import type { Credentials, Page, UserRecord } from "../store/index.ts";
import { demandAdministrator } from "./administrators.ts";
import { checkText, isUnknown } from "./checks.ts";
import { changeDirectory } from "./directory-changes.ts";
import { takeEffect } from "./effect.ts";
import { checkName } from "./names.ts";
import type { Actor, Principal, UserUri } from "./types.ts";
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

/** All throw `forbidden` for anybody but administrators. */
export interface Users {
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
				// What was before stays so until it is kept.
				await tx.rights.change();
				const before = await tx.users.find(uri);
				await tx.users.change(uri, {
					...person,
					...(active !== undefined && { active }),
				});
				const after = await tx.users.find(uri);
				const tells = [{ type: "policy", users: [uri] }] as const;
				return { before, after, result: undefined, concerned: [], tells };
			});
		},
		async removeUser(actor, uri) {
			const tells = [{ type: "policy", users: [uri] }] as const;
			const concerned = [uri as string as Principal];
			const scope = { of: "holders", principals: concerned } as const;
			try {
				await changeDirectory(work, actor, uri, async (tx) => {
					await tx.rights.change();
					const before = await tx.users.find(uri);
					await tx.users.remove(uri);
					return {
						before,
						after: undefined,
						result: undefined,
						concerned,
						tells,
					};
				});
			} catch (error) {
				if (!isUnknown(error)) throw error;
				// Who asks again, because he was not answered, is to find nobody left.
				await takeEffect(work, { rights: false, scope, last: tells });
				throw error;
			}
		},
	};
}

/** `sip:name@domain` as the directory keeps it. */
const userShape = /^sip:[^@\s<>";,?]+@[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

export function isUserUri(uri: string): boolean {
	return userShape.test(uri) && uri === uri.toLowerCase() && uri.length <= 255;
}

/** Throws what is wrong with it. */
export function checkUser(
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

export function nameIn(uri: UserUri): string {
	return uri.slice("sip:".length).split("@")[0] ?? uri;
}
