/** Which events an adapter with `only` gets. */
import { deepEqual } from "node:assert/strict";
import { wantedBy } from "../../plugin/compliance/filter.ts";
import { archived, lobby, posted } from "../adapters/events.ts";
import { room } from "../contracts/archive-samples.ts";

const board = {
	...room("Board"),
	category: { id: "7b1c1d5e-0000-4000-8000-00000000000c", name: "Settlement" },
};
const events = archived([
	posted("in the lobby"),
	posted("on the board", { room: board }),
]);

type Only = Parameters<typeof wantedBy>[0];

function chosen(only: Only): readonly string[] {
	return events
		.filter(wantedBy(only))
		.map((event) => event.room?.name ?? "of no room");
}

describe("what an adapter gets", () => {
	const cases: readonly [string, Only, readonly string[]][] = [
		["everything, when nothing is said", undefined, [lobby.name, "Board"]],
		[
			"of a room by its name, however it is written",
			{ rooms: ["bOARD"] },
			["Board"],
		],
		[
			"of a room by its GUID, in capitals too",
			{ rooms: [board.id.toUpperCase()] },
			["Board"],
		],
		["of a category by its name", { categories: ["settlement"] }, ["Board"]],
		[
			"of a category by its GUID",
			{ categories: [board.category.id] },
			["Board"],
		],
		["by type", { types: ["posted"] }, [lobby.name, "Board"]],
		["of no other type", { types: ["joined"] }, []],
		[
			"only what fits all that is said",
			{ types: ["posted"], rooms: [lobby.name], categories: ["Settlement"] },
			[],
		],
	];
	for (const [what, only, expected] of cases) {
		it(`is ${what}`, () => deepEqual(chosen(only), expected));
	}
});
