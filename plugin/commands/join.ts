/**
 * Entering one room, or several at once.
 * `<cmd id="cmd:join"><data><chanid key="0" domain=".." value="GUID"/></data></cmd>`
 * → `<data><chanib …><aib key value="0,1"/></chanib><uib id="0" …/></data>`
 * `cmd:bjoin` takes several `<chanid>`; a room that refuses becomes a `<fib>`, the others are joined all the same.
 */
import { ChatError } from "../errors.ts";
import type { JoinOutcome, RoomId } from "../rooms/types.ts";
import { parseRoomId } from "../xccos/elements.ts";
import { type JoinPart, splitJoin } from "../xccos/split.ts";
import { attribute, children, type XmlElement } from "../xccos/xml.ts";
import {
	type Answer,
	type Budget,
	type CommandContext,
	command,
	type ServiceInfo,
} from "./command.ts";
import { enterRooms } from "./entering.ts";

/** Rooms that one `bjoin` may name. */
const maxRooms = 1_000;

type Target = RoomId | Extract<JoinOutcome, { refusal: ChatError }>;

export const join = command({
	id: "cmd:join",
	decode: (data, service) => decodeRooms(data, service).slice(0, 1),
	async handle(targets, context) {
		const outcomes = await enter(targets, context, false);
		const [outcome] = outcomes;
		if (outcome !== undefined && "refusal" in outcome) throw outcome.refusal;
		return outcomes;
	},
	encode(outcomes, context, budget) {
		const { joined, ...answer } = encodeJoin(outcomes, context, budget);
		const rooms = joined.flatMap((part) => part.rooms);
		return { ...answer, about: () => ({ rooms }) };
	},
});

export const batchJoin = command({
	id: "cmd:bjoin",
	decode: decodeRooms,
	handle: (targets, context) => enter(targets, context, true),
	encode(outcomes, context, budget) {
		const { joined, ...answer } = encodeJoin(outcomes, context, budget);
		const about = new Map(joined.map((part) => [part.data, part]));
		return { ...answer, about: (data) => about.get(data) ?? { rooms: [] } };
	},
});

/** A room whose name cannot be read is refused alone. */
function decodeRooms(data: XmlElement, { domain }: ServiceInfo): Target[] {
	const chanids = children(data, "chanid");
	if (chanids.length === 0) {
		throw new ChatError("malformed", "<data> needs a <chanid> for each room.");
	}
	if (chanids.length > maxRooms) {
		throw new ChatError(
			"too-large",
			`One command names at most ${maxRooms} rooms.`,
		);
	}
	return chanids.map((chanid) => {
		const value = attribute(chanid, "value");
		try {
			return parseRoomId(attribute(chanid, "domain"), value, domain);
		} catch (error) {
			if (!(error instanceof ChatError)) throw error;
			return { room: value.slice(0, 64) as RoomId, refusal: error };
		}
	});
}

async function enter(
	targets: readonly Target[],
	context: CommandContext,
	batch: boolean,
): Promise<readonly JoinOutcome[]> {
	const ids = [
		...new Set(targets.filter((target) => typeof target === "string")),
	];
	const outcomes = await enterRooms(context, ids, {
		batch,
		release(feed, { view }, anew) {
			const { room, participants, rosterHidden } = view;
			const roster = rosterHidden
				? "hidden"
				: new Map(participants.map(({ user }) => [user.uri, user]));
			// Who joins anew has missed nothing up to now; who was here before goes on where he was.
			feed.release(anew ? room.lastSequence : 0, roster);
		},
	});
	const unread = targets.filter((target) => typeof target !== "string");
	return [...outcomes, ...unread];
}

function encodeJoin(
	outcomes: readonly JoinOutcome[],
	{ session, service }: CommandContext,
	{ frameBytes }: Budget,
): Answer & { readonly joined: readonly JoinPart[] } {
	const { parts: joined, notices } = splitJoin(
		service.domain,
		outcomes,
		session.actor.uri,
		frameBytes,
	);
	return { parts: joined.map(({ data }) => data), notices, joined };
}
