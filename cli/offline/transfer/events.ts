/** What compliance is owed for what an import puts in: everything that is there then without having been said here. */
import { randomUUID } from "node:crypto";
import type {
	ComplianceEvent,
	Place,
} from "../../../plugin/compliance/events.ts";
import type {
	Actor,
	CategoryRecord,
	Principal,
	Role,
	RoomProperties,
	UserUri,
} from "../../../plugin/rooms/types.ts";
import type {
	Transaction,
	TransferKind,
	TransferRecords,
} from "../../../plugin/store/index.ts";

type Of<Kind extends TransferKind> = readonly TransferRecords[Kind][];

export interface Owing {
	readonly actor: Actor;
	readonly at: Date;
}

/** Of records of one kind that have just been put in, in this transaction. */
export async function eventsOf<Kind extends TransferKind>(
	tx: Transaction,
	kind: Kind,
	records: Of<Kind>,
	owing: Owing,
): Promise<readonly ComplianceEvent[]> {
	if (kind === "messages") return posts(tx, records as Of<"messages">);
	if (kind === "rights") return grants(tx, records as Of<"rights">, owing);
	if (kind === "rooms") return rooms(tx, records as Of<"rooms">, owing);
	if (kind === "categories") {
		return (records as Of<"categories">).map((category) => ({
			...made(owing),
			type: "category-created",
			category: { retainDays: null, ...category } as unknown as CategoryRecord,
		}));
	}
	return records.map((record) => ({
		...made(owing),
		type: "directory-changed",
		subject: subjectOf(kind, record),
		before: undefined,
		after: withoutPassword(record),
	}));
}

/** One for the whole import: what was put in, from where. */
export function importEvent(
	owing: Owing,
	about: Readonly<Record<string, unknown>>,
): ComplianceEvent {
	return {
		...made(owing),
		type: "directory-changed",
		subject: "import",
		before: undefined,
		after: about,
	};
}

function made({ actor, at }: Owing) {
	return { id: randomUUID(), at, actor };
}

function subjectOf(kind: TransferKind, record: object): string {
	const { uri, id, scope, name } = record as Readonly<Record<string, string>>;
	if (kind === "groups") return `group:${id}`;
	if (kind === "addIns") return `add-in:${name}`;
	if (kind === "administrators") return "administrators";
	return uri ?? scope ?? "";
}

function withoutPassword(record: object): object {
	if (!("credentials" in record)) return record;
	const { credentials: _, ...others } = record;
	return others;
}

async function placesOf(
	tx: Transaction,
	ids: readonly string[],
): Promise<ReadonlyMap<string, Place>> {
	const places = new Map<string, Place>();
	for (const id of new Set(ids)) {
		const room = await tx.rooms.find(id as Place["id"]);
		if (room === undefined) continue;
		const { name, category } = room;
		places.set(id, {
			id: room.id,
			name,
			category: { id: category.id, name: category.name },
		});
	}
	return places;
}

async function rooms(
	tx: Transaction,
	records: Of<"rooms">,
	owing: Owing,
): Promise<readonly ComplianceEvent[]> {
	const places = await placesOf(
		tx,
		records.map(({ id }) => id),
	);
	return records.flatMap((record): readonly ComplianceEvent[] => {
		const room = places.get(record.id);
		if (room === undefined) return [];
		const { name, description, category, privacy, type, ...rest } = record;
		const { invitations, disabled, addIn, alias } = rest;
		const properties = {
			...{ name, description, category, privacy, type, invitations, disabled },
			...(addIn !== null && { addIn }),
			...(alias !== null && { alias }),
		} as unknown as RoomProperties;
		return [{ ...made(owing), type: "room-created", room, properties }];
	});
}

async function grants(
	tx: Transaction,
	records: Of<"rights">,
	owing: Owing,
): Promise<readonly ComplianceEvent[]> {
	const places = await placesOf(
		tx,
		records.map(({ room }) => room),
	);
	const lists = new Map<string, Principal[]>();
	for (const { room, role, principal } of records) {
		const key = `${room} ${role}`;
		const list = lists.get(key) ?? [];
		lists.set(key, list);
		list.push(principal as Principal);
	}
	return [...lists].flatMap(([key, added]): readonly ComplianceEvent[] => {
		const [id = "", role] = key.split(" ");
		const room = places.get(id);
		if (room === undefined) return [];
		return [
			{
				...made(owing),
				type: "roles-changed",
				room,
				role: role as Role,
				added,
				removed: [],
			},
		];
	});
}

/** By their authors, when they were posted. */
async function posts(
	tx: Transaction,
	messages: Of<"messages">,
): Promise<readonly ComplianceEvent[]> {
	const places = await placesOf(
		tx,
		messages.map(({ room }) => room),
	);
	const guids = new Map<string, string>();
	for (const uri of new Set(messages.map(({ author }) => author.uri))) {
		const user = await tx.users.find(uri as UserUri);
		guids.set(uri, user?.guid ?? "");
	}
	return messages.flatMap((message): readonly ComplianceEvent[] => {
		const room = places.get(message.room);
		if (room === undefined) return [];
		const uri = message.author.uri as UserUri;
		const displayName = message.author.name;
		const { sequence, alert, text, extras, replaced } = message;
		const postedAt = new Date(message.postedAt);
		const guid = guids.get(uri) ?? "";
		return [
			{
				id: randomUUID(),
				type: "posted",
				at: postedAt,
				actor: { uri, displayName, guid },
				room,
				message: {
					...{ room: room.id, sequence, postedAt, alert, text },
					author: { uri, displayName },
					...(extras !== null && { extras }),
					...(replaced !== null && {
						replaced: { at: new Date(replaced.at), by: replaced.by },
					}),
				},
			},
		];
	});
}
