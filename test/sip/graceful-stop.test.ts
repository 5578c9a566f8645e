/** The service stops: new calls go elsewhere, what was asked for and what waits is told, everybody gets his BYE. */
import { equal } from "node:assert/strict";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { startRegistrar, type TestRegistrar } from "../support/registrar.ts";
import { until } from "../support/until.ts";

describe("a graceful stop", () => {
	let node: ChatNode;
	let registrar: TestRegistrar;
	let people: Person[];

	beforeEach(async () => {
		registrar = await startRegistrar();
		node = await startChatNode({
			service: {
				registrations: [{ registrar: registrar.uri }],
				life: { drainMs: 5_000 },
			},
		});
		people = await Promise.all(
			["alice", "bob"].map((name) => signIn(node, name)),
		);
		for (const { chat } of people) await chat.join(rooms.lobby);
		await until(() => registrar.bindings.size === 1, { what: "registered" });
	});
	afterEach(async () => {
		for (const { chat } of people) await chat.close();
		await registrar.close();
	});

	it("answers what was asked for, sends what waits, says BYE and unregisters", async () => {
		const [alice, bob] = people;
		const posts = Array.from({ length: 30 }, (_, i) =>
			alice?.chat.post(rooms.lobby, `${i}`),
		);
		await bob?.heard(1);
		const closed = node.close();
		await Promise.all(posts);
		const heard = await bob?.heard(30);
		await closed;
		equal(heard?.length, 30);
		equal(registrar.bindings.size, 0);
		const ended = node.logged.filter((line) =>
			line.includes('"reason":"shutting down"'),
		);
		equal(ended.length, 2);
		await until(() => people.every(({ chat }) => !chat.connected), {
			what: "the end at the clients",
		});
	});
});
