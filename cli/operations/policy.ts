/** Operations on policy: who may use persistent chat at all. */
import { z } from "zod";
import { ChatError } from "../../plugin/errors.ts";
import type { PolicyScope, UserUri } from "../../plugin/rooms/types.ts";
import { change } from "./change.ts";
import { userUri, written } from "./names.ts";
import { type OperationWork, operation } from "./operation.ts";

export const setPolicy = change(
	{
		action: "policy-set",
		subject: ({ scope }) => scope,
	},
	z.strictObject({
		scope: written,
		enabled: z.boolean(),
		admit: z.boolean().optional(),
	}),
	async (work, { scope: text, enabled, admit }) => {
		const scope = scopeOf(work, text);
		const policies = await work.rooms.policies(work.actor);
		const kept = policies.find((policy) => policy.scope === scope)?.admit;
		const policy = { scope, enabled, admit: admit ?? kept ?? false };
		return {
			proposal: { policy: scope, enabled },
			async make() {
				await work.rooms.setPolicy(work.actor, policy);
				return { ...policy, known: await isKnown(work, scope) };
			},
		};
	},
);

export const unsetPolicy = change(
	{
		action: "policy-unset",
		subject: ({ scope }) => scope,
	},
	z.strictObject({ scope: written }),
	async (work, { scope: text }) => {
		const scope = scopeOf(work, text);
		const policies = await work.rooms.policies(work.actor);
		if (!policies.some((policy) => policy.scope === scope)) {
			throw new ChatError(
				"no-such-principal",
				`No policy is said of ${scope}; "policy list" shows those that there are.`,
			);
		}
		return {
			proposal: { policy: scope, enabled: undefined },
			async make() {
				await work.rooms.unsetPolicy(work.actor, scope);
				return { scope };
			},
		};
	},
);

export const listPolicies = operation(
	z.strictObject({}),
	async ({ rooms, actor }) =>
		(await rooms.policies(actor)).map(({ scope, enabled, admit }) => ({
			scope: scope as string,
			enabled,
			admit,
		})),
);

/** False for a user whom the directory does not know: he may be taken into it later, or be a slip of the pen. */
async function isKnown(
	{ rooms, actor }: OperationWork,
	scope: PolicyScope,
): Promise<boolean> {
	if (!scope.startsWith("sip:")) return true;
	return (await rooms.user(actor, scope as UserUri)) !== undefined;
}

function scopeOf(work: OperationWork, text: string): PolicyScope {
	if (/^everybody$/i.test(text)) return "everybody";
	if (/^group:/i.test(text)) {
		throw new ChatError(
			"malformed",
			"A policy is said of everybody, a domain (domain:NAME) or a user, not of a group.",
		);
	}
	if (/^domain:/i.test(text)) return text.toLowerCase() as PolicyScope;
	return userUri(work, text);
}
