/** How a feed is made and changed: its name, the words, where and by whom they are said. */
import { harmlessLine } from "../../../client/terminal/harmless.ts";
import { fill, h, iconButton } from "../dom.ts";
import { type Feed, type Feeds, mostAuthors } from "../model/feeds.ts";
import { listed, type State } from "../model/state.ts";
import type { Findings } from "../type-ahead.ts";
import { explain } from "../words.ts";
import { combobox } from "./combobox.ts";
import { openDialog } from "./dialog.ts";
import { face } from "./face.ts";
import { freshId } from "./fields.ts";

/** Without `feed` a new one. */
export function editFeed(state: State, feeds: Feeds, feed?: Feed): void {
	const name = field(feed?.name ?? "", "Power");
	const words = field(feed?.words ?? "", "gateway power");
	const authors = authorsField(state, feed?.authors ?? []);
	const rooms = roomsField(state, feed?.rooms ?? []);
	const complaint = h("p", { class: "complaint", role: "alert" });

	function save(event: Event): void {
		event.preventDefault();
		const next: Feed = {
			id: feed?.id ?? crypto.getRandomValues(new Uint32Array(2)).join("-"),
			name: name.value.trim(),
			words: words.value.trim(),
			rooms: rooms.read(),
			authors: authors.read(),
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
			authors.element,
			rooms.element,
			complaint,
			h("button", { type: "submit", class: "primary" }, "Keep the feed"),
		),
	);
}

function field(value: string, placeholder: string): HTMLInputElement {
	const id = freshId();
	return h("input", { id, value, placeholder, required: true, maxlength: 300 });
}

function roomsField(state: State, chosen: readonly string[]) {
	const rooms = listed(state).map(({ uri, info }) => ({
		uri,
		box: h("input", { type: "checkbox", checked: chosen.includes(uri) }),
		name: info.name,
	}));
	return {
		element: h(
			"fieldset",
			{},
			h("legend", {}, "Only in these rooms (none chosen: in all of yours)"),
			...rooms.map(({ box, name }) =>
				h("label", { class: "check" }, box, h("bdi", {}, harmlessLine(name))),
			),
		),
		read: () => rooms.filter(({ box }) => box.checked).map(({ uri }) => uri),
	};
}

interface Author {
	readonly uri: string;
	readonly name: string;
}

/** Whose messages: found as one types; nobody: whoever says it. */
function authorsField(state: State, chosen: readonly string[]) {
	let all: readonly Author[] = chosen.map((uri) => knownAs(state, uri));
	const status = h("p", { class: "unseen", role: "status" });
	const list = h("ul", { class: "authors", "aria-label": "Said by" });
	const adding = combobox<Author>({
		label: "Said by (nobody chosen: by anybody)",
		find: (words) => findPeople(state, words),
		describe: ({ uri, name }) => ({ name, hint: addressOf(uri) }),
		pick: add,
	});

	function add(author: Author): void {
		if (all.some(({ uri }) => uri === author.uri)) return;
		if (all.length === mostAuthors) {
			fill(status, `A feed has at most ${mostAuthors} authors.`);
			return;
		}
		all = [...all, author];
		fill(status, `${author.name} is added.`);
		draw();
	}

	function remove(author: Author): void {
		all = all.filter((each) => each !== author);
		fill(status, `${author.name} is taken away.`);
		draw();
		adding.querySelector("input")?.focus();
	}

	function draw(): void {
		fill(
			list,
			...all.map((author) =>
				h(
					"li",
					{ title: addressOf(author.uri) },
					face(author.uri, author.name),
					h("bdi", {}, author.name),
					iconButton("close", `Not by ${author.name}`, () => remove(author)),
				),
			),
		);
		list.hidden = all.length === 0;
	}

	draw();
	return {
		element: h("div", {}, adding, list, status),
		read: () => all.map(({ uri }) => uri),
	};
}

async function findPeople(
	{ chat }: State,
	words: string,
): Promise<Findings<Author>> {
	const { principals, more } = await chat.administration.people(words);
	const people = principals.filter(({ kind }) => kind === "user");
	return {
		found: people.map(({ uri, name }) => ({ uri, name: harmlessLine(name) })),
		more,
	};
}

/** By his name where he is in a room that we are in. */
function knownAs({ chat }: State, uri: string): Author {
	for (const { people } of chat.joined.values()) {
		const person = people.get(uri.toLowerCase());
		if (person) return { uri, name: harmlessLine(person.name) };
	}
	return { uri, name: addressOf(uri) };
}

function addressOf(uri: string): string {
	return harmlessLine(uri.replace(/^sips?:/i, ""));
}
