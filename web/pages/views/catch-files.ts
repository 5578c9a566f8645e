/** Files as people give them to the page: dropped on the room, pasted, or chosen by a button. They wait above the text until one posts. */
import { fill, h, icon } from "../dom.ts";
import { fileless, type RoomState, type State } from "../model/state.ts";
import type { Uploads } from "../model/uploads.ts";
import { sizeText } from "../words.ts";

/** The button, and the list of the system that it opens; hidden where no files can be posted. */
export function filePicker(state: State, uploads: Uploads): HTMLButtonElement {
	const label = `Bring files, of at most ${sizeText(uploads.fileBytes)} each`;
	const input = h("input", { type: "file", multiple: true, hidden: true });
	input.addEventListener("change", () => {
		if (state.current) uploads.add(state.current, [...(input.files ?? [])]);
		input.value = "";
	});
	const button = h(
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
	state.on("rooms", () => {
		button.hidden = state.current?.info.files === false;
	});
	return button;
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
		const room = joined(state);
		if (!event.dataTransfer?.types.includes("Files")) return;
		event.preventDefault();
		target.hidden = room === undefined;
		const why = room && fileless(state, room);
		event.dataTransfer.dropEffect = room && !why ? "copy" : "none";
		const size = sizeText(uploads.fileBytes);
		fill(target, why ?? `Drop files here, of at most ${size} each`);
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
		const room = joined(state);
		if (!room) return;
		const why = fileless(state, room);
		if (why === undefined) uploads.add(room, files);
		else state.toast({ text: why, urgent: false });
		pane.querySelector<HTMLElement>("#text")?.focus();
	}
}

function joined({ current }: State): RoomState | undefined {
	return current?.joined ? current : undefined;
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
