/** UDP that loses every tenth datagram and brings others late or twice: nothing acknowledged is lost, nothing is heard twice. */
import { deepEqual, ok } from "node:assert/strict";
import { type BadNetwork, spoilDatagrams } from "../support/bad-network.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { until } from "../support/until.ts";

/** RFC 3261 has 500 ms; what is lost is sent again so much sooner, and no more often. */
const timers = { t1: 50, t2: 400, t4: 500 };
const names = ["alice", "bob", "carol", "dave"] as const;
const each = 40;

describe("UDP of which a tenth is lost, and as much comes late", function () {
	this.timeout(120_000);
	let node: ChatNode;
	let network: BadNetwork;
	let people: readonly Person[] = [];
	const acknowledged: string[] = [];

	before(async () => {
		node = await startChatNode({ timers });
		network = spoilDatagrams({
			...{ lost: 10, twice: 3, late: 10, lateMs: 40 },
			seed: 20_261_123,
		});
		people = await Promise.all(
			names.map((name) => signIn(node, name, "udp", { timers })),
		);
		await Promise.all(people.map(({ chat }) => chat.join(rooms.lobby)));
	});
	after(async () => {
		await Promise.all(people.map(({ chat }) => chat.close()));
		network?.mend();
		await node?.close();
	});

	it("brings everybody everything once, in one order", async () => {
		await Promise.all(
			people.map(async ({ chat }, who) => {
				for (let i = 0; i < each; i += 1) {
					const text = `${names[who]} ${i}`;
					await chat.post(rooms.lobby, text);
					acknowledged.push(text);
				}
			}),
		);
		for (const person of people) await person.heard(acknowledged.length);
		const [first, ...others] = people.map(({ messages }) => messages);
		for (const messages of others) {
			deepEqual(
				messages.map(({ text }) => text),
				first?.map(({ text }) => text),
			);
		}
		deepEqual(
			first?.map(({ sequence }) => sequence),
			acknowledged.map((_, index) => index + 1),
		);
		deepEqual(first?.map(({ text }) => text).sort(), [...acknowledged].sort());
		ok(network.lost > 50 && network.late > 50 && network.twice > 10);
	});

	it("leaves nobody in a room whose BYE has come at last", async () => {
		const [alice, ...others] = people;
		for (const { chat } of others) await chat.close();
		await until(
			() => alice?.comings.filter((one) => one.startsWith("-")).length === 3,
			{ what: "three who part" },
		);
		deepEqual(alice?.comings.filter((one) => one.startsWith("-")).sort(), [
			"-Bob",
			"-Carol",
			"-Dave",
		]);
	});
});
