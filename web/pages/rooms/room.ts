/** Rooms as the site has them, and what is asked for of them. */

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
