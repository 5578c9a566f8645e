/** Many at once, over real SIP: what everybody is told is packed, and fits. */
import { equal, ok } from "node:assert/strict";
import { ChatClient, nodeAgent } from "../../client/index.ts";
import type { Principal, RoomId, UserUri } from "../../plugin/rooms/types.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { type SentInfo, sentInfos } from "../support/infos.ts";
import { until } from "../support/until.ts";

const people = 200;
const roomCount = 4;
const operator = {
	uri: "sip:operator@example.com" as UserUri,
	displayName: "Operator",
	guid: "operator",
	administrator: true,
};
const uriOf = (index: number) =>
	`sip:p${index}@example.com` as UserUri & Principal;

/** The nth room of this test. */
const idOf = (n: number) =>
	`00000000-0000-4000-8000-0000000001${String(n).padStart(2, "0")}` as RoomId;
const ids = Array.from({ length: roomCount }, (_, n) => idOf(n));

/** With as few requests as can be: one address may not make many in a second. */
function call(node: ChatNode, index: number): Promise<ChatClient> {
	return ChatClient.connect({
		open: nodeAgent({
			server: node.server("tcp"),
			user: uriOf(index),
			password: "",
		}),
		register: false,
		provisioning: false,
		fillGaps: false,
		reconnect: false,
	});
}

describe("200 sessions", function () {
	this.timeout(120_000);
	let node: ChatNode;
	let infos: SentInfo[];
	let everybody: ChatClient[] = [];

	async function start(roster: number): Promise<void> {
		node = await startChatNode({
			service: { authentication: "open", limits: { roster } },
		});
		infos = sentInfos(node);
		const lobby = await node.store.rooms.find(
			"00000000-0000-4000-8000-000000000001" as RoomId,
		);
		ok(lobby);
		await node.store.transaction(async (tx) => {
			for (let index = 0; index < people; index += 1) {
				await tx.users.add({
					uri: uriOf(index),
					displayName: `Person ${index}`,
					guid: `p${index}`,
					active: true,
				});
			}
			for (const [n, id] of ids.entries()) {
				await tx.rooms.add({
					id,
					name: `Bulk ${n}`,
					description: "",
					category: lobby.category.id,
					privacy: "open",
					type: "normal",
					invitations: "inherit",
					members: [],
					managers: [],
					presenters: [],
					createdBy: "test",
					createdAt: new Date(),
				});
			}
		});
	}
	afterEach(async () => {
		await Promise.all(everybody.map((chat) => chat.close()));
		everybody = [];
		await node.close();
	});

	const uris = ids.map((id) => `ma-chan://example.com/${id}`);
	const knows = (chat: ChatClient, count: number) =>
		uris.every((uri) => chat.joined.get(uri)?.people.size === count);
	const notices = (id: string) =>
		infos.filter(({ body }) => body.includes(`<ntc id="${id}"`));

	it("that sign in at once and join four rooms each, then lose 150 of them, are told by few INFOs that fit", async () => {
		await start(300);
		everybody = await Promise.all(
			Array.from({ length: people }, (_, index) => call(node, index)),
		);
		await Promise.all(everybody.map((chat) => chat.joinAll(uris)));
		await until(() => everybody.every((person) => knows(person, people)), {
			what: "everybody to know everybody",
			withinMs: 60_000,
		});
		const told = (people * (people - 1)) / 2;
		const joins = notices("ntc:bjoin").length;
		ok(joins < told / 2, `${joins} INFOs for ${told} notices`);

		infos.length = 0;
		const room = await node.store.rooms.find(idOf(0));
		ok(room);
		await node.chat.rooms.changeCategory(operator, room.category.id, {
			denied: Array.from({ length: 150 }, (_, i) => uriOf(i + 50)),
		});
		const staying = everybody.slice(0, 50);
		await until(() => staying.every((person) => knows(person, 50)), {
			what: "those who stay to know who does",
			withinMs: 30_000,
		});
		const parts = notices("ntc:part").length;
		const naive = 150 * 50 * roomCount;
		ok(parts < naive / 4, `${parts} INFOs for ${naive} notices`);
		equal(notices("ntc:kick").length, 150 * roomCount);
		for (const { frameBytes } of infos) ok(frameBytes <= 4_000);
	});

	it("above a small limit are told of nobody: the count is exact, and the list is there for who asks", async () => {
		const limit = 20;
		await start(limit);
		everybody = await Promise.all(
			Array.from({ length: people }, (_, index) => call(node, index)),
		);
		const [uri = ""] = uris;
		for (const chat of everybody) await chat.join(uri);
		const joins = notices("ntc:join").length;
		ok(joins <= (limit * (limit - 1)) / 2, `${joins} INFOs`);
		const last = everybody.at(-1)?.joined.get(uri);
		equal(last?.info.participantCount, people);
		equal(last?.people.size, 1);
		for (const { frameBytes } of infos) ok(frameBytes <= 4_000);

		const [first] = everybody;
		ok(first);
		const listed: string[] = [];
		for (let after: string | undefined; ; ) {
			const page = await first.participants(uri, {
				limit: 75,
				...(after !== undefined && { after }),
			});
			listed.push(...page.people.map((person) => person.uri));
			after = page.people.at(-1)?.uri;
			if (!page.more) break;
		}
		equal(new Set(listed).size, people);

		infos.length = 0;
		await Promise.all(everybody.slice(limit / 2).map((chat) => chat.part(uri)));
		const staying = everybody.slice(0, limit / 2);
		await until(
			() => staying.every((chat) => chat.joined.get(uri)?.people.size === 10),
			{ what: "those who stay to know each other" },
		);
		ok(notices("ntc:part").length < 100);
	});
});
