/** Text for people: tables, properties, principals. Names come from others, so nothing in them can play with the terminal. */
import { harmlessLine } from "../../client/terminal/harmless.ts";
import { listed } from "../../client/terminal/listed.ts";
import { padded, widthOf } from "../../client/terminal/width.ts";
import type { Named } from "../operations/views.ts";

/** `alice@example.com`, `domain:example.com`, `group:Traders`, `group:"Front, back"`: as they can be written in a list. */
export function principalText({ principal, name, known }: Named): string {
	const text = principal.startsWith("group:")
		? `group:${listed(name)}`
		: principal.replace(/^sip:/, "");
	return known ? text : `${text} (unknown)`;
}

export function principalsText(list: readonly Named[]): string {
	return list.length === 0 ? "-" : list.map(principalText).join(", ");
}

export function userText(uri: string): string {
	return uri.replace(/^sip:/, "");
}

export function onOff(on: boolean): string {
	return on ? "on" : "off";
}

/** Columns as wide as their widest cell; `nothing` where there are no rows. */
export function table(
	headings: readonly string[],
	rows: readonly (readonly string[])[],
	nothing: string,
): string {
	if (rows.length === 0) return nothing;
	const lines = [headings, ...rows].map((row) => row.map(harmlessLine));
	const widths = headings.map((_, column) =>
		Math.max(...lines.map((line) => widthOf(line[column] ?? ""))),
	);
	return lines
		.map((line) =>
			line
				.map((cell, column) => padded(cell, widths[column] ?? 0))
				.join("  ")
				.trimEnd(),
		)
		.join("\n");
}

/** One property a line. */
export function properties(
	pairs: readonly (readonly [name: string, value: string])[],
): string {
	const width = Math.max(...pairs.map(([name]) => widthOf(name)));
	return pairs
		.map(([name, value]) => `${padded(name, width)}  ${harmlessLine(value)}`)
		.join("\n");
}
