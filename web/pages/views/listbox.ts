/** What a combobox has found, one of it active: drawn, moved through and picked from, while the field keeps the focus. */
import { fill, h } from "../dom.ts";

export interface Listbox<Found> {
	readonly element: HTMLElement;
	/** Nothing: it is closed. The first is active. */
	show(found: readonly Found[]): void;
	/** By so many, around the end. */
	move(step: number): void;
	isOpen(): boolean;
	pickActive(): void;
}

export interface ListboxOptions<Found> {
	/** Of the field. */
	readonly input: HTMLInputElement;
	readonly label: string;
	readonly describe: (found: Found) => {
		readonly name: string;
		/** What tells it from others of that name. */
		readonly hint: string;
	};
	readonly pick: (found: Found) => void;
}

export function listbox<Found>({
	input,
	label,
	describe,
	pick,
}: ListboxOptions<Found>): Listbox<Found> {
	let found: readonly Found[] = [];
	let active = 0;
	const element = h("ul", {
		id: `${input.id}-list`,
		class: "listbox",
		role: "listbox",
		"aria-label": label,
	});
	input.setAttribute("aria-controls", element.id);

	function option(each: Found, index: number): HTMLElement {
		const { name, hint } = describe(each);
		return h(
			"li",
			{
				id: `${input.id}-${index}`,
				role: "option",
				onmousedown: (event: Event) => event.preventDefault(),
				onclick: () => pick(each),
			},
			h("bdi", {}, name),
			h("span", { class: "hint" }, hint),
		);
	}

	function activate(index: number): void {
		active = index;
		for (const [at, each] of [...element.children].entries()) {
			each.setAttribute("aria-selected", String(at === index));
			if (at === index) each.scrollIntoView({ block: "nearest" });
		}
		const chosen = element.children[index];
		if (chosen) input.setAttribute("aria-activedescendant", chosen.id);
		else input.removeAttribute("aria-activedescendant");
	}

	function show(all: readonly Found[]): void {
		found = all;
		fill(element, ...all.map(option));
		element.hidden = all.length === 0;
		input.setAttribute("aria-expanded", String(all.length > 0));
		activate(0);
		element.scrollIntoView({ block: "nearest" });
	}

	show([]);
	return {
		element,
		show,
		move: (step) => activate((active + step + found.length) % found.length),
		isOpen: () => found.length > 0,
		pickActive() {
			const chosen = found[active];
			if (chosen !== undefined) pick(chosen);
		},
	};
}
