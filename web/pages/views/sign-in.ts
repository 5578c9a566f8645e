/** Name and password. */
import { fill, h } from "../dom.ts";
import { explain } from "../words.ts";

/** Calls `signIn` until it resolves. */
export function signInView(
	signIn: (name: string, password: string) => Promise<void>,
	notice?: string,
): HTMLElement {
	const name = h("input", {
		id: "name",
		name: "username",
		autocomplete: "username",
		autocapitalize: "none",
		spellcheck: "false",
		required: true,
		"aria-describedby": "name-hint",
	});
	const password = h("input", {
		id: "password",
		name: "password",
		type: "password",
		autocomplete: "current-password",
		required: true,
	});
	const button = h("button", { type: "submit", class: "primary" }, "Sign in");
	const complaint = h("p", { class: "complaint", role: "alert" });
	if (notice !== undefined) fill(complaint, notice);

	async function submit(event: Event): Promise<void> {
		event.preventDefault();
		fill(complaint);
		button.disabled = true;
		fill(button, "Signing in …");
		try {
			await signIn(name.value, password.value);
		} catch (error) {
			fill(complaint, explain(error));
			password.value = "";
			password.focus();
		} finally {
			button.disabled = false;
			fill(button, "Sign in");
		}
	}

	return h(
		"main",
		{ class: "sign-in" },
		h(
			"form",
			{ class: "card", onsubmit: submit },
			h("h1", {}, "Persistent chat"),
			h("p", { class: "faint" }, "Rooms that remember."),
			h("label", { for: "name" }, "Name"),
			name,
			h(
				"p",
				{ id: "name-hint", class: "hint" },
				"As for SIP: alice, or alice@example.com",
			),
			h("label", { for: "password" }, "Password"),
			password,
			complaint,
			button,
		),
	);
}
