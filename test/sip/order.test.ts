/** What one client sends at once, and what others do meanwhile: order, ends in the middle, overload. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { nodeAgent, type SipDialog } from "../../client/index.ts";
import type {
	CategoryId,
	Principal,
	RoomId,
} from "../../plugin/rooms/types.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { until } from "../support/until.ts";

interface Client {
	readonly dialog: SipDialog;
	/** In the order of arrival. */
	readonly heard: string[];
	readonly ended: () => boolean;
	close(): Promise<void>;
}

describe("order", () => {
	let node: ChatNode;
	const people: Person[] = [];
	const clients: Client[] = [];

	before(async () => {
		node = await startChatNode();
	});
	afterEach(async () => {
		await Promise.all(clients.splice(0).map((client) => client.close()));
		await Promise.all(people.splice(0).map(({ chat }) => chat.close()));
		await nobodyThere();
	});
	after(() => node.close());

	const nobodyThere = () =>
		until(async () => (await node.database("participants")).length === 0, {
			what: "everybody to have parted",
		});

	async function open(name: string): Promise<Client> {
		const heard: string[] = [];
		let ended = false;
		const agent = await nodeAgent({
			server: node.server("tcp"),
			user: `sip:${name}@example.com`,
			password: `${name}-pw`,
		})({ onLost: () => {} });
		const dialog = await agent.invite(
			"sip:GC-1-PersistentChatService-1@example.com",
			{
				onInfo: (body) => heard.push(body),
				onEnd: () => {
					ended = true;
				},
			},
		);
		const client = {
			dialog,
			heard,
			ended: () => ended,
			close: () => agent.close(),
		};
		clients.push(client);
		return client;
	}

	async function come(name: string): Promise<Person> {
		const person = await signIn(node, name);
		people.push(person);
		await person.chat.join(rooms.lobby);
		return person;
	}

	const xccos = (envid: number, content: string) =>
		`<xccos ver="1" envid="${envid}" xmlns="urn:parlano:xml:ns:xccos">${content}</xccos>`;
	const join = (envid: number, ...ids: string[]) =>
		xccos(
			envid,
			`<cmd id="cmd:bjoin" seqid="1"><data>${ids
				.map((id) => `<chanid key="0" domain="example.com" value="${id}"/>\n`)
				.join("")}</data></cmd>`,
		);
	const lobbyId = "00000000-0000-4000-8000-000000000001";
	const post = (envid: number, text: string) =>
		xccos(
			envid,
			`<grpchat id="grpchat" seqid="1" chanUri="${rooms.lobby}" author="sip:alice@example.com"><chat>${text}</chat></grpchat>`,
		);
	const history = (envid: number, count: number) =>
		xccos(
			envid,
			`<cmd id="cmd:bccontext" seqid="1"><data><chanib uri="${rooms.lobby}"/><bcq><last cnt="${count}"/></bcq></data></cmd>`,
		);
	const numbers = (body: string) =>
		[...body.matchAll(/chatId="(\d+)"/g)].map(([, id]) => Number(id));

	it("a join and a post sent at once are done in order", async () => {
		const alice = await open("alice");
		const [joined, posted] = await Promise.all([
			alice.dialog.sendInfo(join(1, lobbyId)),
			alice.dialog.sendInfo(post(2, "at once")),
		]);
		deepEqual([joined.status, posted.status], [200, 200]);
		await until(() => alice.heard.length === 2, { what: "reply and echo" });
		ok(alice.heard[0]?.includes("rpl:bjoin"));
		ok(alice.heard[1]?.includes("at once"));
	});

	it("what history has shown does not come again as news, however busy the room", async () => {
		const alice = await open("alice");
		await alice.dialog.sendInfo(join(1, lobbyId));
		const bob = await come("bob");
		const posting = Promise.all(
			Array.from({ length: 120 }, (_, i) =>
				bob.chat.post(rooms.lobby, `busy ${i}`),
			),
		);
		for (let i = 0; i < 25; i += 1) {
			await alice.dialog.sendInfo(history(10 + i, 100));
		}
		await posting;
		const newest = Number(
			(await node.database("rooms").where({ id: lobbyId }).first())
				.last_sequence,
		);
		const shown = () => Math.max(0, ...alice.heard.flatMap(numbers));
		await until(() => shown() === newest, { what: "the newest message" });
		let seen = 0;
		for (const body of alice.heard) {
			if (body.includes("<grpchat")) {
				const [sequence = 0] = numbers(body);
				ok(sequence > seen, `${sequence} came after ${seen}`);
			}
			seen = Math.max(seen, ...numbers(body));
		}
	});

	it("reading back is owed to compliance; a category without history gives none", async () => {
		const alice = await come("alice");
		await alice.chat.post(rooms.lobby, "for the record");
		ok((await alice.chat.history(rooms.lobby, 5)).length > 0);
		const viewed = await node.database("outbox").where({ type: "viewed" });
		ok(viewed.length > 0);
		await node.database("categories").update({ history: false });
		try {
			deepEqual(await alice.chat.history(rooms.lobby, 5), []);
		} finally {
			await node.database("categories").update({ history: true });
		}
	});

	it("somebody who shares hundreds of rooms comes and goes in as many notices as it takes", async () => {
		const ids = Array.from({ length: 200 }, () => randomUUID() as RoomId);
		await node.store.transaction(async (tx) => {
			for (const [index, id] of ids.entries()) {
				await tx.rooms.add({
					id,
					name: `Shared ${index}`,
					description: "",
					category: "00000000-0000-4000-8000-00000000c001" as CategoryId,
					privacy: "open",
					type: "normal",
					invitations: "inherit",
					members: [] as readonly Principal[],
					managers: [],
					presenters: [],
					createdBy: "sip:alice@example.com",
					createdAt: new Date(),
				});
			}
		});
		const alice = await open("alice");
		await alice.dialog.sendInfo(join(1, ...ids));
		const bob = await open("bob");
		await bob.dialog.sendInfo(join(1, ...ids));
		const told = (notice: string, pattern: RegExp) =>
			alice.heard
				.filter((body) => body.includes(notice))
				.flatMap((body) => [...body.matchAll(pattern)]).length;
		await until(() => told("ntc:bjoin", /<aib /g) === 200, {
			what: "bob in all rooms",
		});
		await bob.dialog.bye();
		await until(() => told("ntc:part", /<chanib /g) === 200, {
			what: "bob out of all rooms",
		});
		equal(alice.ended(), false);
	});

	it("joining again while others post misses nothing", async () => {
		const alice = await open("alice");
		await alice.dialog.sendInfo(join(1, lobbyId));
		await until(() => alice.heard.length === 1, { what: "the reply" });
		const bob = await come("bob");
		const posting = Promise.all(
			Array.from({ length: 60 }, (_, i) =>
				bob.chat.post(rooms.lobby, `again ${i}`),
			),
		);
		for (let i = 0; i < 15; i += 1) {
			await alice.dialog.sendInfo(join(10 + i, lobbyId));
		}
		await posting;
		const news = () =>
			alice.heard.filter((body) => body.includes("<grpchat")).flatMap(numbers);
		await until(() => news().length >= 60, { what: "sixty messages" });
		const [first = 0] = news();
		deepEqual(
			news(),
			Array.from({ length: 60 }, (_, i) => first + i),
		);
	});

	it("nobody is let in while the node shuts down", async () => {
		const other = await startChatNode();
		const agent = await nodeAgent({
			server: other.server("tcp"),
			user: "sip:alice@example.com",
			password: "alice-pw",
		})({ onLost: () => {} });
		await other.chat.close();
		const status = await agent
			.invite("sip:GC-1-PersistentChatService-1@example.com", {
				onInfo: () => {},
				onEnd: () => {},
			})
			.then(
				() => 200,
				(error) => error.status,
			);
		equal(status, 503);
		await agent.close();
		await other.close();
	});
});
