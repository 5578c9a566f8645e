/** Rooms as the site's REST interface has them, and what is asked of it. */
import type { Session } from "../model/session.ts";

export type Privacy = "open" | "closed" | "secret";
export type RoomType = "normal" | "auditorium";
export type Invitations = "inherit" | "off";

export const roleNames = ["manager", "member", "presenter"] as const;
export type Role = (typeof roleNames)[number];

export interface Category {
	readonly id: string;
	readonly name: string;
	/** May rooms there send invitations? */
	readonly invitations: boolean;
}

export interface AddIn {
	readonly name: string;
	readonly url: string;
}

export interface ListedRoom {
	readonly id: string;
	readonly name: string;
	readonly description: string;
	readonly category: Category;
	readonly privacy: Privacy;
	readonly type: RoomType;
	readonly invitations: Invitations;
	readonly disabled: boolean;
	readonly addIn?: AddIn;
	/** Who is in it now. */
	readonly participants: number;
}

/** `sip:alice@example.com`, `domain:example.com` or `group:<GUID>`. */
export interface Principal {
	readonly principal: string;
	readonly name: string;
	/** False for what the directory does not know. */
	readonly known: boolean;
}

export type Roles = Readonly<Record<Role, readonly Principal[]>>;

export interface SeenRoom extends ListedRoom {
	readonly createdBy: string;
	readonly updatedBy: string;
	/** Which state this is: said when one changes it. */
	readonly updatedAt: string;
	readonly standing: Readonly<
		Record<"member" | "manager" | "presenter" | "administrator", boolean>
	>;
	/** For those who may manage it. */
	readonly roles?: Roles;
}

export interface Properties {
	readonly name: string;
	readonly description: string;
	/** An id. */
	readonly category: string;
	readonly privacy: Privacy;
	readonly type: RoomType;
	readonly invitations: Invitations;
	/** `null`: none. */
	readonly addIn: AddIn | null;
}

/** What is not named stays. */
export interface RoomChange {
	readonly properties?: Partial<Properties & { readonly disabled: boolean }>;
	readonly roles?: Readonly<
		Partial<
			Record<
				Role,
				{ readonly add: readonly string[]; readonly remove: readonly string[] }
			>
		>
	>;
}

export type NewRoom = Omit<Properties, "addIn"> & {
	readonly addIn?: AddIn;
	readonly roles: Readonly<Record<Role, readonly string[]>>;
};

export interface Loss {
	readonly principal: string;
	readonly name: string;
	readonly was: readonly (Role | "participant" | "visitor")[];
}

export interface Losses {
	readonly losses: readonly Loss[];
	/** How many there are beside those. */
	readonly more: number;
	/** There may be still more. */
	readonly cut: boolean;
}

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
	principals(
		words: string,
	): Promise<{ readonly found: readonly Principal[]; readonly more: boolean }>;
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
