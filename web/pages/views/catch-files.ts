/** Files as people give them to the page: dropped on the room, pasted, or chosen by a button. They wait above the text until one posts. */
import { fill, h, icon } from "../dom.ts";
import { type RoomState, type State, silenced } from "../model/state.ts";
import type { Uploads } from "../model/uploads.ts";
import { sizeText } from "../words.ts";

/** The button, and the list of the system that it opens. */
export function filePicker(state: State, uploads: Uploads): HTMLButtonElement {
	const label = `Bring files, of at most ${sizeText(uploads.fileBytes)} each`;
	const input = h("input", { type: "file", multiple: true, hidden: true });
	input.addEventListener("change", () => {
		if (state.current) uploads.add(state.current, [...(input.files ?? [])]);
		input.value = "";
	});
	return h(
		"button",
		{
			type: "button",
			class: "icon-button",
			"aria-label": label,
			title: label,
			onclick: () => input.click(),
		},
		icon("clip"),
		input,
	);
}

/** What is dropped on `pane` or pasted in it goes to the room that is looked at. */
export function catchFiles(
	pane: HTMLElement,
	state: State,
	uploads: Uploads,
): void {
	const target = h("p", { class: "drop-here", hidden: true });
	pane.append(target);

	pane.addEventListener("dragover", (event) => {
		const room = open(state);
		if (!event.dataTransfer?.types.includes("Files")) return;
		event.preventDefault();
		event.dataTransfer.dropEffect = room ? "copy" : "none";
		target.hidden = room === undefined;
		const size = sizeText(uploads.fileBytes);
		const name = h("bdi", {}, room?.info.name ?? "");
		fill(target, "Drop files for ", name, `, of at most ${size} each`);
	});
	pane.addEventListener("dragleave", ({ relatedTarget }) => {
		const isInside =
			relatedTarget instanceof Node && pane.contains(relatedTarget);
		if (!isInside) target.hidden = true;
	});
	pane.addEventListener("drop", (event) => {
		target.hidden = true;
		if (!event.dataTransfer?.types.includes("Files")) return;
		event.preventDefault();
		const files = [...event.dataTransfer.items]
			.filter((item) => item.webkitGetAsEntry()?.isDirectory !== true)
			.flatMap((item) => item.getAsFile() ?? []);
		if (files.length < event.dataTransfer.files.length) {
			const text = "Folders cannot be brought: drop the files in them.";
			state.toast({ text, urgent: false });
		}
		give(files);
	});
	pane.addEventListener("paste", (event) => {
		const files = [...(event.clipboardData?.files ?? [])];
		if (files.length === 0) return;
		event.preventDefault();
		give(files.map((file) => named(file)));
	});

	function give(files: readonly File[]): void {
		const room = open(state);
		if (room) uploads.add(room, files);
		pane.querySelector<HTMLElement>("#text")?.focus();
	}
}

/** The room, if one may post there. */
function open(state: State): RoomState | undefined {
	const room = state.current;
	const isOpen = room?.joined && silenced(state, room) === undefined;
	return isOpen ? room : undefined;
}

/** A picture of the screen has no name of its own: every one is called `image.png`. */
function named(file: File): File {
	if (file.name !== "image.png") return file;
	const now = new Date();
	const two = (part: number) => String(part).padStart(2, "0");
	const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
	const time = [now.getHours(), now.getMinutes(), now.getSeconds()]
		.map(two)
		.join(".");
	return new File([file], `Pasted ${day} ${time}.png`, { type: file.type });
}
