/** The operator's list of messages: who is given it, which messages, and that it is recorded. */
import assert from "node:assert/strict";
import type { Actor, Principal, RoomId } from "../../plugin/rooms/types.ts";
import { refused } from "../contracts/samples.ts";
import {
	addCategory,
	type Domain,
	openDomain,
	operator,
} from "../support/domain.ts";

const start = Date.parse("2026-01-01T00:00:00Z");

describe("the operator's list of messages", () => {
	let domain: Domain;
	let alice: Actor;
	let room: RoomId;

	before("posts five messages, a second apart", async () => {
		let clock = start;
		domain = await openDomain({ now: () => new Date(clock) });
		alice = await domain.person("alice");
		const category = (await addCategory(domain)).id;
		const made = await domain.rooms.createRoom(operator, {
			name: "Vault",
			category,
			privacy: "secret",
			roles: { member: [alice.uri as string as Principal] },
		});
		room = made.room.id;
		for (const text of ["one", "two", "three", "four", "five"]) {
			clock += 1_000;
			await domain.rooms.post(alice, { room, text, alert: false });
		}
		await domain.rooms.changeCategory(operator, category, { history: false });
		await domain.owed();
	});
	after(() => domain.close());

	const list = async (
		which: Parameters<Domain["rooms"]["listMessages"]>[2],
	) => {
		const { messages, more } = await domain.rooms.listMessages(
			operator,
			room,
			which,
		);
		return [messages.map(({ sequence }) => sequence), more];
	};
	const at = (seconds: number) => new Date(start + seconds * 1_000);

	it("gives the newest that fit, oldest first, and says whether there are older ones", async () => {
		assert.deepEqual(await list({ count: 2 }), [[4, 5], true]);
		assert.deepEqual(await list({ count: 5 }), [[1, 2, 3, 4, 5], false]);
		assert.deepEqual(await list({ count: 9, belowSequence: 3 }), [
			[1, 2],
			false,
		]);
		// From then on, and before then: what was posted at the one is among them, at the other not.
		const second = { from: at(2), before: at(4) };
		assert.deepEqual(await list({ count: 9, ...second }), [[2, 3], false]);
		assert.deepEqual(await list({ count: 1, ...second }), [[3], true]);
		assert.deepEqual(await list({ count: 9, from: at(6) }), [[], false]);
	});

	it("is owed to compliance as viewed, also when there was nothing", async () => {
		await domain.owed();
		await list({ count: 3 });
		await list({ count: 3, from: at(6) });
		const [viewed, nothing, ...others] = await domain.owed();
		assert.deepEqual(others, []);
		assert.ok(nothing?.type === "viewed" && nothing.count === 0);
		assert.ok(viewed?.type === "viewed");
		assert.deepEqual(
			[viewed.actor.uri, viewed.room.id, viewed.count, viewed.throughSequence],
			[operator.uri, room, 3, 5],
		);
	});

	it("is for the operator alone, not for users who administer", async () => {
		await domain.rooms.setAdministrators(operator, [
			alice.uri as string as Principal,
		]);
		await refused(
			"forbidden",
			domain.rooms.listMessages(alice, room, { count: 1 }),
		);
	});

	it("wants a room that there is, and a number that makes sense", async () => {
		const nowhere = "00000000-0000-4000-8000-00000000dead" as RoomId;
		await refused(
			"no-such-room",
			domain.rooms.listMessages(operator, nowhere, { count: 1 }),
		);
		for (const count of [0, 1.5, 501]) {
			await refused(
				"malformed",
				domain.rooms.listMessages(operator, room, { count }),
			);
		}
	});
});
