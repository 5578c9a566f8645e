/** Archived events as adapters get them, written by hand: one of every type, complete, and whatever else a test says. */
import type {
	ArchivedEvent,
	ArchivedRoom,
	EventRecord,
	Person,
} from "../../plugin/compliance/adapter.ts";
import type {
	CategoryId,
	Principal,
	RoomId,
	UserUri,
} from "../../plugin/rooms/types.ts";

export const alice: Person = {
	uri: "sip:alice@example.com" as UserUri,
	displayName: "Alice Adams",
	guid: "a11ce000-0000-4000-8000-000000000001",
	email: "alice.adams@example.com",
	internal: true,
	callId: "call-alice-1",
};
export const bob: Person = {
	uri: "sip:bob@example.com" as UserUri,
	displayName: 'Bob "Bo" <Baker> & Söhne',
	guid: "b0b00000-0000-4000-8000-000000000002",
	internal: true,
	callId: "call-bob-1",
};
/** Federated; the directory no longer knew him: neither name nor guid. */
export const mallory: Person = {
	uri: "sip:mallory@partner.example" as UserUri,
	displayName: "",
	guid: "",
	internal: false,
};
/** At his own door, without a dialog. */
export const operator: Person = {
	uri: "sip:chat@example.com" as UserUri,
	displayName: "Operator (root)",
	guid: "",
	internal: true,
	administrator: true,
};

const trading = {
	id: "ca7e0000-0000-4000-8000-00000000000a",
	name: "Trading",
};

export const lobby: ArchivedRoom = {
	id: "10bb7000-0000-4000-8000-000000000001",
	uri: "ma-chan://example.com/10bb7000-0000-4000-8000-000000000001",
	name: "Lobby",
	category: trading,
};
export const desk: ArchivedRoom = {
	id: "de5c0000-0000-4000-8000-000000000002",
	uri: "ma-chan://example.com/de5c0000-0000-4000-8000-000000000002",
	name: 'Tom & "Jerry" <x> 東京',
	category: trading,
};

type EventType = EventRecord["type"];

/** What a test says of an event; the rest is filled in by `archived`. */
export type Happening<Type extends EventType = EventType> =
	EventRecord extends infer Each
		? Each extends EventRecord
			? Type extends Each["type"]
				? Omit<Each, "version" | "id" | "at" | "type"> & {
						readonly type: Type;
						readonly at?: string;
						readonly id?: string;
					}
				: never
			: never
		: never;

/** 2026-03-02T09:00:00.000Z; each event is a second later than the one before. */
const firstMs = Date.UTC(2026, 2, 2, 9);

/** Gives the events ids, instants, positions from `first` on, and evidence of the right shape that proves nothing. */
export function archived(
	happenings: readonly Happening[],
	first = 1,
): readonly ArchivedEvent[] {
	const chains = new Map<string, number>();
	return happenings.map((happening, index) => {
		const position = first + index;
		const chain = "room" in happening ? (happening.room?.id ?? "") : "";
		const number = (chains.get(chain) ?? 0) + 1;
		chains.set(chain, number);
		return {
			version: 1,
			id: `00000000-0000-4000-8000-${String(position).padStart(12, "0")}`,
			at: new Date(firstMs + (position - 1) * 1_000).toISOString(),
			...happening,
			position,
			evidence: {
				chain,
				number,
				previous: String(number - 1).padStart(64, "0"),
				hash: String(number).padStart(64, "0"),
			},
		} as ArchivedEvent;
	});
}

export function posted(
	text: string,
	{ actor = alice, room = lobby, sequence = 1 } = {},
): Happening<"posted"> {
	return { type: "posted", actor, room, message: message(text, sequence) };
}

function message(text: string, sequence: number) {
	return {
		room: lobby.id as RoomId,
		text,
		alert: false,
		sequence,
		author: { uri: alice.uri, displayName: alice.displayName },
		postedAt: "2026-03-02T09:00:01.000Z",
	} as const;
}

export const report = {
	name: 'Q3 "final" <v2> & résumé.pdf',
	type: "application/pdf",
	bytes: 11,
	// Of `hello files`.
	sha256: "6e5bc8df28cfac06658769974f895070db24676563ebc1ae17fb961f5da4d5e9",
} as const;
export const reportBytes = "hello files";

const properties = {
	name: "Lobby",
	description: "For everybody",
	privacy: "open",
	type: "normal",
	invitations: "inherit",
	disabled: false,
	category: trading.id as CategoryId,
} as const;

const category = {
	id: trading.id as CategoryId,
	name: "Trading",
	description: "",
	invitations: true,
	files: true,
	history: true,
	compliance: "open",
	retainDays: null,
	allowed: ["domain:example.com" as Principal],
	denied: [],
	creators: [],
} as const;

/** One of every type; a new type does not compile until it is here. */
export const happenings: { readonly [Type in EventType]: Happening<Type> } = {
	"category-created": { type: "category-created", actor: operator, category },
	"category-changed": {
		type: "category-changed",
		actor: operator,
		category: { id: trading.id as CategoryId, name: "Trading" },
		before: { files: true },
		after: { files: false },
	},
	"room-created": {
		type: "room-created",
		actor: operator,
		room: lobby,
		properties,
	},
	"room-changed": {
		type: "room-changed",
		actor: alice,
		room: lobby,
		before: { privacy: "open" },
		after: { privacy: "closed" },
	},
	"roles-changed": {
		type: "roles-changed",
		actor: operator,
		room: lobby,
		role: "member",
		added: [bob.uri as string as Principal],
		removed: [],
	},
	"directory-changed": {
		type: "directory-changed",
		actor: operator,
		subject: "sip:dave@example.com",
		before: { enabled: true },
		after: { enabled: false },
	},
	invited: {
		type: "invited",
		actor: alice,
		room: lobby,
		user: { uri: bob.uri, displayName: bob.displayName },
	},
	joined: { type: "joined", actor: alice, room: lobby },
	posted: posted("Good morning"),
	viewed: {
		type: "viewed",
		actor: bob,
		room: lobby,
		count: 25,
		throughSequence: 40,
	},
	searched: {
		type: "searched",
		actor: bob,
		room: lobby,
		words: "morning",
		count: 1,
	},
	uploaded: { type: "uploaded", actor: alice, room: lobby, file: report },
	downloaded: { type: "downloaded", actor: bob, room: lobby, file: report },
	replaced: {
		type: "replaced",
		actor: operator,
		room: lobby,
		message: message("Good morning", 1),
		replacement: "[removed]",
	},
	deleted: {
		type: "deleted",
		actor: operator,
		room: lobby,
		message: message("Good morning", 1),
	},
	parted: {
		type: "parted",
		actor: alice,
		room: lobby,
		kicked: "not a member any more",
	},
	"room-removed": {
		type: "room-removed",
		actor: operator,
		room: lobby,
		properties,
	},
	"category-removed": { type: "category-removed", actor: operator, category },
	unreadable: {
		type: "unreadable",
		actor: operator,
		owed: { type: "posted", room: lobby.id, text: "{ torn" },
	},
};

/** In the order of `happenings`, at positions 1, 2, 3 … */
export function oneOfEach(): readonly ArchivedEvent[] {
	return archived(Object.values(happenings));
}
