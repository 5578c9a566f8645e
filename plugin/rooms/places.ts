/** The rooms where something may be lost by a change: each as it is and as it would be, and what somebody is there. */
import { scopeOf } from "./access.ts";
import { type Ability, presentIn } from "./concerned.ts";
import type { RoomState, Scope, Supposed } from "./losses.ts";
import type { roleNames } from "./roles.ts";
import type {
	CategoryId,
	Holder,
	Principal,
	Roles,
	Room,
	Standing,
	UserUri,
} from "./types.ts";
import type { RoomsWork } from "./work.ts";

/** Rooms looked at in one turn. */
const atOnce = 500;

export interface Place {
	readonly room: Room;
	readonly before: Judged;
	readonly after: Judged | undefined;
	readonly present: ReadonlySet<UserUri>;
}

/** A room's state, made to be asked of many. */
export interface Judged extends Pick<Room, "privacy" | "disabled"> {
	readonly roles: Readonly<
		Record<(typeof roleNames)[number], ReadonlySet<Principal>>
	>;
	readonly inScope: (holder: Holder) => boolean;
}

export const nothing: Standing = {
	inScope: false,
	administrator: false,
	member: false,
	manager: false,
	presenter: false,
};

/** Whether he is anything there, or could be. */
export function isIn({ inScope }: Judged, ability: Ability): boolean {
	return ability.enabled && inScope(ability);
}

/** `shut`: nobody is anything in it but its managers. */
export function standingIn(
	{ roles, inScope }: Judged,
	ability: Ability,
	shut = false,
): Standing {
	if (!ability.enabled || !inScope(ability)) return nothing;
	const has = (role: keyof Roles) =>
		ability.principals.some((each) => roles[role].has(each));
	return {
		inScope: true,
		administrator: ability.administrator,
		member: !shut && has("member"),
		manager: has("manager"),
		presenter: !shut && has("presenter"),
	};
}

export async function* placesOf(
	work: RoomsWork,
	supposed: Supposed,
): AsyncIterable<Place> {
	if (supposed.of === "room") {
		const { room, before, after } = supposed;
		const judge = (state: RoomState) => judged(state, judgeOf(state.scope));
		const present = await presentIn(work, room);
		yield {
			room,
			before: judge(before),
			after: after && judge(after),
			present,
		};
		return;
	}
	const { store } = work;
	const categories =
		supposed.of === "category"
			? [{ id: supposed.category, ...supposed.before }]
			: await store.categories.list();
	for (const category of categories) {
		const before = judgeOf(category);
		const after = supposed.of === "category" ? judgeOf(supposed.after) : before;
		for await (const room of roomsOf(work, category.id)) {
			const roles = await store.rooms.roles(room.id);
			const state = { ...room, roles };
			yield {
				room,
				before: judged(state, before),
				after: judged(state, after),
				present: await presentIn(work, room),
			};
		}
	}
}

function judged(
	{ privacy, disabled, roles }: Omit<RoomState, "scope">,
	inScope: Judged["inScope"],
): Judged {
	const { member, manager, presenter } = roles;
	return {
		privacy,
		disabled,
		inScope,
		roles: {
			member: new Set(member),
			manager: new Set(manager),
			presenter: new Set(presenter),
		},
	};
}

/** A category has many rooms, and may name many principals: each is judged once. */
function judgeOf(scope: Scope): Judged["inScope"] {
	const known = new Map<Holder, boolean>();
	const inScope = scopeOf(scope);
	return (holder) => {
		const before = known.get(holder);
		if (before !== undefined) return before;
		const is = inScope(holder);
		known.set(holder, is);
		return is;
	};
}

async function* roomsOf(
	{ store }: RoomsWork,
	category: CategoryId,
): AsyncIterable<Room> {
	for (let after: Room["id"] | undefined; ; ) {
		const page = { after, limit: atOnce };
		const rooms = await store.rooms.inCategory(category, page);
		yield* rooms;
		after = rooms.at(-1)?.id;
		if (rooms.length < atOnce) return;
	}
}
