/** What BACKCHATs say: the question, whatever was found. */
import { equal } from "node:assert/strict";
import { messageOf } from "../../adapters/xml/message.ts";
import type { ArchivedEvent } from "../../plugin/compliance/adapter.ts";
import { archived, happenings } from "./events.ts";

function told(type: "viewed" | "searched", asked: object): string {
	const [event] = archived([happenings[type]]);
	const { lync, content, ...rest } = messageOf({
		...event,
		asked,
	} as ArchivedEvent);
	equal(lync && rest.type, "BACKCHAT");
	return content;
}

const from = "2026-03-02T00:00:00.000Z";
const to = "2026-03-03T00:00:00.000Z";

describe("a BACKCHAT of Lync's XML", () => {
	for (const [asked, says] of [
		[{ window: "last", count: 100 }, "history: the last 100"],
		[
			{ window: "before", sequence: 7, count: 9 },
			"history: 9 before message 7",
		],
		[
			{ window: "around", sequence: 7, count: 9 },
			"history: 9 around message 7",
		],
		[
			{ window: "dates", from, to, start: 3, newestFirst: false, count: 50 },
			`history: the oldest 50 from ${from} to ${to}, beyond message 3`,
		],
		[{ window: "missed", sequence: 17 }, "history: what came after message 17"],
	] as const) {
		it(`says of ${asked.window} what was asked for, not what was found`, () => {
			equal(told("viewed", asked), says);
		});
	}

	it("says of a search what was looked for, and how", () => {
		const search = { newestFirst: true, count: 50 };
		equal(
			told("searched", {
				...search,
				words: "silver lining",
				match: "phrase",
				caseCounts: true,
				from,
			}),
			`search: silver lining; as a phrase; case counts; the newest 50 from ${from}`,
		);
		equal(
			told("searched", { ...search, authors: ["sip:bob@example.com"] }),
			"search:; by sip:bob@example.com; the newest 50",
		);
	});
});
