/** Tables `policies` and `administrators`: who may use persistent chat, and who administers it. */
import type { Knex } from "knex";
import type { Supposition } from "../rooms/directory.ts";
import type {
	Policy,
	PolicyScope,
	Principal,
	UserUri,
} from "../rooms/types.ts";
import { domainOf } from "./rights.ts";
import { inChunks, replaceAll } from "./rows.ts";
import type { PolicyReader, PolicyWriter, RightsWriter } from "./store.ts";

interface PolicyRow {
	readonly scope: PolicyScope;
	readonly enabled: number | boolean;
	readonly admit: number | boolean;
}

export function policyReader(db: Knex): PolicyReader {
	return {
		async find(scope) {
			const row: PolicyRow | undefined = await db("policies")
				.where({ scope })
				.first();
			return row && policy(row);
		},
		async list() {
			const rows: readonly PolicyRow[] = await db("policies").orderBy("scope");
			return rows.map(policy);
		},
		administrators: () =>
			db("administrators").orderBy("principal").pluck("principal"),
	};
}

export function policyWriter(tx: Knex, rights: RightsWriter): PolicyWriter {
	return {
		...policyReader(tx),
		async set({ scope, enabled, admit }) {
			await rights.change();
			await tx("policies")
				.insert({ scope, enabled, admit })
				.onConflict("scope")
				.merge();
		},
		async unset(scope) {
			await rights.change();
			await tx("policies").where({ scope }).delete();
		},
		async setAdministrators(principals) {
			await rights.change();
			await replaceAll(tx, "administrators", {}, principals);
		},
	};
}

/** Those whom policy enables: what is said of the user himself, else of his domain, else of everybody, else no. */
export async function enabledAmong(
	db: Knex,
	users: readonly UserUri[],
	supposed?: Supposition["policy"],
): Promise<ReadonlySet<UserUri>> {
	const domain = (user: UserUri) => `domain:${domainOf(user)}` as const;
	const scopes = new Set<PolicyScope>([
		...users.flatMap((user) => [user, domain(user)]),
		"everybody",
	]);
	const said = new Map<PolicyScope, boolean>();
	await inChunks([...scopes], async (some) => {
		const rows: readonly PolicyRow[] = await db("policies").whereIn(
			"scope",
			some,
		);
		for (const row of rows) said.set(row.scope, Boolean(row.enabled));
	});
	if (supposed?.enabled !== undefined)
		said.set(supposed.scope, supposed.enabled);
	else if (supposed !== undefined) said.delete(supposed.scope);
	return new Set(
		users.filter(
			(user) =>
				said.get(user) ??
				said.get(domain(user)) ??
				said.get("everybody") ??
				false,
		),
	);
}

/** Principals of these that are administrators. */
export async function administratorsAmong(
	db: Knex,
	principals: readonly Principal[],
): Promise<ReadonlySet<Principal>> {
	const found = new Set<Principal>();
	await inChunks(principals, async (some) => {
		const rows: readonly Principal[] = await db("administrators")
			.whereIn("principal", some)
			.pluck("principal");
		for (const row of rows) found.add(row);
	});
	return found;
}

function policy({ scope, enabled, admit }: PolicyRow): Policy {
	return { scope, enabled: Boolean(enabled), admit: Boolean(admit) };
}
