/** UDP that loses every tenth datagram and brings others late or twice: nothing acknowledged is lost, nothing is heard twice. */
import { deepEqual, ok } from "node:assert/strict";
import { nodeAgent } from "../../client/index.ts";
import { type BadNetwork, spoilDatagrams } from "../support/bad-network.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { until } from "../support/until.ts";

/** RFC 3261 has 500 ms; what is lost is sent again so much sooner, and no more often. */
const timers = { t1: 50, t2: 400, t4: 500 };
const names = ["alice", "bob", "carol", "dave"] as const;
const each = 40;

const postOf = (text: string, envid: number) =>
	`<xccos ver="1" envid="${envid}" xmlns="urn:parlano:xml:ns:xccos"><grpchat id="grpchat" seqid="1" chanUri="${rooms.lobby}" author="sip:bob@example.com"><chat>${text}</chat></grpchat></xccos>`;

describe("UDP of which a tenth is lost, and as much comes late and in another order", function () {
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
		ok(network.overtaken > 25, `${network.overtaken} overtaken`);
	});

	it("takes what one client sends without waiting, in whatever order it comes, each once", async () => {
		const { agent, dialog } = await hasty();
		const before = acknowledged.length;
		const texts = Array.from({ length: each }, (_, i) => `hasty ${i}`);
		await Promise.all(
			texts.map((text, index) => {
				const post = postOf(text, index + 100);
				// A SIP server may refuse what comes in another order (RFC 3261, 12.2.2).
				return until(async () => (await dialog.sendInfo(post)).status === 200, {
					what: text,
				});
			}),
		);
		await agent.close();
		for (const person of people) await person.heard(before + each);
		const heard = people[0]?.messages.slice(before).map(({ text }) => text);
		deepEqual(heard?.toSorted(), texts.toSorted());
	});

	/** Bob's, beside his chat: in the lobby. */
	async function hasty() {
		const user = "sip:bob@example.com";
		const agent = await nodeAgent({
			...{ server: node.server("udp"), user, password: "bob-pw", timers },
		})({ onLost: () => {} });
		let replies = 0;
		const dialog = await agent.invite(
			"sip:GC-1-PersistentChatService-1@example.com",
			{
				onInfo() {
					replies += 1;
				},
				onEnd: () => {},
			},
		);
		await dialog.sendInfo(
			`<xccos ver="1" envid="1" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:join" seqid="1"><data><chanid key="0" domain="example.com" value="${rooms.lobby.slice(-36)}"/></data></cmd></xccos>`,
		);
		await until(() => replies > 0, { what: "the reply to the join" });
		return { agent, dialog };
	}

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
