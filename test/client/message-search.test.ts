/** What the client finds of what was said, on a real node; and how the terminal is asked for it. */
import assert from "node:assert/strict";
import type { MessagesBeside } from "../../client/index.ts";
import { searchOf, windowOf } from "../../client/terminal/wording.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { type Person, rooms, signIn } from "../support/people.ts";

describe("The client looking back", () => {
	let node: ChatNode;
	let alice: Person;

	before(async () => {
		node = await startChatNode();
		alice = await signIn(node, "alice");
		await alice.chat.join(rooms.lobby);
		await alice.chat.join(rooms.operations);
		for (const text of ["red fox", "fox, red", "明天会议", "fox again"]) {
			await alice.chat.post(rooms.lobby, text);
		}
		await alice.chat.post(rooms.operations, "fox at work");
	});
	after(async () => {
		await alice?.chat.close();
		await node?.close();
	});

	it("finds messages by words, in the rooms named or in those it is a member of", async () => {
		const both = [rooms.lobby, rooms.operations];
		const texts = async (search: Parameters<typeof alice.chat.search>[0]) =>
			(await alice.chat.search(search)).messages.map(({ text }) => text);
		assert.deepEqual(await texts({ words: "fox", rooms: both }), [
			...["red fox", "fox, red", "fox again"],
			"fox at work",
		]);
		assert.deepEqual(await texts({ words: "fox" }), ["fox at work"]);
		const lobby = { rooms: [rooms.lobby] };
		assert.deepEqual(
			await texts({ words: "red fox", match: "phrase", ...lobby }),
			["red fox"],
		);
		assert.deepEqual(await texts({ words: "会议", ...lobby }), ["明天会议"]);
		assert.deepEqual(
			await texts({
				words: "fox",
				authors: ["sip:bob@example.com"],
				...lobby,
			}),
			[],
		);
		const newest = await alice.chat.search({
			words: "fox",
			count: 1,
			...lobby,
		});
		assert.deepEqual(
			newest.messages.map(({ sequence }) => sequence),
			[4],
		);
		assert.equal(newest.more, true);
	});

	it("reads back before, around and after a message", async () => {
		const read = async (side: MessagesBeside["side"], count: number) => {
			const which = { side, sequence: 2, count };
			const found = await alice.chat.history(rooms.lobby, which);
			return found.map(({ sequence }) => sequence);
		};
		assert.deepEqual(await read("before", 5), [1]);
		assert.deepEqual(await read("after", 1), [3]);
		assert.deepEqual(await read("around", 3), [1, 2, 3]);
	});

	it("is asked at the terminal in words", () => {
		assert.equal(windowOf([]), 25);
		assert.equal(windowOf(["50"]), 50);
		const before = { side: "before", sequence: 141, count: 50 };
		assert.deepEqual(windowOf(["50", "before", "#141"]), before);
		for (const wrong of ["some", "5 beside 7", "5 before", "5 after x"]) {
			assert.throws(() => windowOf(wrong.split(" ")), /Say /);
		}
		assert.deepEqual(searchOf("red fox"), { words: "red fox" });
		assert.deepEqual(searchOf('"red fox"'), {
			words: "red fox",
			match: "phrase",
		});
		assert.throws(() => searchOf(""), /Say what to look for/);
	});
});
