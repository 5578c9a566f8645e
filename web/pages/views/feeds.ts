/** Feeds: their list with what is unread, what is in one of them, and how one is made. */
import { harmlessLine } from "../../../client/terminal/harmless.ts";
import { fill, h, icon } from "../dom.ts";
import type { Feed, Feeds } from "../model/feeds.ts";
import { listed, type State } from "../model/state.ts";
import { counted, explain } from "../words.ts";
import { openDialog } from "./dialog.ts";
import { foundRow } from "./found-row.ts";

type Jump = (room: string, sequence: number) => void;

export function feedListView(
	state: State,
	feeds: Feeds,
	jump: Jump,
): HTMLElement {
	const list = h("ul", { class: "rooms", "aria-label": "Feeds" });
	let look = () => {};
	function draw(): void {
		fill(list, ...feeds.all.map((feed) => feedRow(feed)));
		look();
	}
	function feedRow(feed: Feed): HTMLElement {
		const unread = feeds.unread(feed);
		return h(
			"li",
			{},
			h(
				"button",
				{
					type: "button",
					class: `room${unread > 0 ? " unread" : ""}`,
					onclick: () => {
						look = openFeed(state, feeds, feed, jump);
					},
				},
				h("span", { class: "sign" }, icon("search")),
				h("bdi", { class: "name" }, harmlessLine(feed.name)),
				unread > 0 &&
					h(
						"span",
						{
							class: "badge",
							role: "img",
							"aria-label": counted(unread, "unread message"),
						},
						String(unread),
					),
			),
		);
	}
	state.on("feeds", draw);
	draw();
	return h(
		"div",
		{ class: "feeds" },
		list,
		h(
			"button",
			{
				type: "button",
				class: "find",
				onclick: () => editFeed(state, feeds),
			},
			icon("plus"),
			"New feed",
		),
	);
}

/** What is in the feed, the newest first; what it returns brings what came since. */
function openFeed(
	state: State,
	feeds: Feeds,
	feed: Feed,
	jump: Jump,
): () => void {
	const status = h("p", { class: "hint", role: "status" }, "Searching …");
	const list = h("ul", { class: "results" });
	let seen = feed;

	async function show(): Promise<void> {
		if (!dialog.isConnected) return;
		try {
			const found = await feeds.find(feed);
			const newest = [...found].reverse();
			fill(list, ...newest.map((each) => foundRow(state, each, choose)));
			fill(status, counted(found.length, "message"));
			const seenAt = newest[0]?.at.toISOString() ?? seen.seenAt;
			if (seenAt <= seen.seenAt) return;
			seen = { ...seen, seenAt };
			await feeds.keep(seen);
		} catch (error) {
			fill(status, explain(error));
		}
	}

	function choose(room: string, sequence: number): void {
		dialog.close();
		jump(room, sequence);
	}

	const button = (label: string, onclick: () => void) =>
		h("button", { type: "button", class: "small", onclick }, label);
	const dialog = openDialog(
		feed.name,
		h(
			"div",
			{ class: "row" },
			button("Change", () => {
				dialog.close();
				editFeed(state, feeds, seen);
			}),
			button("Remove", () => {
				feeds.remove(feed).then(
					() => dialog.close(),
					(error) => fill(status, explain(error)),
				);
			}),
		),
		status,
		list,
	);
	void show();
	return () => {
		if (feeds.unread(feed) > 0) void show();
	};
}

function editFeed(state: State, feeds: Feeds, feed?: Feed): void {
	const field = (id: string, value: string, hint: string, required: boolean) =>
		h("input", { id, value, placeholder: hint, required, maxlength: 300 });
	const name = field("feed-name", feed?.name ?? "", "Power", true);
	const words = field("feed-words", feed?.words ?? "", "gateway power", true);
	const authors = field(
		"feed-authors",
		(feed?.authors ?? []).map((uri) => uri.replace(/^sip:/, "")).join(", "),
		"Anybody",
		false,
	);
	const rooms = listed(state).map(({ uri, info }) => ({
		uri,
		box: h("input", { type: "checkbox", checked: feed?.rooms.includes(uri) }),
		name: info.name,
	}));
	const complaint = h("p", { class: "complaint", role: "alert" });

	function save(event: Event): void {
		event.preventDefault();
		const chosen = rooms.filter(({ box }) => box.checked);
		const next: Feed = {
			id: feed?.id ?? crypto.getRandomValues(new Uint32Array(2)).join("-"),
			name: name.value.trim(),
			words: words.value.trim(),
			rooms: chosen.map(({ uri }) => uri),
			authors: authorsIn(authors.value, state.chat.domain),
			seenAt: feed?.seenAt ?? new Date().toISOString(),
		};
		feeds.keep(next).then(
			() => dialog.close(),
			(error) => fill(complaint, explain(error)),
		);
	}

	const labelled = (input: HTMLElement, text: string) => [
		h("label", { for: input.id }, text),
		input,
	];
	const dialog = openDialog(
		feed ? "Change the feed" : "New feed",
		h(
			"form",
			{ class: "search", onsubmit: save },
			...labelled(name, "Name"),
			...labelled(words, "Any of these words"),
			...labelled(authors, "Said by (as for SIP: alice, bob)"),
			h(
				"fieldset",
				{},
				h("legend", {}, "Only in these rooms; none: all that are yours"),
				...rooms.map(({ box, name: room }) =>
					h("label", { class: "check" }, box, h("bdi", {}, harmlessLine(room))),
				),
			),
			complaint,
			h("button", { type: "submit", class: "primary" }, "Keep the feed"),
		),
	);
}

/** `alice, bob@example.com` as URIs. */
function authorsIn(text: string, domain: string): readonly string[] {
	return text
		.split(/[\s,;]+/)
		.filter((name) => name !== "")
		.map((name) => name.replace(/^sips?:/i, ""))
		.map((name) => `sip:${name.includes("@") ? name : `${name}@${domain}`}`);
}
