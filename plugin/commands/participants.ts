/**
 * Who is in a room, page by page, however many they are: for when its roster is hidden.
 * `<cmd id="cmd:getparticipants"><data><chanib uri=".."/><page after="sip:.." maxResults="100"/></data></cmd>`
 * → `<data><chanib uri><info id="…ucnt">16000</info></chanib><uib uri uname …><aib key domain value/></uib>…
 * <page moreAvailable="true" after="sip:.."/></data>`, by address.
 */
import { ChatError } from "../errors.ts";
import type { UserUri } from "../rooms/types.ts";
import {
	aibOfRoom,
	parseRoomUri,
	participantCountInfo,
	permissionMask,
	uib,
} from "../xccos/elements.ts";
import { splitElements } from "../xccos/split.ts";
import {
	attribute,
	child,
	children,
	element,
	optionalAttribute,
} from "../xccos/xml.ts";
import { ofRoom } from "./about.ts";
import { command } from "./command.ts";
import { decodeLimit, defaultResults, page } from "./paging.ts";

/** What one question gives at most. */
const maxResults = 500;

export const participants = command({
	id: "cmd:getparticipants",
	decode(data, { domain }) {
		const uri = attribute(child(data, "chanib"), "uri");
		const [asked] = children(data, "page");
		const limit = asked === undefined ? defaultResults : decodeLimit(asked);
		return {
			uri,
			room: parseRoomUri(uri, domain),
			after: asked && decodeAfter(optionalAttribute(asked, "after")),
			limit: Math.min(limit, maxResults),
		};
	},
	async handle({ uri, room, after, limit }, { session, rooms }) {
		const found = await rooms.participants(session.actor, room, {
			after,
			// One more than is shown tells whether there are more.
			limit: limit + 1,
		});
		return { uri, ...found, limit };
	},
	encode({ uri, summary, participants, limit }, { service }, { frameBytes }) {
		const { room, participantCount } = summary;
		const shown = participants.slice(0, limit);
		const people = shown.map(({ user, standing }) =>
			uib(
				user,
				undefined,
				aibOfRoom(service.domain, room.id, permissionMask(room, standing)),
			),
		);
		const more = participants.length > limit;
		return {
			parts: splitElements(
				[
					element("chanib", { uri }, participantCountInfo(participantCount)),
					...people,
					page(more, shown.at(-1)?.user.uri),
				],
				frameBytes,
			),
			about: ofRoom(room.id),
		};
	},
});

function decodeAfter(text: string | undefined): UserUri | undefined {
	if (text === undefined || text === "") return undefined;
	if (text.length <= 255) return text.toLowerCase() as UserUri;
	throw new ChatError("malformed", "after must be the address of a user.");
}
