/** Something over the page that Escape, its button and a click beside it close; it is gone then. */
import { type Child, h, iconButton } from "../dom.ts";

export function openDialog(
	title: string,
	...content: readonly Child[]
): HTMLDialogElement {
	const close = () => dialog.close();
	const dialog: HTMLDialogElement = h(
		"dialog",
		{
			"aria-label": title,
			onclose: () => dialog.remove(),
			onclick: ({ target }: MouseEvent) => target === dialog && close(),
		},
		h(
			"div",
			{ class: "sheet" },
			h(
				"div",
				{ class: "bar" },
				h("h2", {}, title),
				iconButton("close", "Close", close),
			),
			...content,
		),
	);
	document.body.append(dialog);
	dialog.showModal();
	dialog.querySelector<HTMLElement>("input")?.focus();
	return dialog;
}
