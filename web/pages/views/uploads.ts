/** Our files on their way to the room that is looked at: how far each is, and what can be done with it. */
import { harmlessLine } from "../../../client/terminal/harmless.ts";
import { arrange, fill, h, iconButton } from "../dom.ts";
import type { State, Upload } from "../model/state.ts";
import type { Uploads } from "../model/uploads.ts";
import { sizeText } from "../words.ts";

interface Row {
	readonly made: HTMLElement;
	show(upload: Upload): void;
}

export function uploadsView(state: State, uploads: Uploads): HTMLElement {
	const list = h("ul", { class: "uploads", "aria-label": "Files to post" });
	let rows = new Map<number, Row>();

	function draw(): void {
		const all = state.current?.uploads ?? [];
		const next = new Map<number, Row>();
		for (const upload of all) {
			const row = rows.get(upload.id) ?? uploadRow(upload, uploads);
			row.show(upload);
			next.set(upload.id, row);
		}
		rows = next;
		arrange(
			list,
			[...rows.values()].map(({ made }) => made),
		);
		list.hidden = all.length === 0;
	}

	state.on("uploads", draw);
	state.on("messages", draw);
	draw();
	return list;
}

function uploadRow({ id, name, bytes }: Upload, uploads: Uploads): Row {
	const shown = harmlessLine(name);
	const progress = h("progress", { max: bytes, "aria-label": shown });
	const said = h("span", { class: "hint", role: "status" });
	const again = h(
		"button",
		{ type: "button", class: "small", onclick: () => uploads.again(id) },
		"Try again",
	);
	const cancel = iconButton("close", `Do not post ${shown}`, () =>
		uploads.cancel(id),
	);
	const made = h(
		"li",
		{ class: "upload" },
		h(
			"div",
			{ class: "grow" },
			h("bdi", { class: "name" }, shown),
			progress,
			said,
		),
		again,
		cancel,
	);
	let last = "";
	return {
		made,
		show({ stage, sent, why = "" }) {
			progress.value = sent;
			progress.hidden = stage === "failed" || stage === "refused";
			again.hidden = stage !== "failed";
			cancel.hidden = stage === "checking";
			made.classList.toggle("failed", progress.hidden);
			const text = `${stages[stage]}${why}`;
			if (text === last) return;
			last = text;
			fill(said, `${sizeText(bytes)} · ${text}`);
		},
	};
}

const stages: Readonly<Record<Upload["stage"], string>> = {
	sending: "on its way",
	cut: "the network is away; it goes on by itself",
	whole: "ready to be posted",
	queued: "posted after those before it",
	checking: "being looked at, then posted",
	failed: "",
	refused: "",
};
