/** Clients that say that they read several messages from one INFO get as many as wait and fit; all others one each. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { RoomId } from "../../plugin/rooms/types.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { bodyOf, RawSip } from "../support/raw-sip.ts";
import { Sipe } from "../support/sipe.ts";

const lobby = rooms.lobby.slice(-36) as RoomId;
const frameBytes = 4_000;

describe("messages that wait for a client", () => {
	let node: ChatNode;
	let bob: Person;
	const clients: Sipe[] = [];

	beforeEach(async () => {
		node = await startChatNode();
		bob = await signIn(node, "bob");
		await bob.chat.join(rooms.lobby);
	});
	afterEach(async () => {
		for (const client of clients.splice(0)) client.sip.close();
		await bob.chat.close();
		await node.close();
	});

	async function come(supported: string): Promise<Sipe> {
		const sip = await RawSip.open(node.server("tcp"));
		const client = new Sipe("alice", sip, supported);
		clients.push(client);
		await client.register();
		await client.begin();
		await client.getsInvitations();
		await client.join(lobby);
		return client;
	}

	const texts = (body: string) =>
		[...body.matchAll(/<chat>([^<]*)<\/chat>/g)].map(([, text]) => text ?? "");

	/** The first is not answered until all others are kept; then everything, body by body. */
	async function heardOf(client: Sipe, posts: readonly string[]) {
		const [first = "", ...others] = posts;
		await bob.chat.post(rooms.lobby, first);
		const info = await client.sip.receive(/^INFO /);
		for (const text of others) await bob.chat.post(rooms.lobby, text);
		client.sip.answer(info, "200 OK");
		const bodies = [bodyOf(info)];
		while (bodies.flatMap(texts).length < posts.length) {
			const next = await client.hears();
			ok(Buffer.byteLength(next) < frameBytes, `${Buffer.byteLength(next)}`);
			bodies.push(bodyOf(next));
		}
		return bodies;
	}

	const numbered = Array.from({ length: 9 }, (_, n) => `no. ${n} & more`);
	const whole = numbered.map((text) => text.replace("&", "&amp;"));

	it("come together, in their order, to who says xccos-batch", async () => {
		const client = await come("timer, XCCOS-batch");
		const bodies = await heardOf(client, numbered);
		deepEqual(bodies.flatMap(texts), whole);
		equal(bodies.length <= 3, true, `${bodies.length} INFOs`);
		for (const body of bodies) {
			equal(body.match(/<xccos /g)?.length, 1);
			equal(body.match(/<\/xccos>$/)?.length, 1);
		}
	});

	it("come one by one to everybody else", async () => {
		const client = await come("ms-sender, xccos-batches");
		const bodies = await heardOf(client, numbered);
		deepEqual(
			bodies.map(texts),
			whole.map((text) => [text]),
		);
	});

	it("fill no more than one frame, however many and large they are", async () => {
		const client = await come("xccos-batch");
		const large = numbered.map((text) => `${text} ${"ä".repeat(600)}`);
		const bodies = await heardOf(client, large);
		equal(bodies.flatMap(texts).length, large.length);
		ok(bodies.length > 3);
	});

	it("come with the notices between them, nothing before what it followed", async () => {
		const client = await come("xccos-batch");
		await bob.chat.post(rooms.lobby, "held");
		const info = await client.sip.receive(/^INFO /);
		await bob.chat.post(rooms.lobby, "before");
		const carol = await signIn(node, "carol");
		await carol.chat.join(rooms.lobby);
		await carol.chat.post(rooms.lobby, "after");
		client.sip.answer(info, "200 OK");
		const body = bodyOf(await client.hears());
		const order = [...body.matchAll(/id="ntc:join"|>(before|after)</g)];
		deepEqual(
			order.map(([all, text]) => text ?? all),
			["before", 'id="ntc:join"', "after"],
		);
		await carol.chat.close();
	});

	it("reach our own client as single messages", async () => {
		const alice = await signIn(node, "alice");
		const heard: string[] = [];
		alice.chat.on("message", ({ text }) => heard.push(text));
		await alice.chat.join(rooms.lobby);
		await Promise.all(numbered.map((text) => bob.chat.post(rooms.lobby, text)));
		await alice.chat.post(rooms.lobby, "last");
		while (heard.at(-1) !== "last") await alice.chat.history(rooms.lobby, 1);
		equal(heard.length, numbered.length + 1);
		deepEqual(new Set(heard), new Set([...numbered, "last"]));
		await alice.chat.close();
	});
});
