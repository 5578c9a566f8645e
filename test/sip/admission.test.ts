/** Who is let in by policy: asserted by a trusted peer, admitted to the directory, enabled; and let out again. */
import { equal, match, ok } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Actor, UserUri } from "../../plugin/rooms/types.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { rooms, signIn } from "../support/people.ts";
import { bodyOf, header, RawSip } from "../support/raw-sip.ts";
import { until } from "../support/until.ts";

const operator: Actor = {
	uri: "sip:persistentchat@example.com" as UserUri,
	displayName: "Operator",
	guid: "",
	administrator: true,
};

describe("admission", () => {
	let node: ChatNode;
	let sip: RawSip;

	before(async () => {
		node = await startChatNode({ service: { trustedPeers: ["127.0.0.1"] } });
	});
	after(() => node.close());
	beforeEach(async () => {
		sip = await RawSip.open(node.server("tcp"));
	});
	afterEach(() => sip.close());

	/** The answer to a SUBSCRIBE for the provisioning document. */
	async function subscribe(
		from: string,
		asserted: string | undefined,
	): Promise<string> {
		const callId = randomUUID();
		const lines = [
			"SUBSCRIBE sip:example.com SIP/2.0",
			`Via: SIP/2.0/TCP 127.0.0.1:${sip.localPort};branch=z9hG4bK${callId}`,
			`From: <${from}>;tag=1`,
			`To: <${from}>`,
			`Call-ID: ${callId}`,
			"CSeq: 1 SUBSCRIBE",
			"Max-Forwards: 70",
			"Event: vnd-microsoft-provisioning-v2",
			"Supported: ms-piggyback-first-notify",
			"Expires: 0",
			...(asserted === undefined ? [] : [`P-Asserted-Identity: ${asserted}`]),
		];
		sip.send(lines.join("\n"));
		return sip.receive(new RegExp(`^SIP/2.0 [2-6][^]*Call-ID: ${callId}`));
	}

	const user = (name: string) =>
		node.store.users.find(`sip:${name}` as UserUri);

	it("of somebody whom a trusted peer asserts needs no password", async () => {
		const answer = await subscribe(
			"sip:alice@example.com",
			'"Alice" <sip:alice@example.com>',
		);
		match(bodyOf(answer), /EnablePersistentChat">true</);
	});

	it("is refused when From names somebody else of the same domain", async () => {
		const answer = await subscribe(
			"sip:bob@example.com",
			"<sip:alice@example.com>",
		);
		match(answer, /^SIP\/2\.0 403 From names somebody else/);
	});

	it("without an asserted identity takes a password, from a trusted peer too", async () => {
		const answer = await subscribe("sip:alice@example.com", undefined);
		match(answer, /^SIP\/2\.0 407/);
	});

	it("of somebody unknown is refused, unless policy of his domain admits him", async () => {
		const erin = '"Erin  E" <sip:erin@carrier.example>';
		const refused = await subscribe("sip:erin@carrier.example", erin);
		match(refused, /^SIP\/2\.0 403/);
		equal(await user("erin@carrier.example"), undefined);
		await node.chat.rooms.setPolicy(operator, {
			scope: "domain:carrier.example",
			enabled: true,
			admit: true,
		});
		const answer = await subscribe("sip:erin@carrier.example", erin);
		match(bodyOf(answer), /EnablePersistentChat">true</);
		equal((await user("erin@carrier.example"))?.displayName, "Erin E");
		const events = await node
			.database("outbox")
			.where({ type: "directory-changed" })
			.where("payload", "like", "%erin@carrier.example%");
		equal(events.length, 1);
	});

	it("happens once when two requests come at once, and to nobody of another domain", async () => {
		await node.chat.rooms.setPolicy(operator, {
			scope: "domain:twice.example",
			enabled: true,
			admit: true,
		});
		const ask = () =>
			subscribe("sip:frank@twice.example", "<sip:frank@twice.example>");
		const answers = await Promise.all([ask(), ask(), ask()]);
		for (const answer of answers) match(answer, /^SIP\/2\.0 200/);
		equal((await user("frank@twice.example"))?.displayName, "frank");
		match(
			await subscribe("sip:x@other.example", "<sip:x@other.example>"),
			/^SIP\/2\.0 403/,
		);
		match(
			await subscribe("sip:x@twice.example", "<sip:a'b%00@twice.example>"),
			/^SIP\/2\.0 (200|403)/,
		);
	});

	it("of a domain that is off gives a document that says so", async () => {
		await node.chat.rooms.setPolicy(operator, {
			scope: "domain:off.example",
			enabled: false,
			admit: true,
		});
		const answer = await subscribe(
			"sip:gus@off.example",
			"<sip:gus@off.example>",
		);
		match(bodyOf(answer), /EnablePersistentChat">false</);
	});
});

describe("policy", () => {
	let node: ChatNode;

	before(async () => {
		node = await startChatNode();
	});
	after(() => node.close());

	const lobbyCount = async () =>
		(
			await node
				.database("rooms")
				.where({ name: "Lobby" })
				.first("participants")
		)?.participants;

	it("that turns somebody off ends his dialogs at once, and the room is told", async () => {
		const alice = await signIn(node, "alice");
		const bob = await signIn(node, "bob");
		await alice.chat.join(rooms.lobby);
		await bob.chat.join(rooms.lobby);
		await node.chat.rooms.setPolicy(operator, {
			scope: "sip:bob@example.com" as UserUri,
			enabled: false,
			admit: false,
		});
		await until(() => !bob.chat.connected, { what: "the end of bob's dialog" });
		await until(() => alice.comings.includes("-Bob"), { what: "bob's part" });
		ok(alice.chat.connected);
		equal(await lobbyCount(), 1);
		await node.chat.rooms.unsetPolicy(
			operator,
			"sip:bob@example.com" as UserUri,
		);
		const again = await signIn(node, "bob");
		await Promise.all([alice, again].map(({ chat }) => chat.close()));
	});

	it("of everybody counts for everybody who is not named, and an account that is off for one", async () => {
		const alice = await signIn(node, "alice");
		const carol = await signIn(node, "carol");
		await node.chat.rooms.changeUser(
			operator,
			"sip:carol@example.com" as UserUri,
			{ active: false },
		);
		await until(() => !carol.chat.connected, { what: "the end of carol's" });
		ok(alice.chat.connected);
		const all = { scope: "everybody", enabled: false, admit: false } as const;
		await node.chat.rooms.setPolicy(operator, all);
		await until(() => !alice.chat.connected, { what: "the end of alice's" });
		await node.chat.rooms.setPolicy(operator, { ...all, enabled: true });
	});

	it("of a user who is removed lets him in no more", async () => {
		const dave = await signIn(node, "dave");
		await node.chat.rooms.removeUser(
			operator,
			"sip:dave@example.com" as UserUri,
		);
		await until(() => !dave.chat.connected, { what: "the end of dave's" });
		const sip = await RawSip.open(node.server("tcp"));
		sip.send(`REGISTER sip:example.com SIP/2.0
Via: SIP/2.0/TCP 127.0.0.1:${sip.localPort};branch=z9hG4bKdave
From: <sip:dave@example.com>;tag=1
To: <sip:dave@example.com>
Call-ID: dave
CSeq: 1 REGISTER
Max-Forwards: 70
Contact: <sip:dave-${sip.localPort}@127.0.0.1:${sip.localPort};transport=tcp>`);
		const answer = await sip.receive(/^SIP\/2\.0 407/);
		ok(header(answer, "Proxy-Authenticate"));
		sip.close();
	});
});
