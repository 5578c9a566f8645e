/** The form of a room: everything that its managers may say of it. */
import { h } from "../dom.ts";
import type { Draft } from "./draft.ts";
import { findPrincipals } from "./find-principals.ts";
import { type PrincipalsField, principalsField } from "./principals-field.ts";
import { type Category, type Principal, type Role, roleNames } from "./room.ts";
import { roomFields } from "./room-fields.ts";
import { roleTexts } from "./room-words.ts";
import type { RoomsSite } from "./rooms-site.ts";

export interface RoomForm {
	readonly element: HTMLElement;
	read(): Draft;
	show(draft: Draft): void;
	/** Whether it can be sent at all; else it says why not. */
	check(): boolean;
	/** What is wrong with the name, where one mends it. */
	complainOfName(text: string): void;
}

export interface RoomFormOptions {
	readonly site: RoomsSite;
	readonly domain: string;
	/** Where it may lie. */
	readonly categories: readonly Category[];
	/** The room itself, whose name is its own. */
	readonly room?: string;
	/** Who stays a manager. */
	readonly maker?: string;
	/** Something was typed or chosen. */
	readonly onchange: () => void;
}

export function roomForm(options: RoomFormOptions): RoomForm {
	const { site, categories, room, onchange } = options;
	const fields = roomFields({ site, categories, room, decided: drawDependent });
	const roles = roleFields(options, () => fields.privacy.read() !== "open");
	const { name, description, category, privacy, type, invitations, addIn } =
		fields;

	function drawDependent(): void {
		const chosen = categories.find(({ id }) => id === category.read());
		// Where the category sends none there is nothing to say of them.
		invitations.element.hidden = chosen?.invitations === false;
		roles.presenter.element.hidden =
			type.read() === "normal" && roles.presenter.read().length === 0;
	}

	function complainOfName(text: string): void {
		name.complain(text);
		name.focus();
	}

	return {
		element: h(
			"div",
			{ class: "room-form", oninput: onchange, onchange },
			...[name, description, category, privacy, type].map(
				({ element }) => element,
			),
			...roleNames.map((role) => roles[role].element),
			invitations.element,
			addIn.element,
		),
		read: () => ({
			name: name.read(),
			description: description.read(),
			category: category.read(),
			privacy: privacy.read(),
			type: type.read(),
			invitations: invitations.read(),
			addIn: addIn.read(),
			roles: {
				manager: roles.manager.read(),
				member: roles.member.read(),
				presenter: roles.presenter.read(),
			},
		}),
		show(draft) {
			name.show(draft.name);
			name.complain();
			description.show(draft.description);
			category.show(draft.category);
			privacy.show(draft.privacy);
			type.show(draft.type);
			invitations.show(draft.invitations);
			addIn.show(draft.addIn);
			for (const role of roleNames) roles[role].show(draft.roles[role]);
			drawDependent();
		},
		check() {
			name.complain();
			if (name.read() !== "") return true;
			complainOfName("The room needs a name.");
			return false;
		},
		complainOfName,
	};
}

/** `needsMembers`: a presenter must be a member. */
function roleFields(
	{ site, domain, maker, onchange }: RoomFormOptions,
	needsMembers: () => boolean,
): Readonly<Record<Role, PrincipalsField>> {
	const field = (
		role: Role,
		changed: (added?: Principal) => void = onchange,
	): PrincipalsField =>
		principalsField({
			title: roleTexts[role].many,
			hint: roleTexts[role].hint,
			find: (words) => findPrincipals(site.principals, words, domain),
			isFixed: ({ principal }) => role === "manager" && principal === maker,
			onchange: changed,
		});
	const member = field("member");
	return {
		manager: field("manager"),
		member,
		presenter: field("presenter", (added) => {
			if (added !== undefined && needsMembers()) member.add(added);
			onchange();
		}),
	};
}
