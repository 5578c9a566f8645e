/** Where one writes: Enter posts, Shift+Enter begins a line; an alert, or a story with a title, by a button. */
import { fill, h, icon } from "../dom.ts";
import { post } from "../model/posting.ts";
import { readEnd } from "../model/reading.ts";
import { type RoomState, type State, silenced } from "../model/state.ts";
import { storyText } from "../model/story.ts";
import type { Uploads } from "../model/uploads.ts";
import { filePicker } from "./catch-files.ts";
import { mentionList } from "./mention-list.ts";

export function composerView(state: State, uploads: Uploads): HTMLElement {
	const text = h("textarea", {
		id: "text",
		rows: 1,
		"aria-label": "Message",
		onkeydown: keyed,
		oninput: () => {
			written();
			mentions.typed();
		},
	});
	const title = h("input", {
		id: "story-title",
		placeholder: "Title of the story",
		"aria-label": "Title of the story",
		maxlength: 200,
	});
	const alert = toggle("alert", "Alert: of high importance");
	const story = toggle("story", "Story: a longer text with a title");
	const mentions = mentionList(state, text, written);
	const form = h(
		"form",
		{ class: "composer", onsubmit: submit },
		title,
		h(
			"div",
			{ class: "row" },
			mentions.element,
			filePicker(state, uploads),
			alert,
			story,
			h(
				"button",
				{
					type: "submit",
					class: "primary send",
					"aria-label": "Post",
					title: "Post (Enter)",
				},
				icon("send"),
			),
		),
	);
	const silence = h("p", { class: "silence" });
	const whole = h("div", { class: "writing" }, form, silence);
	let shown: RoomState | undefined;

	function keyed(event: KeyboardEvent): void {
		if (mentions.pressed(event)) return;
		if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
		// In a story the text has lines of its own; Ctrl+Enter posts it.
		if (isOn(story) && !event.ctrlKey && !event.metaKey) return;
		event.preventDefault();
		form.requestSubmit();
	}

	function written(): void {
		if (shown) keepDraft(shown, text.value);
		grow();
	}

	function keepDraft(room: RoomState, draft: string): void {
		room.draft = draft;
		state.drafts.keep(room.uri, draft);
	}

	/** As high as what is written, within what the style allows. */
	function grow(): void {
		const lines = text.value.split("\n").length;
		text.rows = Math.min(
			isOn(story) ? 10 : 6,
			Math.max(isOn(story) ? 4 : 1, lines),
		);
	}

	function submit(event: Event): void {
		event.preventDefault();
		const room = state.current;
		const body = text.value.replace(/\s+$/, "");
		if (!room) return;
		if (body.trim() === "") {
			uploads.post(room);
			return;
		}
		if (isOn(story) && title.value.trim() === "") {
			title.focus();
			return;
		}
		const whole = isOn(story) ? storyText({ title: title.value, body }) : body;
		const said = post(state, room, { text: whole, alert: isOn(alert) });
		uploads.post(room, said);
		if (room.timeline.newer) void readEnd(state, room);
		text.value = "";
		title.value = "";
		keepDraft(room, "");
		mentions.close();
		set(alert, false);
		set(story, false);
		draw();
		text.focus();
	}

	function toggle(name: "alert" | "story", label: string): HTMLButtonElement {
		return h(
			"button",
			{
				type: "button",
				class: `icon-button ${name}-toggle`,
				"aria-pressed": "false",
				"aria-label": label,
				title: label,
				onclick: ({ currentTarget }: MouseEvent) => {
					const button = currentTarget as HTMLButtonElement;
					set(button, !isOn(button));
					draw();
					(isOn(story) ? title : text).focus();
				},
			},
			icon(name),
		);
	}

	function draw(): void {
		const room = state.current;
		if (room !== shown) {
			shown = room;
			text.value = room?.draft ?? "";
			mentions.close();
			set(alert, false);
			set(story, false);
		}
		const why = room && silenced(state, room);
		form.hidden = why !== undefined || !room?.joined;
		silence.hidden = why === undefined;
		fill(silence, why);
		title.hidden = !isOn(story);
		text.placeholder = isOn(story)
			? "The story (Ctrl+Enter posts it)"
			: `Write to ${room?.info.name ?? "the room"}`;
		grow();
	}

	state.on("messages", draw);
	state.on("people", draw);
	state.on("rooms", draw);
	draw();
	return whole;
}

const isOn = (button: Element): boolean =>
	button.getAttribute("aria-pressed") === "true";

function set(button: Element, on: boolean): void {
	button.setAttribute("aria-pressed", String(on));
}
