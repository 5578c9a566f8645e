/** What a BACKCHAT of Lync's XML says: what was asked for, not what was found. */
import type { ArchivedEvent } from "../../plugin/compliance/adapter.ts";

type Viewed = Extract<ArchivedEvent, { readonly type: "viewed" }>;
type Searched = Extract<ArchivedEvent, { readonly type: "searched" }>;

export function historyAsked({
	asked,
	count,
	throughSequence,
}: Viewed): string {
	// Events of earlier versions do not say what was asked.
	if (asked === undefined) {
		return `history: ${count} through message ${throughSequence}`;
	}
	switch (asked.window) {
		case "last":
			return `history: the last ${asked.count}`;
		case "before":
		case "after":
		case "around":
			return `history: ${asked.count} ${asked.window} message ${asked.sequence}`;
		case "dates":
			return `history: ${orderOf(asked)}${limitsOf(asked)}`;
		case "missed":
			return `history: what came after message ${asked.sequence}`;
	}
}

export function searchAsked({ asked, words, count }: Searched): string {
	if (asked === undefined) return `search: ${words} (${count} found)`;
	const { match, caseCounts, authors } = asked;
	return [
		`search: ${asked.words ?? ""}`.trimEnd(),
		...(match === undefined ? [] : [`; ${matches[match]}`]),
		...(caseCounts === true ? ["; case counts"] : []),
		...(authors === undefined ? [] : [`; by ${authors.join(", ")}`]),
		`; ${orderOf(asked)}${limitsOf(asked)}`,
	].join("");
}

const matches = {
	all: "all of the words",
	any: "any of the words",
	phrase: "as a phrase",
} as const;

function orderOf({
	newestFirst,
	count,
}: {
	readonly newestFirst: boolean;
	readonly count: number;
}): string {
	return `the ${newestFirst ? "newest" : "oldest"} ${count}`;
}

function limitsOf({
	from,
	to,
	start,
}: {
	readonly from?: string | undefined;
	readonly to?: string | undefined;
	readonly start?: number | undefined;
}): string {
	return [
		...(from === undefined ? [] : [` from ${from}`]),
		...(to === undefined ? [] : [` to ${to}`]),
		...(start === undefined ? [] : [`, beyond message ${start}`]),
	].join("");
}
