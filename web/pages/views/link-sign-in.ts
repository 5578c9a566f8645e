/** Whose the link is that was opened, and a button that signs in by it. */
import { fill, h } from "../dom.ts";
import { explain } from "../words.ts";

/** `holder`: whose it is. Calls `signIn` once. */
export function linkView(
	holder: string,
	signIn: () => Promise<void>,
): HTMLElement {
	const complaint = h("p", { class: "complaint", role: "alert" });
	const button = h("button", { type: "button", class: "primary" }, "Sign in");
	button.addEventListener("click", async () => {
		button.disabled = true;
		fill(button, "Signing in …");
		try {
			await signIn();
		} catch (error) {
			fill(complaint, explain(error));
			fill(button, "Sign in");
		}
	});
	return h(
		"main",
		{ class: "sign-in" },
		h(
			"div",
			{ class: "card" },
			h("h1", {}, "Persistent chat"),
			h("p", {}, `This link signs you in as ${holder}, once.`),
			h(
				"p",
				{ class: "hint" },
				"If that is not you, close this page: somebody has sent you a link of his own.",
			),
			complaint,
			button,
			h("a", { href: "./" }, "Sign in another way"),
		),
	);
}
