/** Who has a role: the list of them, and a field by which others are found and added. */
import { fill, h, iconButton } from "../dom.ts";
import type { Findings } from "../type-ahead.ts";
import { combobox } from "../views/combobox.ts";
import { face } from "../views/face.ts";
import { freshId } from "../views/fields.ts";
import type { Principal } from "./room.ts";
import { addressOf, nameOf } from "./room-words.ts";

/** Of a long list so many are shown at first, and more by a button. */
const pageLength = 50;

export interface PrincipalsField {
	readonly element: HTMLElement;
	read(): readonly Principal[];
	show(principals: readonly Principal[]): void;
	add(principal: Principal): void;
}

export interface PrincipalsFieldOptions {
	readonly title: string;
	readonly hint: string;
	readonly find: (words: string) => Promise<Findings<Principal>>;
	/** He stays in the list. */
	readonly isFixed: (principal: Principal) => boolean;
	/** One was added or taken away by hand. */
	readonly onchange: (added?: Principal) => void;
}

export function principalsField({
	title,
	hint,
	find,
	isFixed,
	onchange,
}: PrincipalsFieldOptions): PrincipalsField {
	let all: readonly Principal[] = [];
	const what = title.toLowerCase();
	const heading = h("h3", { id: freshId() });
	const status = h("p", { class: "unseen", role: "status" });
	const list = pagedList(`Find in the ${what}`, heading.id, (each) =>
		principalRow(each, what, isFixed(each) ? undefined : () => remove(each)),
	);
	const adding = combobox({
		label: `Add to the ${what}`,
		find,
		describe: (each) => ({ name: nameOf(each), hint: addressOf(each) }),
		pick(picked) {
			const isNew = add(picked);
			const done = isNew ? `is added to the ${what}` : "is there already";
			fill(status, `${nameOf(picked)} ${done}.`);
			if (isNew) onchange(picked);
		},
	});

	/** False when he was there before. */
	function add(added: Principal): boolean {
		if (all.some(({ principal }) => principal === added.principal))
			return false;
		show([added, ...all]);
		return true;
	}

	function remove(removed: Principal): void {
		const next = list.neighbour();
		show(all.filter((each) => each !== removed));
		fill(status, `${nameOf(removed)} is taken from the ${what}.`);
		(next() ?? adding.querySelector("input"))?.focus();
		onchange();
	}

	function show(principals: readonly Principal[]): void {
		all = principals;
		fill(heading, `${title} (${all.length})`);
		list.show(all);
	}

	show([]);
	return {
		element: h(
			"section",
			{ class: "people-field", "aria-labelledby": heading.id },
			heading,
			h("p", { class: "hint" }, hint),
			adding,
			...list.elements,
			status,
		),
		read: () => all,
		show,
		add,
	};
}

function principalRow(
	each: Principal,
	what: string,
	remove: (() => void) | undefined,
): HTMLElement {
	const name = nameOf(each);
	const about = each.known ? addressOf(each) : "not in the directory any more";
	return h(
		"li",
		{},
		face(each.principal, name),
		h(
			"span",
			{ class: "grow name-and-hint" },
			h("bdi", {}, name),
			h("span", { class: "hint" }, about),
		),
		remove && iconButton("close", `Remove ${name} from the ${what}`, remove),
	);
}

/** A list of which the first page is shown, and more by a button; a long one can be searched. */
function pagedList(
	label: string,
	headingId: string,
	row: (each: Principal) => HTMLElement,
) {
	let all: readonly Principal[] = [];
	let shown = pageLength;
	const list = h("ul", { class: "principals", "aria-labelledby": headingId });
	const filter = h("input", {
		type: "search",
		placeholder: label,
		"aria-label": label,
		autocomplete: "off",
		oninput: (event: Event) => {
			// What is looked for is no change of the room.
			event.stopPropagation();
			shown = pageLength;
			draw();
		},
	});
	const more = h("button", { type: "button", class: "small", onclick: goOn });
	const removers = () => [...list.querySelectorAll("button")];

	function goOn(): void {
		const before = list.children.length;
		shown += pageLength;
		draw();
		list.children[before]?.querySelector("button")?.focus();
	}

	function draw(): void {
		const words = filter.value.trim().toLowerCase();
		const found = all.filter((each) =>
			`${nameOf(each)} ${addressOf(each)}`.toLowerCase().includes(words),
		);
		fill(list, ...found.slice(0, shown).map(row));
		list.hidden = found.length === 0;
		filter.hidden = all.length <= pageLength && words === "";
		more.hidden = found.length <= shown;
		fill(more, `Show ${Math.min(pageLength, found.length - shown)} more`);
	}

	return {
		elements: [filter, list, more],
		show(principals: readonly Principal[]) {
			all = principals;
			draw();
		},
		/** What has the focus when the row that has it now is gone. */
		neighbour() {
			const index = removers().findIndex((each) => each.matches(":focus"));
			return () => removers()[index] ?? removers().at(-1);
		},
	};
}
