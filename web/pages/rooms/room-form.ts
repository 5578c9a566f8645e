/** The form of a room: everything that its managers may say of it. */
import { h } from "../dom.ts";
import { typeAhead } from "../type-ahead.ts";
import {
	checkField,
	choiceField,
	selectField,
	textField,
} from "../views/fields.ts";
import type { Draft, FieldName } from "./draft.ts";
import { findPrincipals } from "./find-principals.ts";
import { type PrincipalsField, principalsField } from "./principals-field.ts";
import { type Category, type Principal, type Role, roleNames } from "./room.ts";
import {
	fieldTexts,
	privacyChoices,
	roleTexts,
	typeChoices,
} from "./room-words.ts";
import type { RoomsSite } from "./rooms-site.ts";

/** Characters; as the rooms have it. */
const nameLength = 256;
const addressLength = 1_024;

export interface RoomForm {
	readonly element: HTMLElement;
	read(): Draft;
	show(draft: Draft): void;
	/** Undefined: the field is well. */
	complain(field: FieldName, text?: string): void;
	focus(field: FieldName): void;
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
	readonly onchange: () => void;
}

export function roomForm(options: RoomFormOptions): RoomForm {
	const { categories, onchange } = options;
	const asking = nameAsking(options, (text) => name.complain(text));
	const askForName = () => {
		if (privacy.read() === "secret") {
			asking.forget();
			name.complain();
		} else asking.later(name.read());
	};
	const name = textField(fieldTexts.name, {
		required: true,
		maxlength: nameLength,
		oninput: askForName,
	});
	const description = textField(fieldTexts.description, {
		maxlength: nameLength,
		lines: 2,
	});
	const category = selectField(fieldTexts.category, {
		hint: "It says who could ever be let in.",
		onchange: () => drawDependent(),
	});
	category.offer(categories.map((each) => ({ ...each, value: each.id })));
	const privacy = choiceField(fieldTexts.privacy, privacyChoices, askForName);
	const type = choiceField(fieldTexts.type, typeChoices, () => drawDependent());
	const invitations = checkField("Tell new members that they were added");
	const addIn = addInFields();
	const roles = roleFields(options, {
		needsMembers: () => privacy.read() !== "open",
	});

	function drawDependent(): void {
		const chosen = categories.find(({ id }) => id === category.read());
		invitations.input.disabled = chosen?.invitations === false;
		invitations.complain(
			chosen?.invitations === false
				? "The category sends no invitations."
				: undefined,
		);
		roles.presenter.element.hidden =
			type.read() === "normal" && roles.presenter.read().length === 0;
	}

	const fields = {
		name,
		description,
		category,
		privacy,
		type,
		invitations,
		addIn: addIn.address,
	};
	const element = h(
		"div",
		{ class: "room-form", oninput: onchange, onchange },
		name.element,
		description.element,
		category.element,
		privacy.element,
		type.element,
		...roleNames.map((role) => roles[role].element),
		invitations.element,
		addIn.element,
	);
	return {
		element,
		read: () => ({
			name: name.read(),
			description: description.read(),
			category: category.read(),
			privacy: privacy.read(),
			type: type.read(),
			invitations: invitations.read() ? "inherit" : "off",
			addIn: addIn.read(),
			roles: {
				manager: roles.manager.read(),
				member: roles.member.read(),
				presenter: roles.presenter.read(),
			},
		}),
		show(draft) {
			name.show(draft.name);
			description.show(draft.description);
			category.show(draft.category);
			privacy.show(draft.privacy);
			type.show(draft.type);
			invitations.show(draft.invitations === "inherit");
			addIn.show(draft.addIn);
			for (const role of roleNames) roles[role].show(draft.roles[role]);
			drawDependent();
		},
		complain: (field, text) => fields[field].complain(text),
		focus: (field) => fields[field].focus(),
	};
}

/** Whether somebody else's room has the name; what only the service can see it says when it is saved. */
function nameAsking(
	{ site, room }: RoomFormOptions,
	tell: (complaint?: string) => void,
) {
	return typeAhead(
		async (name: string) => (name === "" ? undefined : site.named(name)),
		(found) =>
			tell(
				found === undefined || found.id === room || found.privacy === "secret"
					? undefined
					: "Another room has this name.",
			),
		() => tell(),
	);
}

function addInFields() {
	const name = textField("Its name", { maxlength: nameLength });
	const address = textField("Its address", {
		hint: "https://example.com/",
		type: "url",
		inputmode: "url",
		maxlength: addressLength,
	});
	const element = h(
		"details",
		{ class: "field" },
		h("summary", {}, fieldTexts.addIn),
		h(
			"p",
			{ class: "hint" },
			"Clients that can show it show this page beside the messages. Empty: none.",
		),
		name.element,
		address.element,
	);
	return {
		element,
		address,
		read() {
			const made = { name: name.read(), url: address.read() };
			return made.name === "" && made.url === "" ? null : made;
		},
		show(addIn: Draft["addIn"]) {
			name.show(addIn?.name ?? "");
			address.show(addIn?.url ?? "");
			element.open = addIn !== null;
		},
	};
}

function roleFields(
	{ site, domain, maker, onchange }: RoomFormOptions,
	{ needsMembers }: { readonly needsMembers: () => boolean },
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
			// A presenter must be a member, but where everybody may enter.
			if (added !== undefined && needsMembers()) member.add(added);
			onchange();
		}),
	};
}
