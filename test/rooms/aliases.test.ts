/** What a room is called in its SIP address: who says it, and that secret rooms cannot be found by it. */
import assert from "node:assert/strict";
import type {
	Actor,
	CategoryRecord,
	RoomId,
	RoomProperties,
	RoomRecord,
} from "../../plugin/rooms/types.ts";
import { refused } from "../contracts/samples.ts";
import {
	addCategory,
	type Domain,
	openDomain,
	principalOf,
} from "../support/domain.ts";

describe("the alias of a room", () => {
	let domain: Domain;
	let alice: Actor;
	let bob: Actor;
	let category: CategoryRecord;
	let made = 0;

	before(async () => {
		domain = await openDomain();
		alice = await domain.person("alice");
		bob = await domain.person("bob");
		category = await addCategory(domain, { creators: [principalOf(alice)] });
	});
	after(() => domain.close());

	function addRoom(more: Partial<RoomProperties> = {}): Promise<RoomRecord> {
		made += 1;
		return domain.rooms.createRoom(alice, {
			name: `Room ${made}`,
			...more,
			category: category.id,
		});
	}
	const change = (
		actor: Actor,
		room: RoomId,
		properties: Partial<RoomProperties>,
	) => domain.rooms.changeRoom(actor, room, { properties });

	it("is given, changed and taken away by managers, and owed to compliance", async () => {
		const { room } = await addRoom({ alias: "floor-1" });
		assert.equal(room.alias, "floor-1");
		await domain.owed();
		await change(alice, room.id, { alias: "floor-2" });
		const [event] = await domain.owed();
		assert.equal(event?.type, "room-changed");
		assert.deepEqual(event.before, { alias: "floor-1" });
		assert.deepEqual(event.after, { alias: "floor-2" });
		await refused("forbidden", change(bob, room.id, { alias: "mine" }));
		const bare = await change(alice, room.id, { alias: undefined });
		assert.equal(bare.room.alias, undefined);
	});

	it("stays when something else is changed", async () => {
		const { room } = await addRoom({ alias: "stays" });
		const changed = await change(alice, room.id, { description: "Other" });
		assert.equal(changed.room.alias, "stays");
	});

	it("is one room's, and free again when that has another or is removed", async () => {
		const { room } = await addRoom({ alias: "taken" });
		const other = await addRoom();
		await refused("name-taken", addRoom({ alias: "taken" }));
		await refused(
			"name-taken",
			change(alice, other.room.id, { alias: "taken" }),
		);
		await change(alice, room.id, { alias: "another" });
		const now = await change(alice, other.room.id, { alias: "taken" });
		assert.equal(now.room.alias, "taken");
	});

	it("is a word that fits an address, and no room's id", async () => {
		for (const alias of [
			"",
			"Lobby",
			"a b",
			"-a",
			"a@b",
			"a.b",
			"x".repeat(65),
		]) {
			await refused("malformed", addRoom({ alias }));
		}
		await refused(
			"malformed",
			addRoom({ alias: "00000000-0000-4000-8000-000000000001" }),
		);
	});

	it("is not for secret rooms, and lost when a room becomes secret", async () => {
		await refused("malformed", addRoom({ alias: "hush", privacy: "secret" }));
		const { room } = await addRoom({ alias: "hush" });
		const secret = await change(alice, room.id, { privacy: "secret" });
		assert.equal(secret.room.alias, undefined);
		await refused("malformed", change(alice, room.id, { alias: "hush" }));
		const { room: free } = await addRoom({ alias: "hush" });
		assert.equal(free.alias, "hush");
	});
});
