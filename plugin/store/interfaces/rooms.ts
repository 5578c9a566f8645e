/** Rooms, their roles, and finding them. */
import type {
	CategoryId,
	Holder,
	Principal,
	Privacy,
	Role,
	Roles,
	Room,
	RoomId,
	RoomProperties,
	RoomSummary,
	RoomType,
	Standing,
	UserUri,
} from "../../rooms/types.ts";
import type { Page } from "./page.ts";

export interface RoomQuery {
	/** Only rooms of exactly this name, compared without case. */
	readonly named?: string | undefined;
	/** Matched without case, in the name; none = every room. */
	readonly words: readonly string[];
	/** `all` of the words, `any` of them, or the words as one `phrase`; default all. */
	readonly match?: "all" | "any" | "phrase" | undefined;
	/** Look in the description too. */
	readonly descriptions: boolean;
	/**
	 * Somebody with the role, given to himself, his domain or a group. Of secret rooms only those that the asker manages,
	 * unless he holds all of these principals himself: who else is in them is not his to know.
	 */
	readonly holding?: readonly {
		readonly role: Role;
		readonly principals: readonly Principal[];
	}[];
	readonly category?: CategoryId | undefined;
	readonly privacy?: Privacy | undefined;
	readonly type?: RoomType | undefined;
	/** Default: enabled ones, and disabled ones to their managers. */
	readonly disabled?: boolean | undefined;
	/** The name of its add-in. */
	readonly addIn?: string | undefined;
	readonly invitations?: "inherit" | "off" | undefined;
	/** The whole name is like this: `*` stands for any characters, `?` for one. */
	readonly namePattern?: string | undefined;
	/** The description has this in it. */
	readonly description?: string | undefined;
	/** Messages that were ever posted in it, those deleted too: both included. */
	readonly leastPosted?: number | undefined;
	readonly mostPosted?: number | undefined;
	readonly limit: number;
}

/** Names and words are compared without case, in any script, and without difference in width or composition. */
export interface RoomReader {
	find(id: RoomId): Promise<Room | undefined>;
	/**
	 * The room and what the holder is to it; undefined when there is none. Takes as many questions to the database, and
	 * as long, for a room that does not exist as for one that does.
	 */
	known(
		id: RoomId,
		holder: Holder,
	): Promise<{ readonly room: Room; readonly standing: Standing } | undefined>;
	/** As `known` of several, in the order asked: as many statements as for one. */
	knownAll(
		asked: readonly { readonly id: RoomId; readonly holder: Holder }[],
	): Promise<readonly Awaited<ReturnType<RoomReader["known"]>>[]>;
	/** As `known`, of the room with this id or alias. */
	knownAt(address: string, holder: Holder): ReturnType<RoomReader["known"]>;
	/** `known` of each that there is, in the order asked; with the same number of questions whether they exist or not. */
	knownAmong(
		ids: readonly RoomId[],
		holder: Holder,
	): Promise<readonly { readonly room: Room; readonly standing: Standing }[]>;
	/** What each of the holders is to the room, in their order. */
	standings(
		room: Pick<Room, "id" | "category">,
		holders: readonly Holder[],
	): Promise<readonly Standing[]>;
	summary(id: RoomId): Promise<RoomSummary | undefined>;
	/** The newest message of each of the rooms that there are, a few hundred: one statement. */
	lastSequences(ids: readonly RoomId[]): Promise<ReadonlyMap<RoomId, number>>;
	roles(id: RoomId): Promise<Roles>;
	/** Rooms that the holder may find (`rooms/access.ts`, `isListed`), by name. */
	search(search: RoomQuery, holder: Holder): Promise<readonly RoomSummary[]>;
	/** Rooms in scope where the holder has the role, by name; disabled ones only as their manager. */
	withRole(
		role: Role,
		holder: Holder,
		limit: number,
	): Promise<readonly RoomSummary[]>;
	/** Rooms that the user follows and may find, by name. `holder` is what he holds. */
	followed(
		user: UserUri,
		holder: Holder,
		limit: number,
	): Promise<
		readonly {
			readonly summary: RoomSummary;
			readonly member: boolean;
			/** The newest message when he left it, or began to follow it. */
			readonly reached: number;
		}[]
	>;
	/** Rooms with this name (secret ones need not be alone with theirs), compared without case. */
	named(name: string): Promise<readonly Room[]>;
	/** Rooms of the category, by id. */
	inCategory(
		category: CategoryId,
		page: Page<RoomId>,
	): Promise<readonly Room[]>;
}

export interface NewRoom extends Omit<RoomProperties, "disabled"> {
	readonly id: RoomId;
	/** Default false. */
	readonly disabled?: boolean;
	readonly members: readonly Principal[];
	readonly managers: readonly Principal[];
	readonly presenters: readonly Principal[];
	readonly createdBy: string;
	readonly createdAt: Date;
}

export interface RoomWriter extends RoomReader {
	/**
	 * Throws `name-taken` when a room that is not secret has the name (compared without case), `no-such-category`. The
	 * name of a secret room is not reserved: to refuse it would tell of the room. An alias is; secret rooms are to have none.
	 */
	add(room: NewRoom): Promise<void>;
	/** The room, locked until the transaction ends. Throws `no-such-room`. */
	lock(id: RoomId): Promise<Room>;
	/** As `known`, with the room locked until the transaction ends. */
	lockKnown(id: RoomId, holder: Holder): ReturnType<RoomReader["known"]>;
	/**
	 * As `lockKnown` of several, in the order asked, but it waits for nobody: `locked` are those that another transaction has. (A server
	 * that cannot tell, MySQL before 8.0 or MariaDB before 10.6, waits.)
	 */
	lockFree(
		asked: readonly { readonly id: RoomId; readonly holder: Holder }[],
	): Promise<readonly (Awaited<ReturnType<RoomReader["known"]>> | "locked")[]>;
	/** What is not named stays. The room must be locked. Throws `name-taken`, `no-such-category`. */
	change(
		id: RoomId,
		changes: Partial<RoomProperties>,
		by: string,
		at: Date,
	): Promise<Room>;
	/** Gives and takes the role; what is there already, or not there, stays so. The room must be locked. */
	changeRole(
		id: RoomId,
		role: Role,
		change: {
			readonly add: readonly Principal[];
			readonly remove: readonly Principal[];
		},
		by: string,
		at: Date,
	): Promise<void>;
	/** With its messages and rights; nobody may be in it. The room must be locked. */
	remove(id: RoomId): Promise<void>;
}
