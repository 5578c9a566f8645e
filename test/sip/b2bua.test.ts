/** Behind a B2BUA that answers for others: what became of a message is told in XML, and a client that died leaves no ghost. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { nodeAgent, type SipDialog, SipRefused } from "../../client/index.ts";
import type { TrustedPeer } from "../../plugin/sip/options.ts";
import { type B2bua, startB2bua } from "../support/b2bua.ts";
import {
	type ChatNode,
	type ChatNodeOptions,
	startChatNode,
} from "../support/chat-node.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { header, RawSip } from "../support/raw-sip.ts";
import { until } from "../support/until.ts";

const channel = "sip:GC-1-PersistentChatService-1@example.com";
const poolUri = "sip:persistentchat@example.com";
const peer: TrustedPeer = { address: "127.0.0.1", behaves: "b2bua" };
const xccos = (envid: number, inner: string) =>
	`<xccos ver="1" envid="${envid}" xmlns="urn:parlano:xml:ns:xccos">${inner}</xccos>`;
const post = (envid: number, text: string, author = "alice") =>
	xccos(
		envid,
		`<grpchat id="grpchat" seqid="1" chanUri="${rooms.lobby}" author="sip:${author}@example.com"><chat>${text}</chat></grpchat>`,
	);

describe("behind a B2BUA", () => {
	let node: ChatNode;
	let b2bua: B2bua;
	const left: (() => Promise<unknown> | unknown)[] = [];

	async function start(
		service: ChatNodeOptions["service"] = {},
		says?: Parameters<typeof startB2bua>[0]["says"],
	): Promise<void> {
		node = await startChatNode({
			service: { trustedPeers: [peer], ...service },
		});
		b2bua = await startB2bua({
			service: node.server("tcp"),
			...(says && { says }),
		});
	}
	afterEach(async () => {
		for (const leave of left.splice(0).reverse()) await leave();
		await b2bua.close();
		await node.close();
	});

	/** A client that knows only SIP and what it hears. */
	async function call(
		name: string,
		uri = channel,
	): Promise<{ dialog: SipDialog; heard: string[]; over: () => boolean }> {
		const heard: string[] = [];
		let isOver = false;
		const user = `sip:${name}@example.com`;
		const agent = await nodeAgent({ server: b2bua.server, user })({
			onLost: () => {},
		});
		left.push(() => agent.close());
		const dialog = await agent.invite(uri, {
			onInfo: (body) => heard.push(body),
			onEnd: () => {
				isOver = true;
			},
		});
		return { dialog, heard, over: () => isOver };
	}

	async function comes(name: string): Promise<Person> {
		const server = () => b2bua.server;
		const known = { provisioning: false, poolUri };
		const person = await signIn({ server }, name, "tcp", {}, known);
		left.push(() => person.chat.close());
		await person.chat.join(rooms.lobby);
		return person;
	}

	const told = (heard: readonly string[], pattern: RegExp) =>
		until(() => heard.find((body) => pattern.test(body)), {
			what: `${pattern}`,
		});

	const inLobby = async (): Promise<number> =>
		(await node.database("participants").select("user_uri")).length;

	it("a message that is kept is confirmed by a reply, one that is refused or unreadable by another; each INFO is answered 200", async () => {
		await start();
		const { dialog, heard } = await call("alice");
		const sends = async (body: string) =>
			equal((await dialog.sendInfo(body)).status, 200);
		await sends(post(7, "too early"));
		match(
			await told(heard, /envid="7"/),
			/<rpl id="rpl:grpchat" seqid="1"><commandid seqid="1" envid="7"\/><resp code="403">ERROR_USER_NOT_JOINED/,
		);
		await sends(
			xccos(
				8,
				'<cmd id="cmd:join" seqid="1"><data><chanid key="0" domain="example.com" value="00000000-0000-4000-8000-000000000001"/></data></cmd>',
			),
		);
		await sends(post(9, "hello"));
		match(
			await told(heard, /envid="9"/),
			/<rpl id="rpl:grpchat" seqid="1"><commandid seqid="1" envid="9"\/><resp code="200">SUCCESS_OK/,
		);
		equal((await node.database("messages")).length, 1);
		await sends(post(10, "as bob", "bob"));
		match(await told(heard, /envid="10"/), /<resp code="403">/);
		await sends('<xccos ver="1" envid="11"><grpchat>');
		match(
			await told(heard, /rpl:error/),
			/<rpl id="rpl:error" seqid="1"><commandid seqid="1" envid="11"\/><resp code="400">/,
		);
		await b2bua.settled();
		deepEqual([...new Set(b2bua.ignored)], [200]);
	});

	it("messages that are too many are refused in words, and none of them waits", async () => {
		await start({ rates: { perUser: { info: 1 } } });
		const { dialog, heard } = await call("alice");
		for (let i = 1; i <= 12; i += 1) await dialog.sendInfo(post(i, "x"));
		match(
			await told(heard, /<resp code="503">/),
			/<rpl id="rpl:grpchat" seqid="1"><commandid seqid="1" envid="1[12]"\/>/,
		);
		await b2bua.settled();
		deepEqual([...new Set(b2bua.ignored)], [200]);
		ok(node.chat.condition.turnedAway().throttled.length > 0);
	});

	it("people talk as anywhere, and are told the addresses that were configured, not those that were called", async () => {
		await start();
		const [alice, bob] = [await comes("alice"), await comes("bob")];
		const { echo } = await alice.chat.post(rooms.lobby, "hello");
		equal((await echo()).text, "hello");
		equal((await bob.heard(1))[0]?.author.uri, "sip:alice@example.com");
		const { dialog, heard } = await call("carol", poolUri);
		await dialog.sendInfo(xccos(3, '<cmd id="cmd:requri" seqid="1"/>'));
		match(
			await told(heard, /rpl:requri/),
			/<uib uri="sip:GC-1-PersistentChatService-1@example.com"/,
		);
	});

	it("who is not named, or is unknown, is refused, and the caller hears it", async () => {
		await start({}, (user) =>
			user === "alice"
				? {}
				: { "P-Asserted-Identity": "<sip:x@nowhere.example>" },
		);
		for (const name of ["alice", "bob"]) {
			const refusal = await call(name).catch((error: unknown) => error);
			ok(refusal instanceof SipRefused);
			equal(refusal.status, 403);
		}
	});

	it("a new call takes the place of the one that a dead client has left, and the room is told", async () => {
		await start();
		const bob = await comes("bob");
		const alice = await comes("alice");
		b2bua.lose("alice");
		await until(() => !alice.chat.connected, { what: "her end" });
		await bob.chat.post(rooms.lobby, "into the void");
		await b2bua.settled();
		equal(await inLobby(), 2);
		const again = await comes("alice");
		await until(() => b2bua.calls("alice") === 1, { what: "the ghost's BYE" });
		equal(await inLobby(), 2);
		await bob.chat.post(rooms.lobby, "welcome back");
		equal((await again.heard(1))[0]?.text, "welcome back");
		equal(node.chat.condition.dialogs(), 2);
	});

	it("several devices of one user live beside each other where the B2BUA names them", async () => {
		let device = "desk";
		await start(
			{
				trustedPeers: [
					{
						address: "127.0.0.1",
						behaves: "b2bua",
						callerIn: "X-Chat-User",
						deviceIn: "X-Chat-Device",
					},
				],
			},
			(user) => ({
				"X-Chat-User": `${user}@example.com`,
				"X-Chat-Device": device,
			}),
		);
		const desk = await call("alice");
		device = "phone";
		const phone = await call("alice");
		equal(node.chat.condition.dialogs(), 2);
		const again = await call("alice");
		await until(phone.over, { what: "the end of the phone's first call" });
		equal(node.chat.condition.dialogs(), 2);
		deepEqual([desk.over(), again.over()], [false, false]);
	});

	it("every offer is answered by a description, and a re-INVITE by the same one, with or without an offer", async () => {
		await start();
		for (const media of [
			"m=message 5070 sip null",
			"m=x-ms-message 5070 sip null",
		]) {
			const sip = await RawSip.open(b2bua.server);
			left.push(() => sip.close());
			sip.send(
				`INVITE ${channel} SIP/2.0
Via: SIP/2.0/TCP 127.0.0.1:${sip.localPort};branch=z9hG4bK${sip.localPort}
From: <sip:alice@example.com>;tag=1
To: <${channel}>
Call-ID: ${sip.localPort}
CSeq: 1 INVITE
Max-Forwards: 70
Contact: <sip:alice@127.0.0.1:${sip.localPort};transport=tcp>
Content-Type: application/sdp`,
				`v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n${media}\r\n`,
			);
			const answer = await sip.receive(/^SIP\/2\.0 [2-6]/);
			match(answer, /^SIP\/2\.0 200/);
			equal(header(answer, "Content-Type"), "application/sdp");
			ok(answer.includes(`\r\n${media}\r\n`), answer);
			const first = await b2bua.refresh("alice");
			const offered = first.body.toString();
			ok(offered.includes(media), offered);
			const without = await b2bua.refresh("alice", "");
			equal(without.status, 200);
			equal(without.headers.get("Content-Type"), "application/sdp");
			equal(without.body.toString(), offered);
		}
	});
});
