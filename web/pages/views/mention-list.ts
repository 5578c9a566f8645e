/** Who may be meant, above the text, while one types `@…`: nobody is chosen until one goes there, so Enter posts as ever. */
import { harmlessLine } from "../../../client/terminal/harmless.ts";
import { fill, h } from "../dom.ts";
import type { Named } from "../model/mentions.ts";
import type { State } from "../model/state.ts";
import {
	type Begun,
	begunAt,
	type Suggestion,
	suggestionsFor,
} from "../model/suggesting.ts";
import { counted } from "../words.ts";
import { listbox } from "./listbox.ts";

export interface MentionList {
	/** The field with the list above it. */
	readonly element: HTMLElement;
	/** What stands before the caret has changed. */
	typed(): void;
	/** True: the key was for the list. */
	pressed(event: KeyboardEvent): boolean;
	close(): void;
}

/** `written` is called when a name was put into the field. */
export function mentionList(
	state: State,
	field: HTMLTextAreaElement,
	written: () => void,
): MentionList {
	let begun: Begun | undefined;
	const status = h("p", { class: "unseen", role: "status" });
	const list = listbox<Suggestion>({
		input: field,
		label: "People to mention",
		isFirstActive: false,
		describe: ({ uri, name }) => ({
			name: harmlessLine(name),
			hint: harmlessLine(uri.replace(/^sips?:/i, "")),
		}),
		pick,
	});
	field.setAttribute("aria-autocomplete", "list");
	field.addEventListener("blur", close);
	field.addEventListener("click", typed);

	function typed(): void {
		const caret = field.selectionStart;
		begun =
			caret === field.selectionEnd ? begunAt(field.value, caret) : undefined;
		const found = begun
			? suggestionsFor(begun.words, whoMayBeMeant(state))
			: [];
		list.show(found);
		const text = `${counted(found.length, "person", "people")} to mention: arrow down to choose.`;
		fill(status, found.length > 0 && text);
	}

	function pick({ as }: Suggestion): void {
		if (!begun) return;
		const { start } = begun;
		const end = field.selectionEnd;
		const gap = /^\s/.test(field.value.slice(end)) ? "" : " ";
		field.setRangeText(`@${as}${gap}`, start, end, "end");
		close();
		written();
	}

	function close(): void {
		begun = undefined;
		list.show([]);
		fill(status);
	}

	function pressed(event: KeyboardEvent): boolean {
		const { key, isComposing, altKey, ctrlKey, metaKey, shiftKey } = event;
		if (isComposing || altKey || ctrlKey || metaKey || shiftKey) return false;
		if (!list.isOpen()) return false;
		const step = { ArrowDown: 1, ArrowUp: -1 }[key];
		if (key === "Escape") close();
		else if (step !== undefined) list.move(step);
		else if ((key === "Enter" || key === "Tab") && list.hasActive()) {
			list.pickActive();
		} else return false;
		event.preventDefault();
		event.stopPropagation();
		return true;
	}

	return {
		element: h(
			"div",
			{ class: "popup-anchor above" },
			field,
			list.element,
			status,
		),
		typed,
		pressed,
		close,
	};
}

/** Who is here, then who has said something of late; not oneself. */
function whoMayBeMeant({ chat, current, me }: State): readonly Named[] {
	if (!current) return [];
	const here = [...(chat.joined.get(current.uri)?.people.values() ?? [])];
	const authors = current.timeline.items
		.flatMap((item) => (item.kind === "message" ? [item.message.author] : []))
		.reverse();
	return [
		...here.sort((a, b) => a.name.localeCompare(b.name)),
		...authors,
	].filter(({ uri }) => uri.toLowerCase() !== me.uri.toLowerCase());
}
