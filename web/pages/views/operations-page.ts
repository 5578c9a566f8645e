/** How the service is doing, for people who would rather look than read: in words first, then as small charts. */
import { fill, h, iconButton } from "../dom.ts";
import type {
	Follower,
	Operations,
	Picture,
	State,
} from "../model/operations.ts";
import { secondsText, sizeText } from "../words.ts";
import { type Chart, chart, type Measure } from "./chart.ts";
import { siteBar } from "./site-bar.ts";

export interface OperationsPage extends Follower {
	readonly element: HTMLElement;
}

const stateWords: Readonly<Record<State, string>> = {
	fine: "Fine",
	unused: "Not in use",
	degraded: "Degraded",
	broken: "Broken",
};
const stateSigns: Readonly<Record<State, string>> = {
	fine: "✓",
	unused: "–",
	degraded: "!",
	broken: "✕",
};

const count = (value: number) => String(value);
const perSecond = (value: number) => `${value}/s`;
const milliseconds = (value: number) => `${value} ms`;

const measures: readonly Measure[] = [
	{
		title: "Posts a second",
		value: ({ postsPerSecond }) => postsPerSecond,
		text: perSecond,
	},
	{
		title: "Deliveries a second",
		value: ({ deliveriesPerSecond }) => deliveriesPerSecond,
		text: perSecond,
	},
	{
		title: "Slowest fan-out",
		value: ({ fanOutMs }) => fanOutMs,
		text: milliseconds,
	},
	{
		title: "Event loop late by",
		value: ({ loopMs }) => loopMs,
		text: milliseconds,
	},
	{ title: "People by SIP", value: ({ people }) => people, text: count },
	{ title: "SIP dialogs", value: ({ dialogs }) => dialogs, text: count },
	{
		title: "Event streams of pages",
		value: ({ streams }) => streams,
		text: count,
	},
	{
		title: "Memory",
		value: ({ memoryBytes }) => memoryBytes,
		text: sizeText,
	},
	{
		title: "Events before the archive",
		value: ({ owed }) => owed,
		text: count,
	},
];

export function operationsPage(
	first: Operations,
	signOut: () => void,
): OperationsPage {
	const status = h("p", { class: "state", role: "status" });
	const when = h("p", { class: "faint" });
	const parts = h("ul", { class: "judged" });
	const adapters = h("ul", { class: "judged" });
	const nodes = h("ul", { class: "judged" });
	const charts = h("ul", { class: "charts" });
	const drawn = new Map<string, Chart>();
	let said = "";

	/** Read out only when it is other than before. */
	function say(state: State | undefined, words: string): void {
		if (words === said) return;
		said = words;
		status.className = `state ${state ?? "unknown"}`;
		fill(status, words);
	}

	function chartOf(measure: Measure): Chart {
		const known = drawn.get(measure.title);
		if (known !== undefined) return known;
		const made = chart(measure);
		drawn.set(measure.title, made);
		charts.append(made.element);
		return made;
	}

	function show({ picture, samples }: Operations): void {
		say(picture.state, headline(picture));
		fill(when, about(picture));
		fill(parts, ...picture.parts.map((part) => judged(part)));
		fill(adapters, ...adapterRows(picture));
		fill(nodes, ...picture.nodes.map((node) => judged(node)));
		const all = [...measures, ...picture.adapters.map(measureOfAdapter)];
		for (const measure of all) chartOf(measure).draw(samples);
	}

	show(first);
	return {
		element: h(
			"div",
			{ class: "operations" },
			topBar(signOut),
			h(
				"main",
				{},
				status,
				when,
				section("What it stands on", parts),
				section("This node, the last five minutes", charts),
				section("Where the archive's events go", adapters),
				section("Nodes of the pool", nodes),
			),
		),
		show,
		away: () =>
			say(undefined, "No news from the server now: below is how it was."),
		refused: (sentence) => say(undefined, sentence),
	};
}

/** Whoever is not an administrator: why, who he is, and where he may go. */
export function notForYouPage(
	name: string,
	sentence: string,
	signOut: () => void,
): HTMLElement {
	return h(
		"div",
		{ class: "operations" },
		topBar(signOut),
		h(
			"main",
			{},
			h("p", { class: "state unknown", role: "alert" }, sentence),
			h(
				"p",
				{},
				`You are signed in as ${name}, who is no administrator. An administrator can make you one; or sign out above and sign in as somebody else.`,
			),
			h("p", {}, h("a", { href: "./" }, "To the chat")),
		),
	);
}

function topBar(signOut: () => void): HTMLElement {
	const out = iconButton("power", "Sign out", signOut);
	return h("header", {}, siteBar("Operations", out));
}

function section(title: string, content: HTMLElement): HTMLElement {
	return h("section", {}, h("h2", {}, title), content);
}

function headline({ state, parts, adapters, nodes }: Picture): string {
	if (state === "fine") return "Fine: everything works.";
	const names = [...parts, ...adapters, ...nodes]
		.filter(({ state }) => state === "degraded" || state === "broken")
		.map(({ name }) => name);
	return `${stateWords[state]}: look at ${names.join(", ")}.`;
}

function about({ at, node, browsers }: Picture): string {
	const signedIn =
		browsers === undefined ? "" : ` Browsers signed in: ${browsers}.`;
	return `As node ${node} saw it at ${secondsText(new Date(at))}.${signedIn}`;
}

function judged(
	{
		name,
		state,
		words,
	}: { readonly name: string; readonly state: State; readonly words: string },
	facts?: string,
): HTMLElement {
	return h(
		"li",
		{ class: state },
		h("span", { class: "badge" }, `${stateSigns[state]} ${stateWords[state]}`),
		h("span", { class: "name" }, name),
		h("span", {}, words),
		facts !== undefined && h("span", { class: "faint facts" }, facts),
	);
}

function adapterRows({ adapters }: Picture): readonly HTMLElement[] {
	if (adapters.length === 0) {
		return [h("li", { class: "faint" }, "None is fed by this node.")];
	}
	return adapters.map((adapter) =>
		judged(
			adapter,
			`Waiting: ${adapter.waiting}, the oldest for ${adapter.oldestSeconds} s. Set aside: ${adapter.parked}. Delivered: ${adapter.delivered}.`,
		),
	);
}

function measureOfAdapter({ name }: { readonly name: string }): Measure {
	return {
		title: `Events before ${name}`,
		value: ({ adapters }) => adapters[name],
		text: count,
	};
}
