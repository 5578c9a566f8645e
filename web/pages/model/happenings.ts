/** What the service tells while we look on, brought into the state. */
import type { Room } from "../../../client/browser.ts";
import {
	changesOfPerson,
	changesOfRoom,
} from "../../../client/terminal/sentences.ts";
import { explain } from "../words.ts";
import { withFileNames } from "./files.ts";
import { mentions } from "./mentions.ts";
import { echoed, postWaiting } from "./posting.ts";
import { loadRooms } from "./rooms.ts";
import type { RoomState, State } from "./state.ts";

/** From now on the state follows what happens. */
export function followHappenings(state: State): void {
	hearMessages(state);
	hearModeration(state);
	hearPeople(state);
	hearRooms(state);
	hearConnection(state);
}

function hearMessages(state: State): void {
	const { chat } = state;
	chat.on("message", (message) => {
		const { me } = state;
		const room = state.rooms.get(message.room);
		if (!room) return;
		const isOwn = message.author.uri.toLowerCase() === me.uri.toLowerCase();
		if (isOwn) echoed(room, message.text);
		room.timeline.live(message);
		const isSeen = room === state.current && !document.hidden;
		if (!isOwn && !isSeen) {
			const isForMe = message.alert || mentions(message.text, me);
			room.unread.count += 1;
			if (isForMe) room.unread.addressed += 1;
			if (isForMe) {
				const text = `${message.author.name} in ${room.info.name}: ${withFileNames(message.text)}`;
				state.toast({ text, urgent: message.alert, room: room.uri });
			}
			state.changed("rooms");
		}
		state.changed("messages");
	});
	chat.on("postRefused", ({ error }) =>
		state.toast({ text: `Not posted: ${explain(error)}`, urgent: true }),
	);
	chat.on("gap", ({ room, before }) => {
		state.rooms.get(room.info.uri)?.timeline.gap(before);
		state.changed("messages");
	});
	chat.on("newContent", (found) => {
		const room = state.know(found);
		room.followed = true;
		const before = room.unread.addressed;
		room.unread = { ...(found.unread ?? { count: 1, addressed: 0 }) };
		if (room.unread.addressed > before) {
			const text = `There is something for you in ${room.info.name}.`;
			state.toast({ text, urgent: false, room: room.uri });
		}
		state.changed("rooms");
	});
}

function hearModeration({ chat, rooms, changed }: State): void {
	chat.on("deleted", ({ room, runs }) => {
		rooms.get(room.info.uri)?.timeline.deleted(runs);
		changed("messages");
	});
	chat.on("replaced", ({ room, runs, text }) => {
		rooms.get(room.info.uri)?.timeline.replaced(runs, text);
		changed("messages");
	});
}

function hearPeople(state: State): void {
	const { chat, me } = state;
	chat.on("joined", () => state.changed("people"));
	chat.on("parted", () => state.changed("people"));
	chat.on("permissionsChanged", ({ room, person, before }) => {
		const isSelf = person.uri.toLowerCase() === me.uri.toLowerCase();
		const name = isSelf ? undefined : person.name;
		noteIn(state, room, changesOfPerson(name, before, person));
		state.changed("messages", "people");
	});
}

function hearRooms(state: State): void {
	const { chat } = state;
	chat.on("roomChanged", ({ room, before }) => {
		noteIn(state, room, changesOfRoom(before, room.info));
		const known = state.rooms.get(room.info.uri);
		if (known) known.info = room.info;
		state.changed("rooms", "messages", "people");
	});
	chat.on("kicked", ({ room, why }) => {
		const known = state.rooms.get(room.info.uri);
		if (!known) return;
		known.joined = false;
		known.shownOut = `You are no longer in this room: ${explain(new Error(why))}`;
		const text = `You are no longer in ${known.info.name}: ${explain(new Error(why))}`;
		state.toast({ text, urgent: true });
		state.changed("rooms", "messages", "people");
	});
	chat.on("invitation", (invitation) => {
		if (chat.joined.has(invitation.room.uri)) return;
		state.invitations = [
			...state.invitations.filter(({ id }) => id !== invitation.id),
			invitation,
		];
		const text = `You are invited to ${invitation.room.name}.`;
		state.toast({ text, urgent: false });
		// Told now: not told again at the next sign-in.
		void chat.newInvitations().catch(() => undefined);
		state.changed("invitations");
	});
}

function hearConnection(state: State): void {
	const { chat } = state;
	chat.on("disconnected", ({ why, final }) => {
		state.connection = final ? "over" : "away";
		state.why = explain(new Error(why));
		state.changed("connection");
	});
	chat.on("reconnected", () => {
		state.connection = "connected";
		postWaiting(state);
		loadRooms(state).catch(() => undefined);
		state.changed("connection", "rooms", "messages", "people");
	});
}

function noteIn(state: State, room: Room, sentences: readonly string[]): void {
	const known: RoomState | undefined = state.rooms.get(room.info.uri);
	for (const sentence of sentences) {
		known?.timeline.note(explain(new Error(sentence)));
	}
}
