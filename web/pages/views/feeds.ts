/** Feeds: their list with what is unread, and what is in one of them. */
import { harmlessLine } from "../../../client/terminal/harmless.ts";
import { fill, h, icon } from "../dom.ts";
import type { Feed, Feeds } from "../model/feeds.ts";
import type { State } from "../model/state.ts";
import { counted, explain } from "../words.ts";
import { openDialog } from "./dialog.ts";
import { editFeed } from "./feed-form.ts";
import { foundRow } from "./found-row.ts";

type Jump = (room: string, sequence: number) => void;

export function feedListView(
	state: State,
	feeds: Feeds,
	jump: Jump,
): HTMLElement {
	const list = h("ul", { class: "rooms", "aria-label": "Feeds" });
	const none = h(
		"p",
		{ class: "hint" },
		"A feed tells you when some words are said, in whatever room.",
	);
	let look = () => {};
	function draw(): void {
		fill(list, ...feeds.all.map((feed) => feedRow(feed)));
		none.hidden = feeds.all.length > 0;
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
		none,
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
			fill(
				list,
				...newest.map((each) =>
					foundRow(state, each, choose, feed.words.split(/\s+/)),
				),
			);
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
