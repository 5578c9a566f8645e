/** A field that finds as one types, and of what it finds one picks: by pointer, by keyboard, and heard as it is read out. */
import { fill, h } from "../dom.ts";
import { type Findings, typeAhead } from "../type-ahead.ts";
import { counted, explain } from "../words.ts";
import { freshId } from "./fields.ts";
import { type ListboxOptions, listbox } from "./listbox.ts";

export interface ComboboxOptions<Found>
	extends Omit<ListboxOptions<Found>, "input"> {
	readonly find: (words: string) => Promise<Findings<Found>>;
}

export function combobox<Found>({
	label,
	find,
	describe,
	pick,
}: ComboboxOptions<Found>): HTMLElement {
	/** What the list answers: an older answer is not picked from. */
	let answered = "";
	/** Enter came before the answer: the first of it is meant. */
	let isAwaited = false;
	const status = h("p", { class: "hint", role: "status" });
	const input = h("input", {
		id: freshId(),
		type: "text",
		role: "combobox",
		autocomplete: "off",
		spellcheck: "false",
		"aria-autocomplete": "list",
		oninput: typed,
		onkeydown: pressed,
		onblur: close,
	});
	const list = listbox<Found>({
		input,
		label,
		describe,
		pick(picked) {
			input.value = "";
			close();
			pick(picked);
		},
	});
	const asking = typeAhead(find, show, (error) => {
		close();
		fill(status, explain(error));
	});

	function typed(): void {
		const words = input.value.trim();
		isAwaited = false;
		if (words === "") close();
		else asking.later(words);
	}

	function show(findings: Findings<Found>, words: string): void {
		answered = words;
		list.show(findings.found);
		fill(status, countText(findings));
		if (isAwaited) list.pickActive();
		isAwaited = false;
	}

	function close(): void {
		asking.forget();
		isAwaited = false;
		fill(status);
		list.show([]);
	}

	function pressed(event: KeyboardEvent): void {
		if (event.isComposing) return;
		const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		if (event.key === "Enter") enter();
		else if (!list.isOpen()) return;
		else if (event.key === "Escape") close();
		else if (step !== undefined) list.move(step);
		else return;
		event.preventDefault();
		event.stopPropagation();
	}

	function enter(): void {
		const words = input.value.trim();
		if (list.isOpen() && words === answered) list.pickActive();
		else if (words !== "") {
			isAwaited = true;
			asking.now(words);
		}
	}

	return h(
		"div",
		{ class: "combobox" },
		h("label", { for: input.id }, label),
		h("div", { class: "popup-anchor" }, input, list.element),
		status,
	);
}

function countText<Found>({ found, more }: Findings<Found>): string {
	if (found.length === 0) return "Nobody found.";
	const count = counted(found.length, "match", "matches");
	return more ? `${count}, and more: type on.` : count;
}
