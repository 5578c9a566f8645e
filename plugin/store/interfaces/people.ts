/** Who there is: users, groups, policy and administrators. */
import type {
	Group,
	GroupId,
	Policy,
	PolicyScope,
	Principal,
	User,
	UserUri,
} from "../../rooms/types.ts";
import type { Page } from "./page.ts";

/**
 * H(name:realm:password), hexadecimal (RFC 8760): the password itself is never kept. Clients write their name with or
 * without the domain, and the sum covers it as written, so each form has its own.
 */
export interface Credentials {
	readonly md5: string;
	readonly sha256: string;
	readonly md5WithDomain: string;
	readonly sha256WithDomain: string;
}

export interface UserReader {
	find(uri: UserUri): Promise<User | undefined>;
	/** As administrators see him. */
	record(uri: UserUri): Promise<UserRecord | undefined>;
	/** What digest authentication needs; undefined for a user without a password here. */
	credentials(uri: UserUri): Promise<Credentials | undefined>;
	isEmpty(): Promise<boolean>;
	/** By URI, as many as `limit`, after the URI `after`. */
	list(page: Page<UserUri>): Promise<readonly UserRecord[]>;
}

/** A user as administrators see him. */
export interface UserRecord extends User {
	/** His account is on; policy has its own word (`enabled` is both). */
	readonly active: boolean;
}

export interface NewUser extends Omit<User, "enabled"> {
	/** His account is on. */
	readonly active: boolean;
	readonly credentials?: Credentials;
}

export interface UserWriter extends UserReader {
	/** Throws `name-taken` when the URI or the GUID is taken. */
	add(user: NewUser): Promise<void>;
	/** Throws `no-such-principal`. */
	change(
		uri: UserUri,
		changes: Partial<Omit<NewUser, "uri" | "guid">>,
	): Promise<void>;
	/** With his rights, preferences, presence and memberships in groups; what he wrote stays. Throws `no-such-principal`. */
	remove(uri: UserUri): Promise<void>;
}

export interface GroupReader {
	find(id: GroupId): Promise<Group | undefined>;
	/** The groups that these are in, however deep. */
	containing(members: readonly Principal[]): Promise<ReadonlySet<Principal>>;
	/** Compared without case. */
	named(name: string): Promise<Group | undefined>;
	/** By name. */
	list(): Promise<readonly Group[]>;
}

export interface GroupWriter extends GroupReader {
	/** The group, locked until the transaction ends. Throws `no-such-principal`. */
	lock(id: GroupId): Promise<Group>;
	/** Throws `name-taken`. */
	add(group: Group): Promise<void>;
	/** The whole of it. Throws `no-such-principal`, `name-taken`. */
	change(group: Group): Promise<void>;
	/** With the rights given to it. Throws `no-such-principal`, `in-use` while a category denies it, or a group that it is in. */
	remove(id: GroupId): Promise<void>;
}

export interface PolicyReader {
	find(scope: PolicyScope): Promise<Policy | undefined>;
	list(): Promise<readonly Policy[]>;
	administrators(): Promise<readonly Principal[]>;
}

export interface PolicyWriter extends PolicyReader {
	set(policy: Policy): Promise<void>;
	/** The next wider scope decides again. */
	unset(scope: PolicyScope): Promise<void>;
	setAdministrators(principals: readonly Principal[]): Promise<void>;
}

export interface RightsReader {
	/** Another one as soon as a change of a right has been committed, by whichever node. */
	generation(): Promise<number>;
}

export interface RightsWriter extends RightsReader {
	/**
	 * A right is about to be changed, or who has one: until this transaction ends no other one changes any, on any node. Whoever
	 * changes one through this store does it; call it first where something is to be looked at before.
	 */
	change(): Promise<void>;
}
