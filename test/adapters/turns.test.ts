/** While adapters make much text of a batch, whatever else the service does goes on. */
import { ok } from "node:assert/strict";
import { compose } from "../../adapters/eml/compose.ts";
import { mailsOf } from "../../adapters/eml/mail.ts";
import { lineOf } from "../../adapters/jsonl/portions.ts";
import { makeTurns, mapInTurns } from "../../adapters/turns.ts";
import { fileDump } from "../../adapters/vantage/document.ts";
import { extendedDocument } from "../../adapters/xml/document.ts";
import { writeDocument } from "../../adapters/xml-text.ts";
import { delivery } from "./delivery.ts";
import { alice, archived, lobby, posted } from "./events.ts";

const batch = archived(
	Array.from({ length: 10_000 }, () => posted("<é> & ".repeat(80))),
);

/** How often others had their turn until the work was done. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
	let turns = 0;
	let isDone = false;
	const count = () => {
		turns += 1;
		if (!isDone) setImmediate(count);
	};
	setImmediate(count);
	await work.finally(() => {
		isDone = true;
	});
	return turns;
}

describe("others get their turns", () => {
	const details = { addChatRoomDetails: true, addUserDetails: true };
	const form = {
		output: "x",
		dateTimeUnit: "seconds",
		otherEvents: "notes",
	} as const;
	const conversation = {
		adapter: "mine",
		room: lobby,
		present: [alice],
		events: batch,
	};

	for (const [what, work] of Object.entries({
		"lines of JSON": () => mapInTurns(batch, lineOf),
		"elements of Lync's XML": () => extendedDocument(batch, details),
		"a document of XML": async () =>
			writeDocument(await extendedDocument(batch.slice(0, 4_000), details)),
		"elements of FileDump": () => fileDump(batch, async () => [], form),
		mails: () => mailsOf(conversation, 1e9),
		"a mail": async () => {
			const [mail] = await mailsOf({ ...conversation, events: batch }, 1e9);
			ok(mail);
			(await compose(mail, delivery())).destroy();
		},
	})) {
		it(`while ${what} are made`, async () => {
			ok((await turnsDuring(work())) >= 2);
		});
	}

	it("not for each small piece: what is soon done is not interrupted", async () => {
		const takeTurns = makeTurns();
		const turns = await turnsDuring(takeTurns());
		ok(turns <= 1);
	});
});
