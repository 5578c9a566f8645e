/** Who may use persistent chat, and who administers it. */
import { ChatError } from "../errors.ts";
import type { Transaction } from "../store/index.ts";
import { demandAdministrator } from "./administrators.ts";
import { checkListChange } from "./checks.ts";
import { changeDirectory } from "./directory-changes.ts";
import { changedList } from "./lists.ts";
import type {
	Actor,
	ListChange,
	Policy,
	PolicyScope,
	Principal,
	UserUri,
} from "./types.ts";
import { isUserUri } from "./users.ts";
import type { RoomsWork } from "./work.ts";

/** All throw `forbidden` for anybody but administrators. */
export interface Policies {
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
	/** Others stay; gives the list as it is then. Throws likewise. */
	changeAdministrators(
		actor: Actor,
		change: ListChange,
	): Promise<readonly Principal[]>;
}

export function createPolicies(work: RoomsWork): Policies {
	const { store } = work;

	async function changePolicy(
		actor: Actor,
		scope: PolicyScope,
		write: (tx: Transaction) => Promise<Policy | undefined>,
	): Promise<void> {
		await demandAdministrator(work, actor);
		checkScope(scope);
		const users = [scope as UserUri];
		const event = {
			type: "policy",
			...(isUserUri(scope) && { users }),
		} as const;
		await changeDirectory(work, actor, scope, async (tx) => {
			// What was before stays so until it is kept.
			await tx.rights.change();
			const before = await tx.policies.find(scope);
			const after = await write(tx);
			const tells = [event];
			return { before, after, result: undefined, concerned: [], tells };
		});
	}

	return {
		async policies(actor) {
			await demandAdministrator(work, actor);
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
			await demandAdministrator(work, actor);
			return store.policies.administrators();
		},
		async setAdministrators(actor, principals) {
			await changeAdministrators(work, actor, { set: principals });
		},
		changeAdministrators: (actor, change) =>
			changeAdministrators(work, actor, change),
	};
}

async function changeAdministrators(
	work: RoomsWork,
	actor: Actor,
	change: ListChange,
): Promise<readonly Principal[]> {
	await demandAdministrator(work, actor);
	return changeDirectory(work, actor, "administrators", async (tx) => {
		await tx.rights.change();
		await checkListChange(tx, change);
		const before = await tx.policies.administrators();
		const after = changedList(before, change);
		await tx.policies.setAdministrators(after);
		const concerned = [...new Set([...before, ...after])];
		return { before, after, result: after, concerned };
	});
}

/** Throws `malformed`. */
export function checkScope(scope: string): void {
	const isDomain = /^domain:[a-z0-9.-]+$/.test(scope) && scope.length <= 255;
	if (scope === "everybody" || isDomain || isUserUri(scope)) return;
	throw new ChatError(
		"malformed",
		`"${scope.slice(0, 80)}" is nobody of whom a policy can be said: write everybody, domain:name or sip:name@domain, in lower case.`,
	);
}
