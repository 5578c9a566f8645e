import { deepEqual } from "node:assert/strict";
import type { Person, RoomInfo } from "../../client/index.ts";
import {
	changesOfPerson,
	changesOfRoom,
} from "../../client/terminal/sentences.ts";

const room: RoomInfo = {
	uri: "ma-chan://example.com/1",
	name: "Floor",
	description: "Trading",
	auditorium: false,
	disabled: false,
	privacy: "open",
};
const carol: Person = {
	uri: "sip:carol@example.com",
	name: "Carol",
	manager: false,
	presenter: false,
};

describe("What the terminal says", () => {
	it("of a room: each thing that is different now, and nothing else", () => {
		const said = (change: Partial<RoomInfo>) =>
			changesOfRoom(room, { ...room, ...change });
		deepEqual(said({ participantCount: 7, version: "2" }), []);
		deepEqual(said({ name: "Pit\x1b[2J" }), ["Floor is now called Pit␛[2J"]);
		deepEqual(said({ description: "" }), [
			"the room has no description any more",
		]);
		deepEqual(said({ privacy: "secret", description: "Quiet" }), [
			"the room is now described as: Quiet",
			"the room is secret now",
		]);
		deepEqual(said({ auditorium: true }), [
			"the room is an auditorium now: only its presenters post",
		]);
		deepEqual(said({ disabled: true }), ["the room is disabled now"]);
	});

	it("of somebody who may do more or less", () => {
		const said = (before: Partial<Person>, after: Partial<Person>) =>
			changesOfPerson("Carol", { ...carol, ...before }, { ...carol, ...after });
		deepEqual(said({}, {}), []);
		deepEqual(said({}, { manager: true }), ["Carol manages the room now"]);
		deepEqual(said({ manager: true }, { presenter: true }), [
			"Carol does not manage the room any more",
			"Carol is a presenter now",
		]);
		deepEqual(said({ presenter: true }, {}), [
			"Carol is no presenter any more",
		]);
		deepEqual(
			changesOfPerson(undefined, undefined, { ...carol, manager: true }),
			["you manage the room now"],
		);
	});
});
