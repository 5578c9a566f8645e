/** Initials on a colour of their own, by which people are told apart at a glance. */
import { h } from "../dom.ts";

const colours = 8;

export function face(uri: string, name: string): HTMLElement {
	let sum = 0;
	for (const character of uri.toLowerCase()) {
		sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
	}
	const words = name.split(/[\s._-]+/).filter((word) => word !== "");
	const initials = [words[0], words.length > 1 ? words.at(-1) : undefined]
		.map((word) => [...(word ?? "")][0] ?? "")
		.join("")
		.toUpperCase();
	return h(
		"span",
		{ class: `face colour-${sum % colours}`, "aria-hidden": "true" },
		initials || "?",
	);
}
