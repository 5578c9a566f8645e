/**
 * Tables `invitations` and `invited_users`: which memberships a user was told of. None is made before it is asked for; a room
 * that does not invite now keeps its invitations to itself.
 */
import type { Knex } from "knex";
import type {
	Holder,
	Invitation,
	Principal,
	RoomId,
	UserUri,
} from "../rooms/types.ts";
import { categoriesFor, summaries } from "./room-lists.ts";
import { inChunks } from "./rows.ts";
import type {
	DueInvitation,
	InvitationReader,
	InvitationsAsked,
	InvitationWriter,
} from "./store.ts";

/** Clients that have seen none ask for those after 1 (pidgin-sipe, always). */
const firstSerial = 2;

export function invitationReader(db: Knex): InvitationReader {
	return {
		due: (user, holder, asked) => due(db, user, holder, asked),
		async after(user, holder, serial, { room, limit }) {
			const scope = await categoriesFor(db, holder);
			const rows: readonly InvitationRow[] = await inviting(
				db,
				holder,
				scope,
				room,
			)
				.join("invitations", "invitations.room_id", "rooms.id")
				.where("invitations.user_uri", user)
				.where("invitations.serial", ">", serial)
				.orderBy("invitations.serial")
				.limit(limit)
				.select("invitations.*");
			return withRooms(db, rows);
		},
	};
}

export function invitationWriter(tx: Knex): InvitationWriter {
	return {
		...invitationReader(tx),
		async make(user, holder, asked, at) {
			await tx("invited_users")
				.insert({ user_uri: user, last_serial: firstSerial - 1 })
				.onConflict("user_uri")
				.ignore();
			const counter: { readonly last_serial: number } = await tx(
				"invited_users",
			)
				.where({ user_uri: user })
				.forUpdate()
				.first("last_serial");
			const found = await due(tx, user, holder, asked);
			if (found.length === 0) return found;
			for (const [index, { room, grantedAt }] of found.entries()) {
				await tx("invitations")
					.insert({
						user_uri: user,
						room_id: room,
						serial: counter.last_serial + 1 + index,
						granted_at: grantedAt.getTime(),
						invited_at: at.getTime(),
					})
					.onConflict(["user_uri", "room_id"])
					.merge();
			}
			await tx("invited_users")
				.where({ user_uri: user })
				.update({ last_serial: counter.last_serial + found.length });
			return found;
		},
	};
}

interface InvitationRow {
	readonly room_id: string;
	readonly serial: number;
	readonly granted_at: number;
	readonly invited_at: number;
}

/** The rooms that invite now and that the holder is a member of. */
function inviting(
	db: Knex,
	holder: Holder,
	scope: readonly string[] | "all",
	room: RoomId | undefined,
): Knex.QueryBuilder {
	const query = db("rooms")
		.join("categories", "categories.id", "rooms.category_id")
		.join(memberships(db, holder.principals, room), "held.room_id", "rooms.id")
		.where("rooms.disabled", false)
		.where("rooms.invitations", "inherit")
		.where("categories.invitations", true);
	if (scope !== "all") query.whereIn("rooms.category_id", scope);
	return query;
}

/** Who is a member by several principals has been one since the first of them. */
function memberships(
	db: Knex,
	principals: readonly Principal[],
	room: RoomId | undefined,
): Knex.QueryBuilder {
	const query = db("room_roles")
		.select("room_id")
		.min({ granted_at: "granted_at" })
		.where({ role: "member" })
		.whereIn("principal", principals)
		.groupBy("room_id")
		.as("held");
	if (room !== undefined) query.where({ room_id: room });
	return query;
}

async function due(
	db: Knex,
	user: UserUri,
	holder: Holder,
	{ room, limit }: InvitationsAsked,
): Promise<readonly DueInvitation[]> {
	const scope = await categoriesFor(db, holder);
	const ownGrants = db("room_roles")
		.select("room_id")
		.where({ role: "member", granted_by: user })
		.whereIn("principal", holder.principals);
	const rows: readonly { room_id: RoomId; granted_at: number }[] =
		await inviting(db, holder, scope, room)
			.leftJoin("invitations as told", (join: Knex.JoinClause) =>
				join
					.on("told.room_id", "rooms.id")
					.andOnVal("told.user_uri", "=", user),
			)
			.whereRaw("held.granted_at > coalesce(told.granted_at, 0)")
			// What he has done himself is no news to him.
			.whereNot("rooms.created_by", user)
			.whereNotIn("rooms.id", ownGrants)
			.orderBy(["held.granted_at", "rooms.id"])
			.limit(limit)
			.select({ room_id: "rooms.id", granted_at: "held.granted_at" });
	return granted(db, holder, rows);
}

/** With who made him a member. */
async function granted(
	db: Knex,
	{ principals }: Holder,
	rows: readonly { room_id: RoomId; granted_at: number }[],
): Promise<readonly DueInvitation[]> {
	const by = new Map<string, string>();
	await inChunks(rows, async (some) => {
		const grants: readonly {
			room_id: string;
			granted_at: number;
			granted_by: string;
		}[] = await db("room_roles")
			.select("room_id", "granted_at", "granted_by")
			.where({ role: "member" })
			.whereIn("principal", principals)
			.whereIn(
				"room_id",
				some.map(({ room_id }) => room_id),
			);
		for (const { room_id, granted_at, granted_by } of grants) {
			by.set(`${room_id} ${granted_at}`, granted_by);
		}
	});
	return rows.map(({ room_id, granted_at }) => ({
		room: room_id,
		grantedAt: new Date(granted_at),
		grantedBy: by.get(`${room_id} ${granted_at}`) ?? "",
	}));
}

async function withRooms(
	db: Knex,
	rows: readonly InvitationRow[],
): Promise<readonly Invitation[]> {
	const found = await summaries(
		db,
		rows.map(({ room_id }) => room_id),
	);
	const rooms = new Map(found.map((each) => [each.room.id as string, each]));
	return rows.flatMap((row) => {
		const room = rooms.get(row.room_id);
		if (room === undefined) return [];
		return [
			{
				serial: row.serial,
				room,
				grantedAt: new Date(row.granted_at),
				invitedAt: new Date(row.invited_at),
			},
		];
	});
}
