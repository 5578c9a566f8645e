/** Who there is, as the rooms need to know it. The database answers today (`store/`); another directory can take its place. */
import type {
	Holder,
	NamedPrincipal,
	Principal,
	User,
	UserUri,
} from "./types.ts";

/** Throws only `ChatError('unavailable')`. */
export interface Directory {
	find(uri: UserUri): Promise<User | undefined>;
	/** Those of them whose account is on and whom policy lets use persistent chat. */
	enabled(users: readonly UserUri[]): Promise<ReadonlySet<UserUri>>;
	/** What each of these holds; an unknown user holds himself and his domain. */
	holders(users: readonly UserUri[]): Promise<ReadonlyMap<UserUri, Holder>>;
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
