/** One row of the log: a message, one of ours on its way, a note, a day. */
import { harmlessLine } from "../../../client/terminal/harmless.ts";
import { h, icon } from "../dom.ts";
import { mentions, type Named } from "../model/mentions.ts";
import type { Outgoing } from "../model/state.ts";
import type { Note, ShownMessage } from "../model/timeline.ts";
import { dayText, momentText, timeText } from "../words.ts";
import { face } from "./face.ts";
import { textView } from "./text.ts";

export interface MessageLook {
	/** Said right after another one of the same author: without his name. */
	readonly follows: boolean;
	/** It was looked for. */
	readonly sought: boolean;
}

export function messageRow(
	{ message, fate }: ShownMessage,
	me: Named,
	{ follows, sought }: MessageLook,
): HTMLElement {
	const { author, alert, at, text } = message;
	const isOwn = author.uri.toLowerCase() === me.uri.toLowerCase();
	const isForMe = mentions(text, me) && !isOwn;
	const kinds = [
		"message",
		isOwn && "own",
		follows && "follows",
		alert && "alert",
		isForMe && "for-me",
		sought && "sought",
	];
	const when = h(
		"time",
		{ datetime: at.toISOString(), title: momentText(at) },
		timeText(at),
	);
	return h(
		"li",
		{ class: kinds.filter((kind) => kind !== false).join(" "), tabindex: -1 },
		face(author.uri, author.name),
		h(
			"div",
			{ class: "by" },
			h("bdi", { class: "author" }, harmlessLine(author.name)),
			isOwn && youTag(),
			when,
			alert && h("span", { class: "tag" }, icon("alert"), "Alert"),
		),
		fate === "deleted"
			? h("p", { class: "text fate" }, "An administrator deleted this message.")
			: textView(text, me),
		fate === "replaced" &&
			h("p", { class: "fate" }, "Replaced by an administrator"),
	);
}

function youTag(): HTMLElement {
	return h("span", { class: "you" }, "you");
}

export interface OutgoingActions {
	readonly again: (id: number) => void;
	readonly discard: (id: number) => void;
}

const stages = {
	sending: "Sending …",
	waiting: "Goes out when the connection is back.",
	unsure: "",
	failed: "Not posted: ",
} as const;

export function outgoingRow(
	{ id, text, alert, stage, why = "" }: Outgoing,
	me: Named,
	{ again, discard }: OutgoingActions,
): HTMLElement {
	const isOver = stage === "failed" || stage === "unsure";
	const button = (label: string, onclick: () => void) =>
		h("button", { type: "button", class: "small", onclick }, label);
	return h(
		"li",
		{ class: `message own outgoing ${stage}${alert ? " alert" : ""}` },
		face(me.uri, me.name),
		h("div", { class: "by" }, h("bdi", { class: "author" }, me.name), youTag()),
		textView(text, me),
		h("p", { class: "stage" }, `${stages[stage]}${why}`),
		isOver &&
			h(
				"div",
				{ class: "row" },
				button("Post again", () => again(id)),
				button("Discard", () => discard(id)),
			),
	);
}

export function noteRow({ text, at }: Note): HTMLElement {
	return h(
		"li",
		{ class: "note" },
		h("span", {}, harmlessLine(text)),
		h("time", { datetime: at.toISOString() }, timeText(at)),
	);
}

export function dayRow(at: Date): HTMLElement {
	return h("li", { class: "day" }, h("span", {}, dayText(at)));
}

export function newRow(): HTMLElement {
	return h("li", { class: "new" }, h("span", {}, "New"));
}
