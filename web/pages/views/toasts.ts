/** Short news at the edge of the page, and as a notification of the system while nobody looks. */
import { harmlessLine } from "../../../client/terminal/harmless.ts";
import { h } from "../dom.ts";
import type { State, Toast } from "../model/state.ts";

const shownMs = 7_000;
const mostShown = 4;

export function toastsView(
	state: State,
	open: (uri: string) => void,
): HTMLElement {
	const list = h("div", { class: "toasts", role: "status" });

	function show({ text, urgent, room }: Toast): void {
		const line = harmlessLine(text);
		const short = line.length > 160 ? `${line.slice(0, 160)}…` : line;
		const follow = () => {
			toast.remove();
			if (room !== undefined) open(room);
		};
		const toast = h(
			"button",
			{
				type: "button",
				class: `toast${urgent ? " urgent" : ""}`,
				onclick: follow,
			},
			h("bdi", {}, short),
		);
		list.append(toast);
		while (list.children.length > mostShown) list.firstElementChild?.remove();
		setTimeout(() => toast.remove(), shownMs);
		notify(short, follow);
	}

	state.onToast(show);
	return list;
}

function notify(text: string, follow: () => void): void {
	if (!document.hidden || !("Notification" in window)) return;
	if (Notification.permission !== "granted") return;
	const notification = new Notification("Chat", { body: text });
	notification.addEventListener("click", () => {
		focus();
		follow();
	});
}
