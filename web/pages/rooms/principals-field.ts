/** Who has a role: the list of them, and a field by which others are found and added. */
import { fill, h, iconButton } from "../dom.ts";
import { combobox, type Findings } from "../views/combobox.ts";
import { face } from "../views/face.ts";
import { freshId } from "../views/fields.ts";
import { addressOf, nameOf } from "./room-words.ts";
import type { Principal } from "./rooms-site.ts";

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
	let shown = pageLength;
	const what = title.toLowerCase();
	const heading = h("h3", { id: freshId() });
	const status = h("p", { class: "unseen", role: "status" });
	const list = h("ul", {
		class: "principals",
		"aria-labelledby": heading.id,
	});
	const more = h("button", {
		type: "button",
		class: "small",
		onclick: () => {
			const next = shown;
			shown += pageLength;
			draw();
			removers()[next]?.focus();
		},
	});
	const adding = combobox({
		label: `Add to the ${what}`,
		find,
		describe: (each) => ({ name: nameOf(each), hint: addressOf(each) }),
		pick,
	});

	function pick(picked: Principal): void {
		if (has(picked)) {
			fill(status, `${nameOf(picked)} is there already.`);
			return;
		}
		add(picked);
		fill(status, `${nameOf(picked)} is added to the ${what}.`);
		onchange(picked);
	}

	function add(principal: Principal): void {
		if (has(principal)) return;
		all = [principal, ...all];
		draw();
	}

	function has({ principal }: Principal): boolean {
		return all.some((each) => each.principal === principal);
	}

	function remove(principal: Principal, index: number): void {
		all = all.filter((each) => each !== principal);
		draw();
		fill(status, `${nameOf(principal)} is taken from the ${what}.`);
		const next = removers()[index] ?? removers().at(-1);
		(next ?? adding.querySelector("input"))?.focus();
		onchange();
	}

	const removers = () => [...list.querySelectorAll("button")];

	function draw(): void {
		fill(heading, `${title} (${all.length})`);
		fill(list, ...all.slice(0, shown).map(row));
		list.hidden = all.length === 0;
		more.hidden = all.length <= shown;
		fill(more, `Show ${Math.min(pageLength, all.length - shown)} more`);
	}

	function row(each: Principal, index: number): HTMLElement {
		const name = nameOf(each);
		return h(
			"li",
			{},
			face(each.principal, name),
			h(
				"span",
				{ class: "grow name-and-hint" },
				h("bdi", {}, name),
				h(
					"span",
					{ class: "hint" },
					each.known ? addressOf(each) : "not in the directory any more",
				),
			),
			!isFixed(each) &&
				iconButton("close", `Remove ${name} from the ${what}`, () =>
					remove(each, index),
				),
		);
	}

	draw();
	return {
		element: h(
			"section",
			{ class: "people-field", "aria-labelledby": heading.id },
			heading,
			h("p", { class: "hint" }, hint),
			adding,
			list,
			more,
			status,
		),
		read: () => all,
		show(principals) {
			all = principals;
			shown = pageLength;
			draw();
		},
		add,
	};
}
