/** Names of files sort as the events do, whatever their days. */
import { deepEqual, ok } from "node:assert/strict";
import { lineOf, portions } from "../../adapters/jsonl/portions.ts";
import { archived, posted } from "./events.ts";

describe("the files of jsonl", () => {
	it("never step back by a day when a full one is followed by what happened the day before", () => {
		const [first, late] = archived([
			posted("today"),
			{ ...posted("yesterday"), at: "2026-03-01T23:59:59.000Z" },
		]);
		ok(first && late);
		const end = { file: undefined, lastEvent: undefined };
		const found = portions([lineOf(first), lineOf(late)], end, {
			...{ fileBytes: 1, run: "0000000a" },
		});
		deepEqual(
			found.map(({ name }) => name),
			[
				"2026-03-02-000000000001-0000000a.jsonl",
				"2026-03-02-000000000002-0000000a.jsonl",
			],
		);
	});
});
