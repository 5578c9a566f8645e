/** Tables `category_principals` and `room_roles`: what each principal is to a category and to a room. */
import type { Knex } from "knex";
import type {
	CategoryStanding,
	Holder,
	Principal,
	Role,
	Room,
	Standing,
	UserUri,
} from "../rooms/types.ts";
import { inChunks } from "./rows.ts";

type CategoryGrant = "allowed" | "denied" | "creator";
type Grant = CategoryGrant | Role;
type GrantsOf = ReadonlyMap<string, ReadonlySet<Grant>>;

/** What each of the holders is to the room, in their order: one query per few hundred principals. */
export async function standingsIn(
	db: Knex,
	room: Pick<Room, "id" | "category">,
	holders: readonly Holder[],
): Promise<readonly Standing[]> {
	const grants = new Map<string, Set<Grant>>();
	const principals = [
		...new Set(holders.flatMap((holder) => holder.principals)),
	];
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
	return holders.map((holder) => standingFrom(grants, holder));
}

/** Being denied by one of the principals wins. */
function standingFrom(grants: GrantsOf, holder: Holder): Standing {
	const has = (grant: Grant): boolean =>
		holder.principals.some((principal) => grants.get(principal)?.has(grant));
	return {
		inScope: holder.administrator || (has("allowed") && !has("denied")),
		administrator: holder.administrator,
		member: has("member"),
		manager: has("manager"),
		presenter: has("presenter"),
	};
}

/** The categories that name one of the principals, with what the holder is to each. */
export async function categoryStandings(
	db: Knex,
	{ principals, administrator }: Holder,
): Promise<ReadonlyMap<string, CategoryStanding>> {
	const grants = new Map<string, Set<CategoryGrant>>();
	await inChunks(principals, async (some) => {
		const rows: readonly { category_id: string; kind: CategoryGrant }[] =
			await db("category_principals")
				.select("category_id", "kind")
				.whereIn("principal", some);
		for (const { category_id, kind } of rows) {
			const known = grants.get(category_id) ?? new Set();
			grants.set(category_id, known.add(kind));
		}
	});
	return new Map(
		[...grants].map(([category, kinds]) => [
			category,
			{
				administrator,
				creator: kinds.has("creator"),
				inScope:
					administrator || (kinds.has("allowed") && !kinds.has("denied")),
			},
		]),
	);
}

/** The rooms in which one of the principals has one of the roles: its only column is `room_id`. */
export function roomsHeld(
	db: Knex,
	roles: readonly Role[],
	principals: readonly Principal[],
): Knex.QueryBuilder {
	return db("room_roles")
		.distinct("room_id")
		.whereIn("role", roles)
		.whereIn("principal", principals);
}

/** Nothing is given to it any more, and it is in no group. Denials stay: to forget one would open a wall. */
export async function dropPrincipal(
	tx: Knex,
	principal: UserUri | Principal,
): Promise<void> {
	for (const table of ["room_roles", "group_members", "administrators"]) {
		await tx(table).where({ principal }).delete();
	}
	await tx("category_principals")
		.where({ principal })
		.whereNot({ kind: "denied" })
		.delete();
	await tx("policies").where({ scope: principal, enabled: true }).delete();
}

export function domainOf(user: UserUri): string {
	return user.slice(user.lastIndexOf("@") + 1);
}

const bits = { member: 1, manager: 2, presenter: 4, administrator: 8 } as const;

/** A standing of somebody in scope ⇄ its number in a column. */
export function standingBits(standing: Standing): number {
	let sum = 0;
	for (const [name, bit] of Object.entries(bits)) {
		if (standing[name as keyof typeof bits]) sum += bit;
	}
	return sum;
}

export function standingOf(sum: number): Standing {
	const has = (bit: number) => (sum & bit) !== 0;
	return {
		inScope: true,
		member: has(bits.member),
		manager: has(bits.manager),
		presenter: has(bits.presenter),
		administrator: has(bits.administrator),
	};
}
