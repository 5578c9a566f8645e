/** What the chat page holds and recognises, without a page. */
import { deepEqual, equal, match } from "node:assert/strict";
import fc from "fast-check";
import type { ChatMessage } from "../../client/index.ts";
import { readPlace, writePlace } from "../../web/pages/address.ts";
import {
	draftLength,
	mostDrafts,
	openDrafts,
	type TabStorage,
} from "../../web/pages/model/drafts.ts";
import { fileLinkOf, withFileNames } from "../../web/pages/model/files.ts";
import { around, hits } from "../../web/pages/model/hits.ts";
import { mentions, stretches } from "../../web/pages/model/mentions.ts";
import { storyOf, storyText } from "../../web/pages/model/story.ts";
import {
	begunAt,
	mostSuggestions,
	suggestionsFor,
} from "../../web/pages/model/suggesting.ts";
import { createTimeline, mostItems } from "../../web/pages/model/timeline.ts";

const alice = { uri: "sip:alice@example.com", name: "Alice Smith" };

function message(sequence: number): ChatMessage {
	return {
		room: "ma-chan://example.com/1",
		sequence,
		author: { uri: "sip:bob@example.com", name: "Bob" },
		text: `text ${sequence}`,
		alert: false,
		at: new Date(sequence * 1_000),
	};
}

const run = (first: number, last: number): ChatMessage[] =>
	Array.from({ length: last - first + 1 }, (_, index) =>
		message(first + index),
	);

describe("The window of a room", () => {
	const numbers = (timeline: ReturnType<typeof createTimeline>) =>
		timeline.items.map((item) =>
			item.kind === "message" ? item.message.sequence : item.text,
		);

	it("keeps what came while its end was being read, once and in order", () => {
		const timeline = createTimeline();
		timeline.live(message(5));
		timeline.live(message(6));
		timeline.show(run(2, 5), { older: true, newer: false });
		timeline.live(message(6));
		deepEqual(numbers(timeline), [2, 3, 4, 5, 6]);
	});

	it("keeps a note that came while its end was being read", () => {
		const timeline = createTimeline();
		timeline.note("The room is closed now");
		timeline.show(run(1, 2), { older: false, newer: false });
		deepEqual(numbers(timeline), [1, 2, "The room is closed now"]);
	});

	it("takes no live message while it stands elsewhere, and knows that there is more", () => {
		const timeline = createTimeline();
		timeline.show(run(10, 20), { older: true, newer: true });
		equal(timeline.live(message(99)), false);
		timeline.append(run(21, 30), false);
		equal(timeline.newer, true);
		timeline.append(run(31, 99), false);
		equal(timeline.newer, false);
		deepEqual(numbers(timeline).at(-1), 99);
	});

	it("is cut at the end that one reads away from", () => {
		const timeline = createTimeline();
		timeline.show(run(1_000, 1_000 + mostItems - 1), {
			older: true,
			newer: false,
		});
		timeline.prepend(run(950, 999), true);
		equal(timeline.items.length, mostItems);
		deepEqual([timeline.first, timeline.newer], [950, true]);
	});

	it("shows what was deleted and replaced as such, and forgets the words", () => {
		const timeline = createTimeline();
		timeline.show(run(1, 3), { older: false, newer: false });
		timeline.deleted([{ first: 1, last: 1 }]);
		timeline.replaced([{ first: 2, last: 2 }], "other");
		const shown = timeline.items.map((item) =>
			item.kind === "message" ? [item.message.text, item.fate] : [],
		);
		deepEqual(shown, [
			["", "deleted"],
			["other", "replaced"],
			["text 3", undefined],
		]);
	});

	it("ends at a hole", () => {
		const timeline = createTimeline();
		timeline.show(run(1, 9), { older: false, newer: false });
		timeline.gap(500);
		timeline.live(message(500));
		deepEqual([numbers(timeline), timeline.older], [[500], true]);
	});
});

describe("A mention", () => {
	for (const [text, isOne] of [
		["@alice?", true],
		["(@ALICE SMITH)", true],
		["hi @alice.", true],
		["@alicent", false],
		["@alice-marie", false],
		["bob@alice", false],
		["@bob", false],
	] as const) {
		it(`is ${isOne ? "seen" : "not seen"} in "${text}"`, () => {
			equal(mentions(text, alice), isOne);
		});
	}

	it("leaves every text whole", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), (text) => {
				const said = `${text} @alice https://example.com/?a=1. ${text}`;
				equal(
					stretches(said, alice)
						.map((stretch) => stretch.text)
						.join(""),
					said,
				);
			}),
		);
	});

	it("is found for names that mean something in patterns", () => {
		const odd = { uri: "sip:a@example.com", name: "A.(B)*[C]|$^" };
		equal(mentions("@A.(B)*[C]|$^ hello", odd), true);
	});
});

describe("A mention that is being typed", () => {
	const people = [
		alice,
		{ uri: "sip:bob@example.com", name: "Bob" },
		{ uri: "sip:bob2@example.com", name: "Bob" },
		{ uri: "sip:nameless@example.com", name: "" },
	];
	const as = (words: string) =>
		suggestionsFor(words, people).map((each) => each.as);

	it("begins at an @ that is no part of an address, and ends at the line", () => {
		deepEqual(begunAt("Ask @al", 7), { start: 4, words: "al" });
		deepEqual(begunAt("@", 1), { start: 0, words: "" });
		deepEqual(begunAt("(@Alice Sm) x", 10), { start: 1, words: "Alice Sm" });
		equal(begunAt("alice@exa", 9), undefined);
		equal(begunAt("@alice\n", 7), undefined);
		equal(begunAt("no", 2), undefined);
	});

	it("is of those whose name or address begins so", () => {
		deepEqual(as("smi"), ["Alice Smith"]);
		deepEqual(as("ALI"), ["Alice Smith"]);
		deepEqual(as("x"), []);
	});

	it("is written so that it means one, and is seen as a mention of him", () => {
		deepEqual(as("bob"), ["bob", "bob2"]);
		deepEqual(as("nameless"), ["nameless"]);
		for (const each of suggestionsFor("", people)) {
			equal(mentions(`@${each.as}`, each), true);
		}
	});

	it("names each once, and not too many", () => {
		equal(suggestionsFor("alice", [alice, alice]).length, 1);
		const crowd = Array.from({ length: 99 }, (_, index) => ({
			uri: `sip:p${index}@example.com`,
			name: `P${index}`,
		}));
		equal(suggestionsFor("p", crowd).length, mostSuggestions);
	});
});

describe("A link to a file", () => {
	const room = "00000000-0000-4000-8000-000000000001";
	const link = `ma-filelink://example.com/${room}/f-1/plan%20%22b%22.pdf?bytes=2048`;

	it("leads to this site, by its name and size", () => {
		deepEqual(fileLinkOf(link), {
			name: 'plan "b".pdf',
			bytes: 2048,
			address: `api/rooms/${room}/files/f-1`,
		});
		deepEqual(
			stretches(`See ${link} please`, alice).map(({ kind }) => kind),
			["text", "file", "text"],
		);
	});

	it("is its name where a message is told in a line", () => {
		equal(
			withFileNames(
				"See ma-filelink://example.com/r-1/f-1/night%20plan.pdf?bytes=1 first",
			),
			"See night plan.pdf first",
		);
	});

	it("is text when it leads elsewhere", () => {
		for (const wrong of [
			"ma-filelink://example.com/../../x/y",
			"ma-filelink://example.com/a/b%2f..%2fc/d",
			"ma-filelink://example.com/a/b",
			"https://example.com/a/b/c",
		]) {
			equal(fileLinkOf(wrong), undefined);
		}
	});
});

describe("A story", () => {
	it("is read as it was written", () => {
		const story = { title: "What happened", body: "One.\nTwo." };
		deepEqual(storyOf(storyText(story)), story);
		equal(storyOf("[STORY]only a title"), undefined);
		equal(storyOf("no story"), undefined);
	});
});

describe("The address of the page", () => {
	it("leads to the place that it was made of", () => {
		for (const place of [
			{},
			{ room: "ma-chan://example.com/ab-1" },
			{ room: "ma-chan://example.com/ab-1", message: 7 },
		]) {
			deepEqual(readPlace(writePlace(place), "example.com"), place);
		}
	});

	it("is the list of rooms when it makes no sense", () => {
		deepEqual(readPlace("?room=../../x&message=1", "example.com"), {});
		deepEqual(readPlace("?room=a&message=-1", "example.com"), {
			room: "ma-chan://example.com/a",
		});
	});
});

describe("Drafts", () => {
	const room = (number: number) => `ma-chan://example.com/${number}`;

	function storage(): TabStorage {
		const items = new Map<string, string>();
		return {
			getItem: (key) => items.get(key) ?? null,
			setItem: (key, value) => void items.set(key, value),
			removeItem: (key) => void items.delete(key),
		};
	}

	it("are there again for who wrote them, and for nobody else", () => {
		const tab = storage();
		openDrafts("sip:alice@example.com", tab).keep(room(1), "Half");
		equal(openDrafts("sip:alice@example.com", tab).read(room(1)), "Half");
		equal(openDrafts("sip:bob@example.com", tab).read(room(1)), "");
		equal(openDrafts("sip:alice@example.com", tab).read(room(1)), "");
	});

	it("are of the rooms written in last, and no longer than is bounded", () => {
		const tab = storage();
		const drafts = openDrafts("sip:alice@example.com", tab);
		for (let number = 0; number <= mostDrafts; number += 1) {
			drafts.keep(room(number), "x".repeat(2 * draftLength));
		}
		const again = openDrafts("sip:alice@example.com", tab);
		equal(again.read(room(0)), "");
		equal(again.read(room(mostDrafts)).length, draftLength);
	});

	it("are nothing where what is kept makes no sense, or nothing can be kept", () => {
		for (const content of [
			"[]",
			"null",
			"no",
			'{"user":"a","entries":[[1]]}',
		]) {
			const tab = { ...storage(), getItem: () => content };
			equal(openDrafts("a", tab).read(room(1)), "");
		}
		const full = {
			...storage(),
			setItem() {
				throw new Error("full");
			},
		};
		const drafts = openDrafts("a", full);
		drafts.keep(room(1), "Half");
		equal(drafts.read(room(1)), "Half");
	});
});

describe("What was searched for", () => {
	const marked = (text: string, words: readonly string[]) =>
		hits(text, words)
			.map(({ text, isHit }) => (isHit ? `[${text}]` : text))
			.join("");

	it("is marked where it stands, whole and in whatever case", () => {
		equal(
			marked("The power: POWERED by power-plants", ["power", "plants"]),
			"The [power]: POWERED by [power]-[plants]",
		);
		equal(marked("über Übermut", ["über"]), "[über] Übermut");
		equal(marked("a+b (c)", ["a+b", "(c)"]), "[a+b] [(c)]");
		equal(marked("今日は会議です", ["会議"]), "今日は[会議]です");
		equal(marked("nothing", ["", "else"]), "nothing");
	});

	it("is in what is shown of a long text", () => {
		const text = `${"x ".repeat(300)}needle${" y".repeat(300)}`;
		const shown = around(text, ["needle"], 100);
		match(shown, /^….*needle.*…$/);
		equal(shown.length, 102);
		match(around(text, ["none"], 100), /^x x .*…$/);
		match(around(text, ["needle", "y"], 100), /needle/);
		equal(around("short", ["none"], 100), "short");
	});
});
