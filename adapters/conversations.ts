/** A batch as conversations: what happened in one room, while it had one name. */
import type {
	ArchivedEvent,
	ArchivedRoom,
} from "../plugin/compliance/adapter.ts";

export interface Conversation {
	/** Undefined: what is of no room, like changes of categories and of the directory. */
	readonly room: ArchivedRoom | undefined;
	/** In their order; never empty. */
	readonly events: readonly ArchivedEvent[];
	/** The earliest and the latest instant of them, ISO 8601. */
	readonly startsAt: string;
	readonly endsAt: string;
}

/** In the order of their first events. A room that gets another name or category begins another conversation. */
export function conversationsOf(
	events: readonly ArchivedEvent[],
): readonly Conversation[] {
	const conversations: ArchivedEvent[][] = [];
	const open = new Map<string, ArchivedEvent[]>();
	for (const event of events) {
		const id = event.room?.id ?? "";
		const current = open.get(id);
		const last = current?.at(-1);
		if (current !== undefined && titleOf(last?.room) === titleOf(event.room)) {
			current.push(event);
			continue;
		}
		const next = [event];
		open.set(id, next);
		conversations.push(next);
	}
	return conversations.map((of) => ({
		room: of[0]?.room,
		events: of,
		...periodOf(of),
	}));
}

function titleOf(room: ArchivedRoom | undefined): string {
	return JSON.stringify([room?.name, room?.category.id, room?.category.name]);
}

/** A leftover participant's part is told late, with the instant that he was last seen at: not even a room's order is that of time. */
function periodOf(events: readonly ArchivedEvent[]) {
	const instants = events.map(({ at }) => at).sort();
	return { startsAt: instants[0] ?? "", endsAt: instants.at(-1) ?? "" };
}
