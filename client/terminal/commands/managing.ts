/** Commands that make rooms and manage them. The service decides who may. */
import type { CategoryInfo, Principal, RoomDetails } from "../../index.ts";
import type { Conversation } from "../conversation.ts";
import { harmlessLine } from "../harmless.ts";
import { splitList } from "../listed.ts";
import { idOf, principalNamed, principalText } from "../naming.ts";
import { defaultHistory, Misuse } from "../wording.ts";
import type { TypedCommand } from "./command.ts";
import { roomOrHere } from "./rooms.ts";
import { set } from "./setting.ts";

export const managing: readonly TypedCommand[] = [
	{
		word: "create",
		takes: "NAME [in CATEGORY]",
		does: "make a room that you manage; closed, with you as its first member",
		run: create,
	},
	{
		word: "manage",
		takes: "[ROOM]",
		does: "show this room (or another), with its people; the commands below are about it",
		async run(conversation, text) {
			const { chat, screen } = conversation;
			const { uri } = await roomOrHere(conversation, text);
			const details = await chat.administration.info(uri);
			conversation.manage(details.info);
			for (const line of detailLines(details)) screen.print(`  ${line}`);
		},
	},
	{
		word: "set",
		takes: "WHAT VALUE",
		does: "name, description, privacy, type, invitations or category, e.g. /set privacy secret",
		run: set,
	},
	{
		word: "add",
		takes: "ROLE WHO, …",
		does: "give a role (member, manager or presenter) to alice, domain:NAME or group:NAME",
		run: (conversation, rest) => changeRole(conversation, "add", rest),
	},
	{
		word: "remove",
		takes: "ROLE WHO, …",
		does: "take it away",
		run: (conversation, rest) => changeRole(conversation, "remove", rest),
	},
	{
		word: "disable",
		does: "send everybody out; nobody may enter",
		run: (conversation) => disable(conversation, true),
	},
	{
		word: "enable",
		does: "let them in again",
		run: (conversation) => disable(conversation, false),
	},
];

async function create(conversation: Conversation, rest: string) {
	const { chat } = conversation;
	const categories = await chat.administration.categories();
	if (categories.length === 0) {
		throw new Misuse("There is no category where you may make rooms.");
	}
	const names = categories.map(({ name }) => name).join(", ");
	const longestFirst = [...categories].sort(
		(one, other) => other.name.length - one.name.length,
	);
	const named = longestFirst.find((each) => endsWith(rest, each));
	const name = named ? rest.slice(0, -` in ${named.name}`.length).trim() : rest;
	const category =
		named ?? (categories.length === 1 ? categories[0] : undefined);
	if (name === "" || category === undefined) {
		throw new Misuse(
			`Say what it is to be called, and where it is to be: /create NAME in CATEGORY. You may make rooms in ${names}.`,
		);
	}
	const room = await chat.administration.create(
		{ name, category: category.uri },
		{ members: [chat.user] },
	);
	conversation.note(
		`Made ${harmlessLine(room.name)} in ${harmlessLine(category.name)}; /add member WHO lets others in.`,
	);
	await conversation.enter(room.uri, defaultHistory);
	conversation.manage(room);
}

const roles = {
	member: "members",
	manager: "managers",
	presenter: "presenters",
} as const;

/** `Plans in General`; names of rooms and of categories may hold an `in` of their own. */
function endsWith(text: string, { name }: CategoryInfo): boolean {
	return text.toLowerCase().endsWith(` in ${name.toLowerCase()}`);
}

async function changeRole(
	conversation: Conversation,
	verb: "add" | "remove",
	rest: string,
) {
	const { chat, managed } = conversation;
	const [, word = "", list = ""] = /^(\S+)\s+(.+)$/s.exec(rest) ?? [];
	const singular = word.toLowerCase().replace(/s$/, "");
	const texts = splitList(list) ?? [];
	if (!isRole(singular) || texts.length === 0) {
		throw new Misuse(
			`Say which role, and whose: /${verb} member alice, group:"Front, back". Roles are member, manager and presenter.`,
		);
	}
	const role = roles[singular];
	const before =
		verb === "remove" ? await chat.administration.info(managed.uri) : undefined;
	const uris: string[] = [];
	for (const text of texts) {
		const those = before?.roles?.[role];
		const uri = await principalNamed(chat, text, those);
		if (those?.every((each) => each.uri !== uri)) {
			throw new Misuse(
				`"${text}" is not among the ${role} of ${managed.name}: /manage shows them.`,
			);
		}
		uris.push(uri);
	}
	const details = await chat.administration.changeRoles(managed.uri, {
		[verb]: { [role]: uris },
	});
	const now = principalsText(details.roles?.[role] ?? []);
	conversation.note(`${harmlessLine(details.info.name)}: ${role} are ${now}`);
}

function isRole(word: string): word is keyof typeof roles {
	return Object.hasOwn(roles, word);
}

async function disable(conversation: Conversation, disabled: boolean) {
	const { chat, managed, note } = conversation;
	// It is left by this, and stays the one that is managed.
	conversation.manage(managed);
	const room = await chat.administration.change(managed.uri, { disabled });
	const is = disabled
		? "disabled: /enable lets its people in again"
		: "enabled";
	note(`${harmlessLine(room.name)} is ${is}.`);
}

function detailLines({ info, roles }: RoomDetails): readonly string[] {
	const kinds = [
		info.privacy ?? "",
		info.auditorium ? "auditorium" : "",
		info.disabled ? "disabled" : "",
	];
	return [
		`${info.name} (${kinds.filter((kind) => kind !== "").join(", ")})`,
		`id          ${idOf(info.uri)}`,
		`description ${info.description || "-"}`,
		...(roles
			? [
					`members     ${principalsText(roles.members)}`,
					`managers    ${principalsText(roles.managers)}`,
					`presenters  ${principalsText(roles.presenters)}`,
				]
			: ["Who is what in it is shown to its managers."]),
	].map(harmlessLine);
}

function principalsText(principals: readonly Principal[]): string {
	return harmlessLine(principals.map(principalText).join(", ")) || "nobody";
}
