/** What the page says of rooms, people and roles. */
import { harmlessLine } from "../../../client/terminal/harmless.ts";
import type { Draft, FieldName } from "./draft.ts";
import type { Category, ListedRoom, Loss, Principal, Role } from "./room.ts";

export const roleTexts: Readonly<
	Record<Role, { readonly many: string; readonly hint: string }>
> = {
	manager: { many: "Managers", hint: "They change the room, as you do here." },
	member: {
		many: "Members",
		hint: "They enter, read and post; an open room lets everybody in.",
	},
	presenter: {
		many: "Presenters",
		hint: "In an auditorium they alone post. Unless it is open they are made members too.",
	},
};

export const fieldTexts: Readonly<Record<FieldName, string>> = {
	name: "Name",
	description: "Description",
	category: "Category",
	privacy: "Who enters",
	type: "Who posts",
	invitations: "Invitations",
	addIn: "Page beside the room",
};

export const privacyChoices = [
	{
		value: "closed",
		name: "Closed",
		hint: "Everybody finds it, members enter.",
	},
	{ value: "open", name: "Open", hint: "Everybody finds it and enters." },
	{
		value: "secret",
		name: "Secret",
		hint: "Only members and managers know of it.",
	},
] as const;

export const typeChoices = [
	{ value: "normal", name: "Everybody", hint: "Whoever is in it posts." },
	{ value: "auditorium", name: "Presenters", hint: "An auditorium." },
] as const;

export function nameOf({ principal, name }: Omit<Principal, "known">): string {
	const [, domain] = /^domain:(.*)$/.exec(principal) ?? [];
	return domain === undefined ? harmlessLine(name) : `Everybody at ${domain}`;
}

/** What stands beside the name. */
export function addressOf({ principal }: Pick<Principal, "principal">): string {
	if (principal.startsWith("group:")) return "Group";
	return principal.startsWith("domain:")
		? "Domain"
		: principal.replace(/^sips?:/, "");
}

export function aboutRoom(room: ListedRoom): string {
	const privacy = { open: "Open", closed: "Closed", secret: "Secret" };
	return [
		room.disabled && "Disabled",
		privacy[room.privacy],
		room.type === "auditorium" && "auditorium",
		room.category.name,
	]
		.filter((part) => part !== false)
		.join(" · ");
}

/** What is in a field, for people. */
export function fieldText(
	{ addIn, ...draft }: Draft,
	field: FieldName,
	categories: readonly Category[],
): string {
	const choiceName = (
		choices: readonly { readonly value: string; readonly name: string }[],
		value: string,
	) => choices.find((each) => each.value === value)?.name ?? value;
	switch (field) {
		case "category":
			return (
				categories.find(({ id }) => id === draft.category)?.name ??
				"another category"
			);
		case "privacy":
			return choiceName(privacyChoices, draft.privacy);
		case "type":
			return choiceName(typeChoices, draft.type);
		case "invitations":
			return draft.invitations === "off" ? "none" : "sent to new members";
		case "addIn":
			return addIn === null ? "none" : `${addIn.name} (${addIn.url})`;
		default:
			return draft[field] === "" ? "nothing" : harmlessLine(draft[field]);
	}
}

/** `would no longer be member and manager; is in the room now`. */
export function lossText({ was }: Pick<Loss, "was">): string {
	const roles = was.filter((each) => each in roleTexts);
	return [
		roles.length > 0 && `no longer ${roles.join(" and ")}`,
		was.includes("visitor") && "could no longer enter",
		was.includes("participant") && "is in the room now, and would be put out",
	]
		.filter((part) => part !== false)
		.join("; ");
}
