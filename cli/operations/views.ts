/** What the operations give, as JSON: stable shapes for scripts. Dates are ISO 8601 in UTC. */
import type { UserDetails } from "../../plugin/rooms/inventory.ts";
import type {
	CategoryRecord,
	Loss,
	Losses,
	Message,
	Principal,
	Roles,
	Room,
	RoomSummary,
	User,
} from "../../plugin/rooms/types.ts";
import type { OperationWork } from "./operation.ts";

/** A principal with its name. */
export interface Named {
	/** `sip:alice@example.com`, `domain:example.com`, `group:<id>`. */
	readonly principal: string;
	readonly name: string;
	/** False for what the directory does not know any more. */
	readonly known: boolean;
}

export interface UserView {
	readonly uri: string;
	readonly name: string;
	readonly email: string | null;
	/** The account is on. */
	readonly active: boolean;
	/** … and policy lets him use persistent chat. */
	readonly enabled: boolean;
}

export interface UserDetailsView extends UserView {
	readonly groups: readonly Named[];
	readonly administrator: boolean;
}

export interface GroupView {
	readonly id: string;
	readonly name: string;
	readonly members: readonly Named[];
}

export interface CategoryView {
	readonly id: string;
	readonly name: string;
	readonly description: string;
	readonly invitations: boolean;
	readonly files: boolean;
	readonly history: boolean;
	/** What happens to posts while the archive of compliance is behind. */
	readonly compliance: "open" | "closed";
	/** Days; 0: for ever; null: as the service has it. */
	readonly retainDays: number | null;
	readonly allowed: readonly Named[];
	readonly denied: readonly Named[];
	readonly creators: readonly Named[];
}

export interface RoomView {
	readonly id: string;
	readonly name: string;
	readonly description: string;
	readonly category: { readonly id: string; readonly name: string };
	readonly privacy: Room["privacy"];
	readonly type: Room["type"];
	readonly invitations: Room["invitations"];
	readonly disabled: boolean;
	readonly addIn: { readonly name: string; readonly url: string } | null;
	/** Names it in its SIP address, `sip:room.<alias>@<domain>`. */
	readonly alias: string | null;
	/** Users who are in it now. */
	readonly participants: number;
	/** The number of the newest message. */
	readonly lastSequence: number;
	readonly createdBy: string;
	readonly createdAt: string;
	readonly updatedBy: string;
	readonly updatedAt: string;
}

export interface RoomDetailsView extends RoomView {
	readonly members: readonly Named[];
	readonly managers: readonly Named[];
	readonly presenters: readonly Named[];
}

export interface MessageView {
	/** Within its room: 1, 2, 3 … */
	readonly number: number;
	readonly at: string;
	readonly author: { readonly uri: string; readonly name: string };
	readonly text: string;
	/** High importance. */
	readonly alert: boolean;
	/** An administrator has put the text in the place of another. */
	readonly replaced: boolean;
}

export interface LossesView {
	/** At most 1,000. */
	readonly losses: readonly LossView[];
	/** How many there are beside those, up to 100,000. */
	readonly more: number;
	/** There may be still more. */
	readonly cut: boolean;
}

export interface LossView {
	readonly room: { readonly id: string; readonly name: string };
	readonly principal: string;
	readonly name: string;
	/** What he would be no more. */
	readonly was: Loss["was"];
}

export function userView(user: User & { readonly active: boolean }): UserView {
	const { uri, displayName, email, active, enabled } = user;
	return { uri, name: displayName, email: email || null, active, enabled };
}

export function userDetailsView(user: UserDetails): UserDetailsView {
	const { groups, administrator } = user;
	return { ...userView(user), groups, administrator };
}

/** The lists, each principal with its name; one question for all of them. */
export async function withNames<Key extends string>(
	{ rooms, actor }: OperationWork,
	lists: Readonly<Record<Key, readonly Principal[]>>,
): Promise<Readonly<Record<Key, readonly Named[]>>> {
	const keys = Object.keys(lists) as Key[];
	const all = [...new Set(keys.flatMap((key) => lists[key]))];
	const named = new Map<string, Named>(
		(await rooms.named(actor, all)).map((each) => [each.principal, each]),
	);
	const nameOf = (principal: string): Named =>
		named.get(principal) ?? { principal, name: principal, known: false };
	const result = {} as Record<Key, readonly Named[]>;
	for (const key of keys) result[key] = lists[key].map(nameOf);
	return result;
}

export async function categoryView(
	work: OperationWork,
	category: CategoryRecord,
): Promise<CategoryView> {
	const { id, name, description, invitations, files, history } = category;
	const { compliance, retainDays, allowed, denied, creators } = category;
	return {
		id,
		name,
		description,
		invitations,
		files,
		history,
		compliance,
		retainDays,
		...(await withNames(work, { allowed, denied, creators })),
	};
}

export function roomView({ room, participantCount }: RoomSummary): RoomView {
	const { id, name, description, privacy, type, invitations, disabled } = room;
	const { category, lastSequence, createdBy, updatedBy } = room;
	return {
		id,
		name,
		description,
		category: { id: category.id, name: category.name },
		privacy,
		type,
		invitations,
		disabled,
		addIn: room.addIn ?? null,
		alias: room.alias ?? null,
		participants: participantCount,
		lastSequence,
		createdBy,
		createdAt: room.createdAt.toISOString(),
		updatedBy,
		updatedAt: room.updatedAt.toISOString(),
	};
}

export async function roomDetailsView(
	work: OperationWork,
	room: RoomSummary & { readonly roles?: Roles },
): Promise<RoomDetailsView> {
	const { member = [], manager = [], presenter = [] } = room.roles ?? {};
	const lists = { members: member, managers: manager, presenters: presenter };
	return { ...roomView(room), ...(await withNames(work, lists)) };
}

export function messageView(message: Message): MessageView {
	const { sequence, postedAt, author, text, alert, replaced } = message;
	return {
		number: sequence,
		at: postedAt.toISOString(),
		author: { uri: author.uri, name: author.displayName },
		text,
		alert,
		replaced: replaced !== undefined,
	};
}

export async function lossesView(
	work: OperationWork,
	{ losses, more, cut }: Losses,
): Promise<LossesView> {
	const all = losses.map(({ principal }) => principal);
	const named = await work.rooms.named(work.actor, all);
	const views = losses.map(({ room, principal, was }, index) => ({
		room,
		principal,
		name: named[index]?.name ?? principal,
		was,
	}));
	return { losses: views, more, cut };
}
