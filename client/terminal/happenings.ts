/** What happens while the person looks on, in sentences: others come and go, rooms change, the connection is lost. */
import type { Invitation } from "../index.ts";
import { type Conversation, nameOf } from "./conversation.ts";
import { harmlessLine, refusalText } from "./harmless.ts";
import { changesOfPerson, changesOfRoom } from "./sentences.ts";
import { explain, runsText, unreadText } from "./wording.ts";

/** From now on what happens is shown. */
export function showHappenings(conversation: Conversation): void {
	const { chat, screen } = conversation;
	chat.on("message", (message) => conversation.heard(message));
	showRooms(conversation);
	showPeople(conversation);
	chat.on("deleted", ({ room, runs }) =>
		conversation.happened(room, `an administrator deleted ${runsText(runs)}`),
	);
	chat.on("replaced", ({ room, runs, text }) =>
		conversation.happened(
			room,
			`an administrator replaced ${runsText(runs)}: ${harmlessLine(text)}`,
		),
	);
	chat.on("invitation", (invitation) => {
		tellInvitation(conversation, invitation);
		// Told now: not told again at the next start.
		if (screen.interactive) void chat.newInvitations().catch(() => {});
	});
	chat.on("newContent", (room) =>
		conversation.note(
			`${harmlessLine(room.name)}: ${unreadText(room)}: /join it to read`,
		),
	);
	chat.on("postRefused", ({ error }) =>
		conversation.complain(`Not posted: ${refusalText(error.text)}`),
	);
	chat.on("gap", ({ room }) =>
		conversation.happened(room, "some messages in between may be missing here"),
	);
	showConnection(conversation);
}

function showRooms(conversation: Conversation): void {
	const { chat, screen } = conversation;
	chat.on("kicked", ({ room, why }) => {
		screen.complain(
			`You were shown out of ${nameOf(room)}: ${refusalText(harmlessLine(why))}`,
		);
		if (room === conversation.room) conversation.goElsewhere();
	});
	chat.on("roomChanged", ({ room, before }) => {
		for (const said of changesOfRoom(before, room.info)) {
			conversation.happened(room, said);
		}
		if (room === conversation.room) conversation.writeIn(room);
	});
}

function showPeople(conversation: Conversation): void {
	const { chat, style } = conversation;
	chat.on("joined", ({ room, person: { name, uri } }) =>
		conversation.happened(room, `${style.name(name, uri)} came in`),
	);
	chat.on("parted", ({ room, person: { name, uri } }) =>
		conversation.happened(room, `${style.name(name, uri)} left`),
	);
	chat.on("permissionsChanged", ({ room, person, before }) => {
		const self = person.uri.toLowerCase() === chat.user.toLowerCase();
		const name = self ? undefined : style.name(person.name, person.uri);
		for (const said of changesOfPerson(name, before, person)) {
			conversation.happened(room, said);
		}
	});
}

function showConnection(conversation: Conversation): void {
	const { chat, screen } = conversation;
	chat.on("disconnected", ({ why, final }) => {
		if (final) {
			conversation.complain(`You are signed out: ${why}`);
			conversation.quit();
		} else screen.complain(`Connection lost: ${why}. Coming back …`);
	});
	chat.on("reconnected", () => {
		conversation.note("Connected again.");
		if (screen.interactive) void tellInvitations(conversation);
	});
}

/** Says to which rooms one has been invited meanwhile; never rejects. */
export async function tellInvitations(
	conversation: Conversation,
): Promise<void> {
	try {
		for (const invitation of await conversation.chat.newInvitations()) {
			tellInvitation(conversation, invitation);
		}
	} catch (error) {
		conversation.note(`Invitations are not known: ${explain(error)}`);
	}
}

function tellInvitation(
	{ chat, note }: Conversation,
	{ room }: Invitation,
): void {
	if (chat.joined.has(room.uri)) return;
	note(`You are invited to ${harmlessLine(room.name)}: /join it`);
}
