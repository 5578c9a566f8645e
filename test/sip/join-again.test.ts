/** Joining again a room that one is in, and has lost: told so once, and nothing of it is left behind. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { RoomId } from "../../plugin/rooms/types.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { operator } from "../support/domain.ts";
import { type Person, signIn } from "../support/people.ts";
import { until } from "../support/until.ts";

describe("a room that is joined again", () => {
	let node: ChatNode;
	let alice: Person;
	let bob: Person;
	let id: RoomId;
	let uri: string;
	const kicks: string[] = [];

	before(async () => {
		node = await startChatNode();
	});
	after(() => node.close());
	beforeEach("alice and bob are in a room by a group", async () => {
		const { rooms } = node.chat;
		const [category] = await rooms.categories(operator);
		assert.ok(category);
		const group = await rooms.createGroup(operator, randomUUID(), [
			"sip:alice@example.com" as never,
		]);
		const made = await rooms.createRoom(operator, {
			name: randomUUID(),
			category: category.id,
			roles: {
				member: [`group:${group.id}` as never, "sip:bob@example.com" as never],
			},
		});
		id = made.room.id;
		uri = `ma-chan://example.com/${id}`;
		alice = await signIn(node, "alice");
		bob = await signIn(node, "bob");
		kicks.length = 0;
		alice.chat.on("kicked", ({ room }) => kicks.push(room.info.uri));
		await alice.chat.join(uri);
		await bob.chat.join(uri);
		// As a script does it, past the program: nobody is told.
		await node.database("group_members").where({ group_id: group.id }).delete();
		await node.database("generations").increment("value", 1);
	});
	afterEach(async () => {
		await alice.chat.close();
		await bob.chat.close();
	});

	async function events(): Promise<readonly string[]> {
		const rows: readonly { payload: string }[] = await node
			.database("outbox")
			.orderBy("position");
		return rows
			.map(({ payload }) => JSON.parse(payload))
			.filter(
				({ room, actor }) =>
					room?.id === id && actor.uri === "sip:alice@example.com",
			)
			.map(({ type }) => type);
	}

	it("is refused to whom it is closed by now, who is kicked, told and recorded", async () => {
		await assert.rejects(alice.chat.join(uri));
		await until(() => kicks.length > 0, { what: "the kick" });
		assert.deepEqual(kicks, [uri]);
		await until(() => bob.comings.includes("-Alice"), {
			what: "bob's being told",
		});
		const here = await node.store.participants.inRoom(id, { limit: 9 });
		assert.deepEqual(
			here.map(({ user }) => user.uri),
			["sip:bob@example.com"],
		);
		assert.deepEqual(await events(), ["joined", "parted"]);
		await alice.chat.close();
		assert.deepEqual(await events(), ["joined", "parted"]);
	});

	it("tells of the kick also when the participant is gone before the answer", async () => {
		// Another node has put her out, which is not told here.
		await node.store.transaction(async (tx) => {
			await tx.rooms.lock(id);
			await tx.participants.kick(id, ["sip:alice@example.com" as never], 75);
		});
		await assert.rejects(alice.chat.join(uri));
		await until(() => kicks.length > 0, { what: "the kick" });
		await bob.chat.post(uri, "among ourselves");
		await bob.heard(1).catch(() => []);
		assert.deepEqual(alice.messages, []);
		assert.deepEqual(kicks, [uri]);
	});
});
