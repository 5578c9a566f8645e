/** The button that goes to the operator's OpenID provider. */
import { fill, h } from "../dom.ts";
import { explain } from "../words.ts";

/** `away`: why it cannot be pressed just now. `go` leaves the page. */
export function openIdWay(
	{ label, away }: { readonly label: string; readonly away?: string },
	go: () => Promise<void>,
): HTMLElement {
	const complaint = h("p", { class: "hint", role: "status" }, away);
	const button = h(
		"button",
		{ type: "button", disabled: away !== undefined },
		label,
	);
	button.addEventListener("click", async () => {
		button.disabled = true;
		try {
			await go();
		} catch (error) {
			fill(complaint, explain(error));
			button.disabled = false;
		}
	});
	return h("div", { class: "other-way" }, button, complaint);
}
