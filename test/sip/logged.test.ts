/** What is logged while people talk: each line of a dialog has its Call-ID, none has what was said. */
import { deepEqual, ok } from "node:assert/strict";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { rooms, signIn } from "../support/people.ts";
import { until } from "../support/until.ts";

describe("the log of a conversation", () => {
	let node: ChatNode;
	before(async () => {
		node = await startChatNode();
	});
	after(() => node.close());

	it("has the Call-ID in every line about a user, a dialog or a command, and nothing of what was said", async () => {
		const alice = await signIn(node, "alice");
		const bob = await signIn(node, "bob");
		for (const { chat } of [alice, bob]) await chat.join(rooms.lobby);
		await alice.chat.post(rooms.lobby, "nobody's business");
		await bob.heard(1);
		await bob.chat.join(rooms.board).catch(() => undefined);
		for (const { chat } of [alice, bob]) await chat.close();
		const lines = () =>
			node.logged.map((line) => JSON.parse(line) as Record<string, unknown>);
		await until(
			() => lines().filter(({ msg }) => msg === "dialog ended").length >= 4,
			{ what: "the ends of all dialogs" },
		);
		const concerned = lines().filter(
			({ user, command, msg }) =>
				user !== undefined ||
				command !== undefined ||
				/dialog|request|client/.test(String(msg)),
		);
		ok(concerned.length >= 9, `${concerned.length}`);
		deepEqual(
			concerned.filter(({ callId }) => typeof callId !== "string"),
			[],
		);
		ok(!node.logged.some((line) => line.includes("business")));
	});
});
