/** The end of a form: what is done with it, how far that is, and why it was not done. */
import { type Child, fill, h } from "../dom.ts";
import { explain } from "../words.ts";

export interface ActionBar {
	readonly element: HTMLElement;
	say(text: string): void;
	complain(text: string): void;
	/**
	 * Does it while the bar says what is done, one thing at a time: whatever comes meanwhile is ignored. What it rejects with is
	 * told, unless `fail` has told it and returned true.
	 */
	run(
		doing: string,
		work: () => Promise<void>,
		fail?: (error: unknown) => boolean | Promise<boolean>,
	): Promise<void>;
}

export function actionBar(...buttons: readonly Child[]): ActionBar {
	const status = h("p", { class: "hint", role: "status" });
	const complaint = h("p", { class: "complaint", role: "alert" });
	const element = h(
		"div",
		{ class: "action-bar" },
		h("div", { class: "grow" }, status, complaint),
		...buttons,
	);
	let isBusy = false;

	function say(text: string): void {
		fill(complaint);
		fill(status, text);
	}

	function complain(text: string): void {
		fill(status);
		fill(complaint, text);
	}

	return {
		element,
		say,
		complain,
		async run(doing, work, fail = () => false) {
			if (isBusy) return;
			isBusy = true;
			element.setAttribute("aria-busy", "true");
			say(doing);
			try {
				await work();
			} catch (error) {
				if (!(await fail(error))) complain(explain(error));
			} finally {
				isBusy = false;
				element.removeAttribute("aria-busy");
			}
		},
	};
}
