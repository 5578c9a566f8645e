/** After a change of rights: everybody in the rooms concerned is looked at anew; who has lost his right is kicked at once. */
import { randomUUID } from "node:crypto";
import { ChatError } from "../errors.ts";
import type { Transaction } from "../store/index.ts";
import { belongs } from "./access.ts";
import type { KickReason, RoomEvent } from "./events.ts";
import { placeOf, tell, userOf } from "./telling.ts";
import type {
	CategoryId,
	Holder,
	Participant,
	Principal,
	Room,
	RoomId,
	Standing,
	UserUri,
} from "./types.ts";
import type { RoomsWork } from "./work.ts";

/** Participants looked at in one transaction: the room is locked no longer than that takes. */
const atOnce = 200;

type Work = Omit<RoomsWork, "reassessing" | "settling">;

export interface Reassessment {
	/** Of the participants only these. */
	readonly only?: readonly UserUri[];
	/** The room has become an auditorium, or is none any more: its presenters may do something else there now. */
	readonly typeChanged?: boolean;
	/** The room is about to be removed. */
	readonly gone?: boolean;
}

/** The participants of the room. */
export async function reassessRoom(
	work: Work,
	id: RoomId,
	how: Reassessment = {},
): Promise<void> {
	for await (const participants of pagesOf(work, id, how.only)) {
		if (participants.length === 0) continue;
		const holders = await work.directory.holders(
			participants.map(({ user }) => user.uri),
		);
		await judgeAndTell(work, id, { participants, holders, how });
	}
}

interface Looked {
	readonly participants: readonly Participant[];
	readonly holders: ReadonlyMap<UserUri, Holder>;
	readonly how: Reassessment;
}

async function judgeAndTell(
	work: Work,
	id: RoomId,
	looked: Looked,
): Promise<void> {
	let events: readonly RoomEvent[] = [];
	try {
		await work.store.transaction(async (tx) => {
			events = await judge(work, tx, id, looked);
		});
	} catch (error) {
		const kept = error instanceof ChatError ? error.kept : "nothing";
		// Whoever is perhaps out hears nothing more: the next look would not find him any more.
		for (const event of kept === "nothing" ? [] : events) {
			if (event.type === "kicked") await tell(work, event);
		}
		throw error;
	}
	for (const event of events) await tell(work, event);
}

/** The participants of all rooms of the category. */
export function reassessCategory(
	work: Work,
	category: CategoryId,
): Promise<void> {
	return reassessRooms(work, category);
}

/** Whoever is in any room. */
export function reassessEverybody(work: Work): Promise<void> {
	return reassessRooms(work, undefined);
}

async function reassessRooms(
	work: Work,
	category: CategoryId | undefined,
): Promise<void> {
	await tell(work, { type: "narrowed" });
	for (let after: RoomId | undefined; ; ) {
		const page = { after, limit: atOnce };
		const rooms = await work.store.participants.rooms(category, page);
		for (const room of rooms) await reassessRoom(work, room);
		after = rooms.at(-1);
		if (rooms.length < atOnce) return;
	}
}

/** Whoever is in a room and holds one of the principals, wherever he is. */
export async function reassessHolders(
	work: Work,
	principals: readonly Principal[],
): Promise<void> {
	await tell(work, { type: "narrowed" });
	const concerned = new Set(principals);
	for (let after: UserUri | undefined; ; ) {
		const page = { after, limit: atOnce };
		const users = await work.store.participants.users(page);
		const byRoom = new Map<RoomId, UserUri[]>();
		for (const [user, holder] of await work.directory.holders(users)) {
			if (!holder.principals.some((each) => concerned.has(each))) continue;
			for (const room of await work.store.participants.roomsOf(user)) {
				byRoom.set(room, [...(byRoom.get(room) ?? []), user]);
			}
		}
		for (const [room, here] of byRoom)
			await reassessRoom(work, room, { only: here });
		after = users.at(-1);
		if (users.length < atOnce) return;
	}
}

async function* pagesOf(
	{ store }: Work,
	room: RoomId,
	only: readonly UserUri[] | undefined,
): AsyncIterable<readonly Participant[]> {
	if (only !== undefined) {
		for (let start = 0; start < only.length; start += atOnce) {
			const some = only.slice(start, start + atOnce);
			yield store.participants.inRoom(room, { only: some, limit: atOnce });
		}
		return;
	}
	for (let after: UserUri | undefined; ; ) {
		const page = { after, limit: atOnce };
		const participants = await store.participants.inRoom(room, page);
		yield participants;
		after = participants.at(-1)?.user.uri;
		if (participants.length < atOnce) return;
	}
}

interface Judged extends Participant {
	readonly before: Standing;
	readonly loses: KickReason | undefined;
}

/** What is to be told of those whose holders are given. */
async function judge(
	work: Work,
	tx: Transaction,
	id: RoomId,
	{ participants, holders, how }: Looked,
): Promise<readonly RoomEvent[]> {
	const room = await lockIfThere(tx, id);
	if (room === undefined) return [];
	const asked = participants.flatMap((participant) => {
		const holder = holders.get(participant.user.uri);
		return holder === undefined ? [] : [{ participant, holder }];
	});
	const standings = await tx.rooms.standings(
		room,
		asked.map(({ holder }) => holder),
	);
	const judged = asked.flatMap(({ participant }, index): Judged[] => {
		const standing = standings[index];
		if (standing === undefined) return [];
		const { user, standing: before } = participant;
		const loses = reason(room, standing, how.gone === true);
		return [{ user, standing, before, loses }];
	});
	const changed = judged.filter(
		({ loses, standing, before }) =>
			loses === undefined &&
			(!isSame(standing, before) ||
				(how.typeChanged === true && standing.presenter)),
	);
	await tx.participants.setStandings(
		id,
		new Map(changed.map(({ user, standing }) => [user.uri, standing])),
	);
	const kicked = await kick(work, tx, room, judged);
	return [
		...kicked.events,
		...(changed.length === 0
			? []
			: [
					{
						type: "standing" as const,
						room: id,
						roomType: room.type,
						participants: changed.map(({ user, standing }) => ({
							user,
							standing,
						})),
						rosterHidden: kicked.rosterHidden,
					},
				]),
	];
}

async function kick(
	{ limits, now }: Work,
	tx: Transaction,
	room: Room,
	judged: readonly Judged[],
): Promise<{
	readonly events: readonly RoomEvent[];
	readonly rosterHidden: boolean;
}> {
	const lost = judged.filter(({ loses }) => loses !== undefined);
	const movement = await tx.participants.kick(
		room.id,
		lost.map(({ user }) => user.uri),
		limits.roster,
	);
	const at = now();
	const reasons = new Map(lost.map(({ user, loses }) => [user.uri, loses]));
	const byReason = new Map<KickReason, Participant["user"][]>();
	// Who has left by himself since he was looked at has had his PART.
	for (const actor of movement.kicked) {
		const kicked = reasons.get(actor.uri);
		if (kicked === undefined) continue;
		byReason.set(kicked, [...(byReason.get(kicked) ?? []), userOf(actor)]);
		await tx.outbox.add({
			id: randomUUID(),
			type: "parted",
			at,
			actor,
			room: placeOf(room),
			kicked,
		});
	}
	const events: RoomEvent[] = [...byReason].map(([why, users]) => ({
		type: "kicked",
		room: room.id,
		why,
		users,
		// Shown again, the list itself says who is gone.
		rosterHidden: movement.hidden || movement.shownAgain,
	}));
	if (movement.shownAgain) {
		events.push({
			type: "roster",
			room: room.id,
			roomType: room.type,
			participants: await tx.participants.inRoom(room.id, {
				limit: limits.roster,
			}),
		});
	}
	return { events, rosterHidden: movement.hidden };
}

function reason(
	room: Room,
	standing: Standing,
	gone: boolean,
): KickReason | undefined {
	if (gone) return "the room is gone";
	if (room.disabled) return "the room is disabled";
	if (!standing.inScope) return "not allowed in the category any more";
	return belongs(room, standing) ? undefined : "not a member any more";
}

function isSame(one: Standing, other: Standing): boolean {
	return (
		one.member === other.member &&
		one.manager === other.manager &&
		one.presenter === other.presenter &&
		one.administrator === other.administrator
	);
}

/** Undefined: it has gone. */
export async function lockIfThere(
	tx: Transaction,
	id: RoomId,
): Promise<Room | undefined> {
	try {
		return await tx.rooms.lock(id);
	} catch (error) {
		if (error instanceof ChatError && error.reason === "no-such-room") {
			return undefined;
		}
		throw error;
	}
}
