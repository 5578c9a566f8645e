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

/** Narrows a query on `rooms` to those in scope for the holder of the principals. */
export function whereInScope(
	query: Knex.QueryBuilder,
	db: Knex,
	principals: readonly Principal[],
): void {
	const categories = (kind: "allowed" | "denied"): Knex.QueryBuilder =>
		db("category_principals")
			.select("category_id")
			.where({ kind })
			.whereIn("principal", principals);
	query
		.whereIn("rooms.category_id", categories("allowed"))
		.whereNotIn("rooms.category_id", categories("denied"));
}

/** The ids of the rooms in which one of the principals has one of the roles. */
export function roomsWithRole(
	db: Knex,
	roles: readonly Role[],
	principals: readonly Principal[],
): Knex.QueryBuilder {
	return db("room_roles")
		.select("room_id")
		.whereIn("role", roles)
		.whereIn("principal", principals);
}
