/** A field that finds as one types, and of what it finds one picks: by pointer, by keyboard, and heard as it is read out. */
import { fill, h } from "../dom.ts";
import { type Findings, typeAhead } from "../type-ahead.ts";
import { counted, explain } from "../words.ts";
import { freshId } from "./fields.ts";

export interface ComboboxOptions<Found> {
	readonly label: string;
	readonly find: (words: string) => Promise<Findings<Found>>;
	/** How it is shown: its name, and what tells it from others of that name. */
	readonly describe: (found: Found) => {
		readonly name: string;
		readonly hint: string;
	};
	readonly pick: (found: Found) => void;
}

export function combobox<Found>({
	label,
	find,
	describe,
	pick,
}: ComboboxOptions<Found>): HTMLElement {
	const id = freshId();
	let found: readonly Found[] = [];
	let active = -1;
	/** Enter came before the answer: the first of it is meant. */
	let isAwaited = false;

	const list = h("ul", {
		id: `${id}-list`,
		class: "listbox",
		role: "listbox",
		"aria-label": label,
	});
	const status = h("p", { class: "hint", role: "status" });
	const input = h("input", {
		id,
		type: "text",
		role: "combobox",
		autocomplete: "off",
		spellcheck: "false",
		"aria-autocomplete": "list",
		"aria-controls": list.id,
		"aria-expanded": "false",
		oninput: typed,
		onkeydown: pressed,
		onblur: close,
	});
	const asking = typeAhead(find, show, (error) => {
		close();
		fill(status, explain(error));
	});

	function typed(): void {
		const words = input.value.trim();
		isAwaited = false;
		if (words === "") return void close();
		asking.later(words);
	}

	function show({ found: all, more }: Findings<Found>): void {
		found = all;
		fill(list, ...all.map((each, index) => option(each, index)));
		const count = counted(all.length, "match", "matches");
		fill(
			status,
			all.length === 0
				? "Nobody found."
				: more
					? `${count}, and more: type on.`
					: count,
		);
		expand(all.length > 0);
		activate(all.length > 0 ? 0 : -1);
		list.scrollIntoView({ block: "nearest" });
		if (isAwaited && all.length > 0) choose(0);
	}

	function option(each: Found, index: number): HTMLElement {
		const { name, hint } = describe(each);
		return h(
			"li",
			{
				id: `${id}-${index}`,
				role: "option",
				// The field keeps the focus.
				onmousedown: (event: Event) => event.preventDefault(),
				onclick: () => choose(index),
			},
			h("bdi", {}, name),
			h("span", { class: "hint" }, hint),
		);
	}

	function activate(index: number): void {
		active = index;
		for (const [at, each] of [...list.children].entries()) {
			each.setAttribute("aria-selected", String(at === index));
			if (at === index) each.scrollIntoView({ block: "nearest" });
		}
		if (index < 0) input.removeAttribute("aria-activedescendant");
		else input.setAttribute("aria-activedescendant", `${id}-${index}`);
	}

	function choose(index: number): void {
		const chosen = found[index];
		if (chosen === undefined) return;
		input.value = "";
		close();
		pick(chosen);
	}

	function close(): void {
		asking.forget();
		isAwaited = false;
		found = [];
		fill(list);
		fill(status);
		expand(false);
		activate(-1);
	}

	function expand(isOpen: boolean): void {
		list.hidden = !isOpen;
		input.setAttribute("aria-expanded", String(isOpen));
	}

	function pressed(event: KeyboardEvent): void {
		if (event.isComposing) return;
		const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		if (event.key === "Enter") enter();
		else if (event.key === "Escape" && !list.hidden) close();
		else if (step !== undefined && found.length > 0) {
			activate((active + step + found.length) % found.length);
		} else return;
		event.preventDefault();
		event.stopPropagation();
	}

	function enter(): void {
		if (active >= 0) choose(active);
		else if (input.value.trim() !== "") {
			isAwaited = true;
			asking.now(input.value.trim());
		}
	}

	expand(false);
	return h(
		"div",
		{ class: "combobox" },
		h("label", { for: id }, label),
		h("div", { class: "popup-anchor" }, input, list),
		status,
	);
}
