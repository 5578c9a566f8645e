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
export function standingsIn(
	db: Knex,
	room: Pick<Room, "id" | "category">,
	holders: readonly Holder[],
): Promise<readonly Standing[]> {
	const asked = holders.map((holder) => ({ room, holder }));
	return standingsAcross(db, asked);
}

/** What each is to his room, in their order: one query per few hundred principals. */
export async function standingsAcross(
	db: Knex,
	asked: readonly {
		readonly room: Pick<Room, "id" | "category">;
		readonly holder: Holder;
	}[],
): Promise<readonly Standing[]> {
	/** By room or category, and principal. */
	const grants = new Map<string, Map<string, Set<Grant>>>();
	const rooms = [...new Set(asked.map(({ room }) => room.id))];
	const categories = [...new Set(asked.map(({ room }) => room.category.id))];
	const principals = [
		...new Set(asked.flatMap(({ holder }) => holder.principals)),
	];
	await inChunks(principals, async (some) => {
		const rows: readonly GrantRow[] = await db("category_principals")
			.select("principal", { grant_name: "kind", place: "category_id" })
			.whereIn("category_id", categories)
			.whereIn("kind", ["allowed", "denied"])
			.whereIn("principal", some)
			.unionAll(
				db("room_roles")
					.select("principal", { grant_name: "role", place: "room_id" })
					.whereIn("room_id", rooms)
					.whereIn("principal", some),
			);
		for (const { place, principal, grant_name } of rows) {
			const here = grants.get(place) ?? new Map<string, Set<Grant>>();
			const known = here.get(principal) ?? new Set();
			grants.set(place, here.set(principal, known.add(grant_name)));
		}
	});
	const nothing: GrantsOf = new Map();
	return asked.map(({ room, holder }) =>
		standingFrom(
			{
				category: grants.get(room.category.id) ?? nothing,
				room: grants.get(room.id) ?? nothing,
			},
			holder,
		),
	);
}

interface GrantRow {
	readonly place: string;
	readonly grant_name: Grant;
	readonly principal: string;
}

/** Being denied by one of the principals wins. */
function standingFrom(
	grants: { readonly category: GrantsOf; readonly room: GrantsOf },
	holder: Holder,
): Standing {
	const has = (of: GrantsOf, grant: Grant): boolean =>
		holder.principals.some((principal) => of.get(principal)?.has(grant));
	const { category, room } = grants;
	return {
		inScope:
			holder.administrator ||
			(has(category, "allowed") && !has(category, "denied")),
		administrator: holder.administrator,
		member: has(room, "member"),
		manager: has(room, "manager"),
		presenter: has(room, "presenter"),
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
