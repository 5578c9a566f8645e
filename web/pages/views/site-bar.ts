/** The top of each page: where one is, and the way to the other pages. */
import { type Child, h } from "../dom.ts";

/** In the order shown; addresses are beside each other. */
const pages = {
	Chat: "./",
	Rooms: "rooms",
	Operations: "operations",
} as const;
/** Refused to others: they are not shown the way. */
const forAdministrators: readonly string[] = [pages.Operations];

export type PageName = keyof typeof pages;

/** `beside`: what else the page has there. */
export function siteBar(
	here: PageName,
	...beside: readonly Child[]
): HTMLElement {
	return h(
		"div",
		{ class: "bar" },
		h("h1", { class: "unseen" }, here),
		h(
			"nav",
			{ class: "pages", "aria-label": "Pages" },
			...Object.entries(pages).map(([name, address]) =>
				h(
					"a",
					{
						href: address,
						"aria-current": name === here && "page",
						hidden: forAdministrators.includes(address),
					},
					name,
				),
			),
		),
		...beside,
	);
}

/** Shows the way to what only administrators may see. */
export function showAdministratorsWays(page: HTMLElement): void {
	for (const link of page.querySelectorAll<HTMLElement>(".pages a[hidden]")) {
		link.hidden = false;
	}
}
