/** The fields of what a room is: each shows and reads one of its properties. */
import { h } from "../dom.ts";
import { typeAhead } from "../type-ahead.ts";
import {
	checkField,
	choiceField,
	type Field,
	selectField,
	textField,
} from "../views/fields.ts";
import type { AddIn, Category, Properties } from "./room.ts";
import { fieldTexts, privacyChoices, typeChoices } from "./room-words.ts";
import type { RoomsSite } from "./rooms-site.ts";

/** Characters; as the rooms have it. */
const nameLength = 256;
const addressLength = 1_024;

export type RoomFields = {
	readonly [Name in keyof Properties]: Field<Properties[Name]>;
};

export interface RoomFieldsNeeds {
	readonly site: Pick<RoomsSite, "named">;
	/** Where it may lie. */
	readonly categories: readonly Category[];
	/** The room itself, whose name is its own. */
	readonly room?: string | undefined;
	/** What other fields show by: the category, or who posts. */
	readonly decided: () => void;
}

export function roomFields(needs: RoomFieldsNeeds): RoomFields {
	const { categories, decided } = needs;
	const asking = nameAsking(needs, (text) => name.complain(text));
	function askForName(): void {
		asking.forget();
		name.complain();
		// Secret rooms may be called as others are: nobody learns of them by their names.
		if (privacy.read() !== "secret") asking.later(name.read());
	}
	const name = textField(fieldTexts.name, {
		required: true,
		maxlength: nameLength,
		oninput: askForName,
	});
	const category = selectField(fieldTexts.category, {
		hint: "It says who could ever be let in.",
		onchange: decided,
	});
	category.offer(categories.map((each) => ({ ...each, value: each.id })));
	const privacy = choiceField(fieldTexts.privacy, privacyChoices, askForName);
	return {
		name,
		description: textField(fieldTexts.description, {
			maxlength: nameLength,
			lines: 2,
		}),
		category,
		privacy,
		type: choiceField(fieldTexts.type, typeChoices, decided),
		invitations: invitationsField(),
		addIn: addInField(),
	};
}

/** Whether somebody else's room has the name; of rooms that one may not see the service says it when the room is saved. */
function nameAsking(
	{ site, room }: RoomFieldsNeeds,
	tell: (complaint?: string) => void,
) {
	return typeAhead(
		async (name: string) => (name === "" ? undefined : site.named(name)),
		(found) => {
			const isFree =
				found === undefined || found.id === room || found.privacy === "secret";
			tell(isFree ? undefined : "Another room has this name.");
		},
		() => tell(),
	);
}

function invitationsField(): RoomFields["invitations"] {
	const field = checkField("Tell new members that they were added");
	return {
		...field,
		read: () => (field.read() ? "inherit" : "off"),
		show: (value) => field.show(value === "inherit"),
	};
}

function addInField(): Field<AddIn | null> {
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
		complain: address.complain,
		focus: name.focus,
		read() {
			const made = { name: name.read(), url: address.read() };
			return made.name === "" && made.url === "" ? null : made;
		},
		show(addIn) {
			name.show(addIn?.name ?? "");
			address.show(addIn?.url ?? "");
			element.open = addIn !== null;
		},
	};
}
