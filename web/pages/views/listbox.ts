/** What a combobox has found, one of it active: drawn, moved through and picked from, while the field keeps the focus. */
import { fill, h } from "../dom.ts";

export interface Listbox<Found> {
	readonly element: HTMLElement;
	/** Nothing: it is closed. */
	show(found: readonly Found[]): void;
	/** By so many, around the end. */
	move(step: number): void;
	isOpen(): boolean;
	hasActive(): boolean;
	pickActive(): void;
}

export interface ListboxOptions<Found> {
	readonly input: HTMLInputElement | HTMLTextAreaElement;
	readonly label: string;
	readonly describe: (found: Found) => {
		readonly name: string;
		/** What tells it from others of that name. */
		readonly hint: string;
	};
	readonly pick: (found: Found) => void;
	/** Default true; false: one goes there by the keyboard. */
	readonly isFirstActive?: boolean;
}

export function listbox<Found>({
	input,
	label,
	describe,
	pick,
	isFirstActive = true,
}: ListboxOptions<Found>): Listbox<Found> {
	let found: readonly Found[] = [];
	let active = -1;
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
		// A field of several lines is no combobox, which alone is said to be expanded.
		if (input.getAttribute("role") === "combobox") {
			input.setAttribute("aria-expanded", String(all.length > 0));
		}
		activate(isFirstActive ? 0 : -1);
		element.scrollIntoView({ block: "nearest" });
	}

	show([]);
	return {
		element,
		show,
		move(step) {
			const from = active < 0 && step < 0 ? 0 : active;
			activate((from + step + found.length) % found.length);
		},
		isOpen: () => found.length > 0,
		hasActive: () => found[active] !== undefined,
		pickActive() {
			const chosen = found[active];
			if (chosen !== undefined) pick(chosen);
		},
	};
}
