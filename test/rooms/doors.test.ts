/** What a door is given of the rooms: nothing that could be called without saying for whom. */
import { deepEqual } from "node:assert/strict";
import type { Rooms } from "../../plugin/rooms/index.ts";
import type { Actor } from "../../plugin/rooms/types.ts";
import { type Domain, openDomain } from "../support/domain.ts";

/** Methods that could be called with something else than an actor in front. */
type WithoutActor = {
	[Method in keyof Rooms]: Parameters<Rooms[Method]>[0] extends Actor
		? never
		: Method;
}[keyof Rooms];

describe("the rooms behind a door", () => {
	let domain: Domain;
	beforeEach(async () => {
		domain = await openDomain();
	});
	afterEach(() => domain.close());

	it("take the actor first, always", () => {
		// The compiler refuses this line when there is such a method.
		const none: [WithoutActor] extends [never] ? readonly string[] : never = [];
		deepEqual(none, []);
	});

	it("have nothing of what the node does by itself", () => {
		const { rooms, nodeRooms } = domain;
		const shared = Object.keys(nodeRooms).filter((name) => name in rooms);
		deepEqual(shared, []);
		deepEqual(Object.keys(nodeRooms).sort(), [
			"admit",
			"alive",
			"claimPhone",
			"collectFiles",
			"duePhones",
			"endPhone",
			"hearers",
			"holding",
			"isPhoneIn",
			"listedAmong",
			"newContent",
			"nextForPhone",
			"partDead",
			"partLeftovers",
			"phoneFailed",
			"phoneHad",
			"phoneRooms",
			"recordLeftDownloads",
			"redeemToken",
			"releasePhones",
			"roomsFollowed",
			"roomsInside",
			"unreadNow",
		]);
	});
});
