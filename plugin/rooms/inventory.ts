/** What administrators look up: users, groups, categories and rooms by the names that people know them by. */
import type { RoomQuery, UserRecord } from "../store/index.ts";
import { demandAdministrator } from "./administrators.ts";
import type {
	Actor,
	CategoryId,
	CategoryRecord,
	Group,
	GroupId,
	NamedPrincipal,
	Room,
	RoomId,
	RoomSummary,
	UserUri,
} from "./types.ts";
import type { RoomsWork } from "./work.ts";

export interface UserDetails extends UserRecord {
	/** The groups that he is in, however deep. */
	readonly groups: readonly NamedPrincipal[];
	readonly administrator: boolean;
}

/** All throw `forbidden` for anybody but administrators. Names are compared without case. */
export interface Inventory {
	user(actor: Actor, uri: UserUri): Promise<UserDetails | undefined>;
	/** By name or id. */
	group(actor: Actor, of: string): Promise<Group | undefined>;
	/** By name or id. */
	category(actor: Actor, of: string): Promise<CategoryRecord | undefined>;
	/** By name or id: several secret rooms may have one name. */
	roomsNamed(actor: Actor, of: string): Promise<readonly Room[]>;
	/** Every room that is like that, disabled and secret ones too, by name. */
	roomList(actor: Actor, search: RoomQuery): Promise<readonly RoomSummary[]>;
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function createInventory(work: RoomsWork): Inventory {
	const { store, directory } = work;

	return {
		async user(actor, uri) {
			await demandAdministrator(work, actor);
			const user = await store.users.record(uri);
			if (user === undefined) return undefined;
			const holder = (await directory.holders([uri])).get(uri);
			const groups = (holder?.principals ?? []).filter((each) =>
				each.startsWith("group:"),
			);
			return {
				...user,
				groups: await directory.named(groups),
				administrator: holder?.administrator ?? false,
			};
		},
		async group(actor, of) {
			await demandAdministrator(work, actor);
			const known = guid.test(of)
				? await store.groups.find(of as GroupId)
				: undefined;
			return known ?? store.groups.named(of);
		},
		async category(actor, of) {
			await demandAdministrator(work, actor);
			const known = guid.test(of)
				? await store.categories.find(of as CategoryId)
				: undefined;
			return known ?? store.categories.named(of);
		},
		async roomsNamed(actor, of) {
			await demandAdministrator(work, actor);
			const known = guid.test(of)
				? await store.rooms.find(of as RoomId)
				: undefined;
			return known === undefined ? store.rooms.named(of) : [known];
		},
		async roomList(actor, search) {
			await demandAdministrator(work, actor);
			return store.rooms.search(search, {
				principals: [],
				administrator: true,
			});
		},
	};
}
