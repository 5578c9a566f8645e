/** What the Rooms page asks of the site's REST interface. */
import type { Session } from "../model/session.ts";
import type { Findings } from "../type-ahead.ts";
import type {
	Category,
	ListedRoom,
	Losses,
	NewRoom,
	Principal,
	RoomChange,
	SeenRoom,
} from "./room.ts";

/** Lists are never longer. */
export const mostRooms = 500;
const mostPeople = 20;

/** Each rejects as `Session.ask` does. */
export interface RoomsSite {
	mine(role: "manager" | "member"): Promise<readonly ListedRoom[]>;
	search(words: string): Promise<readonly ListedRoom[]>;
	/** Undefined when there is none that one may see. */
	named(name: string): Promise<ListedRoom | undefined>;
	room(id: string): Promise<SeenRoom>;
	/** Where one may make rooms. */
	creatable(): Promise<readonly Category[]>;
	create(room: NewRoom): Promise<ListedRoom>;
	/** Rejects with the reason `conflict` when the room is not as it was at `readAt`. */
	change(id: string, change: RoomChange, readAt: string): Promise<void>;
	preview(id: string, change: RoomChange): Promise<Losses>;
	previewRemoval(id: string): Promise<Losses>;
	remove(id: string): Promise<void>;
	/** People and groups. */
	principals(words: string): Promise<Findings<Principal>>;
}

export function roomsSite({ ask }: Session): RoomsSite {
	const rooms = async (query: object) => {
		const params = new URLSearchParams({ ...query, limit: `${mostRooms}` });
		const path = "role" in query ? "api/rooms/mine" : "api/rooms";
		type Answer = { readonly rooms: readonly ListedRoom[] };
		return (await ask<Answer>("GET", `${path}?${params}`)).rooms;
	};
	const at = (id: string) => `api/rooms/${encodeURIComponent(id)}`;
	return {
		mine: (role) => rooms({ role }),
		search: (words) => rooms({ words, descriptions: "true" }),
		named: (name) =>
			ask<ListedRoom>(
				"GET",
				`api/rooms/named?${new URLSearchParams({ name })}`,
			).catch(() => undefined),
		room: (id) => ask("GET", at(id)),
		creatable: async () => {
			type Answer = { readonly categories: readonly Category[] };
			return (await ask<Answer>("GET", "api/categories/creatable")).categories;
		},
		create: (room) => ask("POST", "api/rooms", room),
		change: async (id, change, readAt) => {
			await ask("PATCH", at(id), { ...change, readAt });
		},
		preview: (id, change) => ask("POST", `${at(id)}/preview`, change),
		previewRemoval: (id) => ask("GET", `${at(id)}/removal`),
		remove: async (id) => {
			await ask("DELETE", at(id));
		},
		principals: async (words) => {
			const query = new URLSearchParams({ words, limit: `${mostPeople}` });
			const { people, groups, more } = await ask<FoundPeople>(
				"GET",
				`api/people?${query}`,
			);
			const users = people.map(({ uri, name }) => ({
				principal: uri,
				name,
				known: true,
			}));
			return { found: [...users, ...groups], more };
		},
	};
}

interface FoundPeople {
	readonly people: readonly { readonly uri: string; readonly name: string }[];
	readonly groups: readonly Principal[];
	readonly more: boolean;
}
