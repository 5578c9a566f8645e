/** A client that begins anew after a lost dialog and believes that it is still in its rooms: pidgin-sipe, to the letter. */
import { deepEqual, equal, match } from "node:assert/strict";
import type { Principal, RoomId, UserUri } from "../../plugin/rooms/types.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { bodyOf, RawSip } from "../support/raw-sip.ts";
import { Sipe } from "../support/sipe.ts";
import { until } from "../support/until.ts";

const lobby = "00000000-0000-4000-8000-000000000001" as RoomId;
const operations = "00000000-0000-4000-8000-000000000002" as RoomId;
const operator = {
	uri: "sip:operator@example.com" as UserUri,
	displayName: "Operator",
	guid: "operator",
	administrator: true,
};

describe("a client that comes back without asking for its rooms", () => {
	let node: ChatNode;
	let bob: Person;
	let alice: Sipe;

	beforeEach(async () => {
		node = await startChatNode();
		bob = await signIn(node, "bob");
		await bob.chat.join(rooms.lobby);
		await bob.chat.join(rooms.operations);
		alice = await signedIn("alice");
	});
	afterEach(async () => {
		alice.sip.close();
		await bob.chat.close();
		await node.close();
	});

	async function signedIn(name: string): Promise<Sipe> {
		const client = new Sipe(name, await RawSip.open(node.server("tcp")));
		await client.register();
		await client.begin();
		await client.getsInvitations();
		return client;
	}
	const post = (text: string, room: string = rooms.lobby) =>
		bob.chat.post(room, text);
	const gone = (name: string) =>
		until(() => bob.comings.at(-1) === `-${name}`, { what: `-${name}` });
	const textIn = (info: string) =>
		/<chat>(.*)<\/chat>/s.exec(bodyOf(info))?.[1];
	const kept = async () => node.database("absences").select("room_id");

	it("is in them again, with what was posted meanwhile, and others see it come", async () => {
		await alice.join(lobby);
		await post("zero");
		equal(textIn(await alice.hears()), "zero");
		await post("one");
		equal(textIn(await alice.disowns()), "one");
		await gone("Alice");
		await post("two");

		await alice.begin();
		await alice.getsInvitations();
		equal(textIn(await alice.hears()), "one");
		equal(textIn(await alice.hears()), "two");
		await until(() => bob.comings.at(-1) === "+Alice", { what: "+Alice" });
		await post("three");
		equal(textIn(await alice.hears()), "three");
		deepEqual(await kept(), []);
		const told = await node.database("outbox").orderBy("at").select("type");
		const arrivals = told.filter(({ type }) => type === "joined");
		equal(arrivals.length, 4);
		const viewed = await node
			.database("outbox")
			.where({ type: "viewed" })
			.pluck("payload");
		const missed = viewed.map((payload) => JSON.parse(payload));
		deepEqual(
			missed.map(({ actor, count, fromSequence, throughSequence, asked }) => [
				...[actor.uri, count, fromSequence, throughSequence, asked],
			]),
			[["sip:alice@example.com", 2, 2, 3, { window: "missed", sequence: 1 }]],
		);
		await alice.bye();
	});

	it("takes the place of its lost dialog at once when that has not been noticed", async () => {
		await alice.join(lobby);
		await alice.invite("sip:GC-1-PersistentChatService-1@example.com");
		const bye = await alice.sip.receive(/^BYE /);
		alice.sip.answer(bye, "481 Call Leg/Transaction Does Not Exist");
		await alice.getsInvitations();
		await until(
			async () =>
				(await node.store.rooms.summary(lobby))?.participantCount === 2,
			{ what: "Alice in the room" },
		);
		await until(async () => (await kept()).length === 0, {
			what: "it is back",
		});
		await post("still here?");
		equal(textIn(await alice.hears()), "still here?");
		await alice.bye();
	});

	it("does not get back into rooms that it may not enter any more", async () => {
		await alice.join(lobby);
		await alice.join(operations);
		await post("one");
		await alice.disowns();
		await gone("Alice");
		await node.chat.rooms.changeRoom(operator, operations, {
			roles: {
				member: { remove: ["sip:alice@example.com" as UserUri & Principal] },
			},
		});
		await post("secret plans", rooms.operations);
		await alice.begin();
		await alice.getsInvitations();
		equal(textIn(await alice.hears()), "one");
		await post("more secrets", rooms.operations);
		await post("two");
		equal(textIn(await alice.hears()), "two");
		deepEqual(await kept(), []);
		await alice.bye();
	});

	it("is in no room when it had said goodbye, nor in one that it had left", async () => {
		await alice.join(lobby);
		await alice.join(operations);
		match(
			bodyOf(
				await alice.asks(
					`<xccos ver="1" envid="7" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:part" seqid="1"><data><chanib uri="${rooms.operations}"/></data></cmd></xccos>`,
				),
			),
			/rpl:part/,
		);
		await post("one");
		await alice.disowns();
		await gone("Alice");
		deepEqual(await kept(), [{ room_id: lobby }]);
		await alice.begin();
		await alice.getsInvitations();
		await alice.hears();
		await alice.bye();
		await gone("Alice");
		deepEqual(await kept(), []);
	});

	it("is in the rooms that it asks for when it does ask, and hears nothing twice", async () => {
		await alice.join(lobby);
		await post("one");
		await alice.disowns();
		await gone("Alice");
		await alice.begin();
		const joined = await alice.asks(
			`<xccos ver="1" envid="8" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:bjoin" seqid="1"><data><chanid key="0" domain="example.com" value="${operations}"/></data></cmd></xccos>`,
		);
		match(bodyOf(joined), /rpl:bjoin/);
		await until(async () => (await kept()).length === 0, { what: "forgotten" });
		await post("in the lobby");
		await post("in operations", rooms.operations);
		equal(textIn(await alice.hears()), "in operations");

		await post("two", rooms.operations);
		equal(textIn(await alice.disowns()), "two");
		await gone("Alice");
		await alice.begin();
		await alice.getsInvitations();
		equal(textIn(await alice.hears()), "two");
		await alice.asks(
			`<xccos ver="1" envid="9" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:bjoin" seqid="1"><data><chanid key="0" domain="example.com" value="${operations}"/></data></cmd></xccos>`,
		);
		await post("three", rooms.operations);
		equal(textIn(await alice.hears()), "three");
		await alice.bye();
	});

	it("is given no more than its client takes: the newest hundred of a room", async () => {
		await alice.join(lobby);
		await post("0");
		await alice.disowns();
		await gone("Alice");
		for (let i = 1; i <= 120; i += 1) await post(String(i));
		await alice.begin();
		await alice.getsInvitations();
		for (let i = 21; i <= 120; i += 1) {
			equal(textIn(await alice.hears()), String(i));
		}
		await alice.bye();
	});

	it("is not waited for when it does not name its device", async () => {
		const { chat } = await signIn(node, "carol");
		await chat.join(rooms.lobby);
		await until(() => bob.comings.includes("+Carol"), { what: "+Carol" });
		const devices = await node
			.database("participants")
			.where({ user_uri: "sip:carol@example.com" })
			.pluck("device");
		deepEqual(devices, [null]);
		await chat.close();
	});
});
