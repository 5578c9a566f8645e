/** Who there is, as the rooms need to know it. The database answers today (`store/`); another directory can take its place. */
import type {
	GroupId,
	Holder,
	NamedPrincipal,
	PolicyScope,
	Principal,
	User,
	UserUri,
} from "./types.ts";

/** What the directory might say in place of what it says; what is absent is as it is. */
export interface Supposition {
	/** It has these members; none also when there is no such group any more. */
	readonly group?: {
		readonly id: GroupId;
		readonly members: readonly Principal[];
	};
	readonly administrators?: readonly Principal[];
	/** `enabled` undefined: nothing is said of the scope. */
	readonly policy?: {
		readonly scope: PolicyScope;
		readonly enabled: boolean | undefined;
	};
	/** Off also when there is no such user any more. */
	readonly account?: { readonly user: UserUri; readonly active: boolean };
}

/** Throws only `ChatError('unavailable')`. */
export interface Directory {
	find(uri: UserUri): Promise<User | undefined>;
	/** Those of them whose account is on and whom policy lets use persistent chat. */
	enabled(
		users: readonly UserUri[],
		supposing?: Supposition,
	): Promise<ReadonlySet<UserUri>>;
	/** What each of these holds; an unknown user holds himself and his domain. */
	holders(
		users: readonly UserUri[],
		supposing?: Supposition,
	): Promise<ReadonlyMap<UserUri, Holder>>;
	/**
	 * Who could be a member: the users known here who hold one of the principals, but none of `except`, by URI; as many as
	 * `limit`, after the URI `after`.
	 */
	covered(
		principals: readonly Principal[],
		page: {
			readonly except?: readonly Principal[];
			readonly after?: UserUri | undefined;
			readonly limit: number;
		},
	): Promise<readonly User[]>;
	/** The users and domains that are in these principals, however deep, known or not. */
	expanded(principals: readonly Principal[]): Promise<readonly Principal[]>;
	/** Users whose name, URI or e-mail address has all the words, and groups whose name has, by name. */
	search(
		words: readonly string[],
		limit: number,
	): Promise<{
		readonly users: readonly User[];
		readonly groups: readonly NamedPrincipal[];
		/** There are more than these. */
		readonly more: boolean;
	}>;
	/** In the order asked. */
	named(principals: readonly Principal[]): Promise<readonly NamedPrincipal[]>;
}
