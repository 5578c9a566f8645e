import { deepEqual, equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { conversationsOf } from "../../adapters/conversations.ts";
import { outputName } from "../../adapters/output-name.ts";
import { alice, archived, desk, happenings, lobby, posted } from "./events.ts";

const joined = (room = lobby) =>
	({ type: "joined", actor: alice, room }) as const;

describe("the name of an output", () => {
	const events = archived([joined(), joined(), joined()], 42);

	it("is that of the first event, so that a batch that comes again with more behind it has the same", () => {
		equal(
			outputName("archive", events, false),
			"archive-000000000042-20260302T090041000Z",
		);
		equal(
			outputName("archive", events.slice(0, 1), false),
			outputName("archive", events, false),
		);
		equal(
			outputName("archive", events, false, lobby.id),
			`archive-000000000042-20260302T090041000Z-${lobby.id}`,
		);
	});

	it("is another one for what is delivered once more, so that it takes nothing's place", () => {
		equal(
			outputName("archive", events, true),
			"archive-000000000042-20260302T090041000Z-to-000000000044-replay",
		);
	});

	it("sorts as the archive does", () => {
		const positions = fc.tuple(
			fc.nat(10 ** 9),
			fc.integer({ min: 1, max: 99 }),
		);
		fc.assert(
			fc.property(positions, ([position, more]) => {
				const [earlier, later] = [position, position + more].map((first) =>
					outputName("archive", archived([joined()], first), false),
				);
				equal([later, earlier].sort()[0], earlier);
			}),
		);
	});

	it("is none without events", () => {
		throws(
			() => outputName("archive", [], false),
			/What is empty has no name\./,
		);
	});
});

describe("conversations", () => {
	it("are one a room, in the order of their first events", () => {
		const events = archived([
			joined(lobby),
			joined(desk),
			happenings["category-changed"],
			posted("one"),
			posted("two", { room: desk }),
		]);
		deepEqual(
			conversationsOf(events).map((each) => [
				each.room?.name,
				each.events.map(({ position }) => position),
				each.startsAt,
				each.endsAt,
			]),
			[
				[
					"Lobby",
					[1, 4],
					"2026-03-02T09:00:00.000Z",
					"2026-03-02T09:00:03.000Z",
				],
				[
					desk.name,
					[2, 5],
					"2026-03-02T09:00:01.000Z",
					"2026-03-02T09:00:04.000Z",
				],
				[
					undefined,
					[3],
					"2026-03-02T09:00:02.000Z",
					"2026-03-02T09:00:02.000Z",
				],
			],
		);
	});

	it("begin anew when the room gets another name", () => {
		const renamed = { ...lobby, name: "Foyer" };
		const events = archived([
			joined(),
			posted("a", { room: renamed }),
			joined(),
		]);
		deepEqual(
			conversationsOf(events).map(({ room }) => room?.name),
			["Lobby", "Foyer", "Lobby"],
		);
	});

	it("last from the earliest to the latest instant, though a part may be told late", () => {
		const [conversation] = conversationsOf(
			archived([
				posted("a"),
				{
					type: "parted",
					actor: alice,
					room: lobby,
					at: "2026-03-02T08:59:00.000Z",
				},
			]),
		);
		equal(conversation?.startsAt, "2026-03-02T08:59:00.000Z");
		equal(conversation?.endsAt, "2026-03-02T09:00:00.000Z");
	});
});
