/** Tables `category_principals` and `room_roles`: what each principal is to a room. */
import type { Knex } from "knex";
import type {
	Principal,
	Role,
	Room,
	Standing,
	UserUri,
} from "../rooms/types.ts";
import { inChunks } from "./rows.ts";

type Grant = "allowed" | "denied" | Role;
type GrantsOf = ReadonlyMap<string, ReadonlySet<Grant>>;

/** What all of these principals have been given in the room and its category, in one query per few hundred principals. */
export async function grantsIn(
	db: Knex,
	room: Room,
	principals: readonly Principal[],
): Promise<GrantsOf> {
	const grants = new Map<string, Set<Grant>>();
	await inChunks(principals, async (some) => {
		const rows: readonly { grant_name: Grant; principal: string }[] = await db(
			"category_principals",
		)
			.select("principal", { grant_name: "kind" })
			.where({ category_id: room.category.id })
			.whereIn("kind", ["allowed", "denied"])
			.whereIn("principal", some)
			.unionAll(
				db("room_roles")
					.select("principal", { grant_name: "role" })
					.where({ room_id: room.id })
					.whereIn("principal", some),
			);
		for (const row of rows) {
			const known = grants.get(row.principal) ?? new Set();
			grants.set(row.principal, known.add(row.grant_name));
		}
	});
	return grants;
}

/** The standing of whoever holds these principals; being denied by one of them wins. */
export function standingFrom(
	grants: GrantsOf,
	principals: readonly Principal[],
): Standing {
	const has = (grant: Grant): boolean =>
		principals.some((principal) => grants.get(principal)?.has(grant));
	return {
		inScope: has("allowed") && !has("denied"),
		member: has("member"),
		manager: has("manager"),
		presenter: has("presenter"),
	};
}

/** What a user holds: himself and his domain. */
export function principalsOf(user: UserUri): readonly Principal[] {
	const domain = user.slice(user.lastIndexOf("@") + 1);
	return [user as string as Principal, `domain:${domain}` as Principal];
}

/** The ids of the categories in scope for the holder of the principals. */
export async function categoriesInScope(
	db: Knex,
	principals: readonly Principal[],
): Promise<readonly string[]> {
	const rows: readonly { category_id: string; kind: "allowed" | "denied" }[] =
		await db("category_principals")
			.select("category_id", "kind")
			.whereIn("kind", ["allowed", "denied"])
			.whereIn("principal", principals);
	const of = (kind: "allowed" | "denied") =>
		new Set(
			rows.filter((row) => row.kind === kind).map((row) => row.category_id),
		);
	const denied = of("denied");
	return [...of("allowed")].filter((category) => !denied.has(category));
}

/** The rooms in which one of the principals has one of the roles, as a table `held` to join: its only column is `room_id`. */
export function roomsHeld(
	db: Knex,
	roles: readonly Role[],
	principals: readonly Principal[],
): Knex.QueryBuilder {
	return db("room_roles")
		.distinct("room_id")
		.whereIn("role", roles)
		.whereIn("principal", principals)
		.as("held");
}
