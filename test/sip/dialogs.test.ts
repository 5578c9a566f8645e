import { deepEqual, equal, ok } from "node:assert/strict";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { RawSip } from "../support/raw-sip.ts";
import { until } from "../support/until.ts";

describe("dialogs", () => {
	let node: ChatNode;
	const people: Person[] = [];
	const guests: RawSip[] = [];

	before(async () => {
		node = await startChatNode({ timers: { t1: 20 } });
	});
	afterEach(async () => {
		for (const sip of guests.splice(0)) sip.close();
		await Promise.all(people.splice(0).map(({ chat }) => chat.close()));
		await until(async () => (await present()).length === 0, {
			what: "everybody to have parted",
		});
	});
	after(() => node.close());

	const present = async (): Promise<string[]> =>
		(await node.database("participants").select("user_uri")).map(
			(row: { user_uri: string }) => row.user_uri,
		);
	const come = async (name: string, room: string = rooms.lobby) => {
		const person = await signIn(node, name);
		people.push(person);
		await person.chat.join(room);
		return person;
	};

	it("somebody with two devices is one participant; both hear, and he has left when both have", async () => {
		const bob = await come("bob");
		const first = await come("alice");
		const second = await come("alice");
		await first.chat.post(rooms.lobby, "from one device");
		for (const person of [bob, first, second]) {
			deepEqual(
				(await person.heard(1)).map(({ text }) => text),
				["from one device"],
			);
		}
		await first.chat.close();
		await second.chat.post(rooms.lobby, "still here");
		await bob.heard(2);
		deepEqual(bob.comings, ["+Alice"]);
		await second.chat.close();
		await until(() => bob.comings.length === 2, { what: "alice to leave" });
		deepEqual(bob.comings, ["+Alice", "-Alice"]);
	});

	for (const status of ["481 Gone", "487 Request Terminated"]) {
		it(`a client that answers ${status} has left its rooms, once`, async () => {
			const bob = await come("bob");
			const { sip } = await rawGuest(node, guests);
			await until(() => bob.comings.includes("+Alice"), { what: "alice" });
			await bob.chat.post(rooms.lobby, "anybody?");
			const info = await sip.receive(/^INFO [\s\S]*anybody/);
			sip.answer(info, status);
			await until(() => bob.comings.includes("-Alice"), { what: "her leave" });
			deepEqual(bob.comings, ["+Alice", "-Alice"]);
		});
	}

	it("a client that answers nothing has left its rooms", async function () {
		if (process.env.DRACHTIO) this.skip();
		const bob = await come("bob");
		await rawGuest(node, guests);
		await until(() => bob.comings.includes("+Alice"), { what: "alice" });
		await bob.chat.post(rooms.lobby, "anybody?");
		await until(() => bob.comings.includes("-Alice"), { what: "her leave" });
	});

	it("a message on a dialog that has ended is answered 481 and heard by nobody", async () => {
		const bob = await come("bob");
		const { sip, ask } = await rawGuest(node, guests);
		await until(() => bob.comings.includes("+Alice"), { what: "alice" });
		ask("BYE");
		await sip.receive(/^SIP\/2\.0 200[\s\S]*BYE/);
		ask(
			"INFO",
			`<xccos ver="1" envid="7" xmlns="urn:parlano:xml:ns:xccos"><grpchat id="grpchat" seqid="1" chanUri="${rooms.lobby}" author="sip:alice@example.com"><chat>late</chat></grpchat></xccos>`,
		);
		await sip.receive(/^SIP\/2\.0 481/);
		await bob.chat.post(rooms.lobby, "mine");
		deepEqual(
			(await bob.heard(1)).map(({ text }) => text),
			["mine"],
		);
	});

	it("a client that cannot take a message just now gets it again", async () => {
		const bob = await come("bob");
		const { sip, ask } = await rawGuest(node, guests);
		await bob.chat.post(rooms.lobby, "one");
		await bob.chat.post(rooms.lobby, "two");
		const first = await sip.receive(/^INFO [\s\S]*<chat>/);
		sip.answer(first, "503 Service Unavailable");
		const again = await sip.receive(/^INFO [\s\S]*<chat>/);
		ok(again.includes("<chat>one</chat>"), again);
		sip.answer(again, "200 OK");
		const next = await sip.receive(/^INFO [\s\S]*<chat>/);
		ok(next.includes("<chat>two</chat>"), next);
		sip.answer(next, "200 OK");
		ask("BYE");
		await sip.receive(/^SIP\/2\.0 200[\s\S]*BYE/);
	});

	it("a body that is not text is answered 415", async () => {
		const { sip, ask } = await rawGuest(node, guests);
		ask("INFO", "signal=5", "application/dtmf-relay");
		await sip.receive(/^SIP\/2\.0 415/);
		ask("BYE");
		await sip.receive(/^SIP\/2\.0 200[\s\S]*BYE/);
	});

	it("a request that is too large is answered 413, one that cannot be read 400 with what is wrong", async () => {
		const { sip, ask } = await rawGuest(node, guests);
		const filler = `${"x".repeat(7_000)}\n`.repeat(10);
		ask("INFO", `<xccos ver="1" envid="1">${filler}</xccos>`);
		await sip.receive(/^SIP\/2\.0 413/);
		ask(
			"INFO",
			`<xccos ver="1" envid="1"><grpchat chanUri="${rooms.lobby}"><chat>&#7;</chat></grpchat></xccos>`,
		);
		await sip.receive(/^SIP\/2\.0 400 .*U\+0007 may not appear in XML/);
		ask("BYE");
		await sip.receive(/^SIP\/2\.0 200[\s\S]*BYE/);
	});

	it("messages longer than a frame travel among many short ones", async () => {
		const bob = await come("bob");
		const alice = await come("alice");
		const long = `${"&".repeat(990)}\n`.repeat(2);
		await Promise.all(
			Array.from({ length: 60 }, (_, i) =>
				(i % 2 ? bob : alice).chat.post(
					rooms.lobby,
					i % 5 ? `short ${i}` : `${i}${long}`,
				),
			),
		);
		for (const person of [alice, bob]) {
			const heard = await person.heard(60);
			equal(heard.filter(({ text }) => text.endsWith(long)).length, 12);
			equal(new Set(heard.map(({ sequence }) => sequence)).size, 60);
		}
	});

	it("BYE right behind a post and a join neither loses the one nor leaves anybody by the other", async () => {
		const bob = await come("bob");
		const { sip, ask } = await rawGuest(node, guests);
		ask(
			"INFO",
			`<xccos ver="1" envid="2" xmlns="urn:parlano:xml:ns:xccos"><grpchat chanUri="${rooms.lobby}"><chat>last words</chat></grpchat></xccos>`,
		);
		ask(
			"INFO",
			'<xccos ver="1" envid="3" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:join" seqid="1"><data><chanid key="0" domain="example.com" value="00000000-0000-4000-8000-000000000002"/></data></cmd></xccos>',
		);
		ask("BYE");
		await sip.receive(/^SIP\/2\.0 200[\s\S]*BYE/);
		deepEqual(
			(await bob.heard(1)).map(({ text }) => text),
			["last words"],
		);
		await bob.chat.close();
		await until(async () => (await present()).length === 0, {
			what: "everybody to have parted",
		});
		const events: { type: string }[] = await node
			.database("outbox")
			.select("type");
		const count = (type: string) =>
			events.filter((event) => event.type === type).length;
		equal(count("joined"), count("parted"));
	});

	it("everybody hears one order, whoever posts how fast", async () => {
		const everybody = await Promise.all(
			["alice", "bob", "carol", "dave"].map((name) => come(name)),
		);
		await Promise.all(
			everybody.flatMap((person, who) =>
				Array.from({ length: 25 }, (_, i) =>
					person.chat.post(rooms.lobby, `${who}-${i}`),
				),
			),
		);
		const orders = await Promise.all(
			everybody.map(async (person) =>
				(await person.heard(100)).map(({ text }) => text).join(),
			),
		);
		equal(new Set(orders).size, 1);
		equal(new Set(orders[0]?.split(",")).size, 100);
	});

	it("who joins while others post misses nothing and hears nothing twice", async () => {
		const bob = await come("bob");
		const before = bob.messages.length;
		const posting = Promise.all(
			Array.from({ length: 60 }, (_, i) =>
				bob.chat.post(rooms.lobby, `while ${i}`),
			),
		);
		const alice = await signIn(node, "alice");
		people.push(alice);
		await alice.chat.join(rooms.lobby);
		const history = await alice.chat.history(rooms.lobby, 500);
		await posting;
		await bob.heard(before + 60);
		const last = bob.messages.at(-1)?.sequence ?? 0;
		await until(
			() =>
				alice.messages.at(-1)?.sequence === last ||
				history.at(-1)?.sequence === last,
			{ what: "the last message" },
		);
		const all = [...history, ...alice.messages].map(({ sequence }) => sequence);
		const distinct = new Set(all);
		equal(distinct.size, Math.max(...(all as number[])));
	});

	it("a lost control connection ends every dialog once, and people can come back", async function () {
		if (process.env.DRACHTIO) this.skip();
		const bob = await come("bob");
		const alice = await come("alice");
		await until(() => bob.comings.length === 1, { what: "alice" });
		const sockets = (
			node.srf as unknown as {
				app: { client: { mapServer: Map<{ destroy(): void }, unknown> } };
			}
		).app.client.mapServer;
		const parts = async () =>
			Number(
				(
					await node
						.database("outbox")
						.where({ type: "parted" })
						.count({ count: "*" })
				)[0]?.count,
			);
		const before = await parts();
		for (const socket of [...sockets.keys()]) socket.destroy();
		await until(async () => (await present()).length === 0, {
			what: "everybody to have parted",
		});
		equal(await parts(), before + 2);
		await Promise.all([bob.chat.close(), alice.chat.close()]);
		const again = await until(
			() => signIn(node, "alice").catch(() => undefined),
			{ what: "a new sign-in" },
		);
		people.push(again);
		await again.chat.join(rooms.lobby);
		deepEqual(
			[...(again.chat.joined.get(rooms.lobby)?.people.values() ?? [])].map(
				({ name }) => name,
			),
			["Alice"],
		);
	});
});

interface Guest {
	readonly sip: RawSip;
	ask(method: string, body?: string, type?: string): void;
}

/** Alice, by hand: signed in and in the lobby, with a socket on which the test answers as it likes. */
async function rawGuest(node: ChatNode, guests: RawSip[]): Promise<Guest> {
	const sip = await RawSip.open(node.server("tcp"));
	guests.push(sip);
	const channel = "sip:GC-1-PersistentChatService-1@example.com";
	const callId = `raw-${sip.localPort}-${Date.now()}`;
	const { createHash } = await import("node:crypto");
	const md5 = (text: string) => createHash("md5").update(text).digest("hex");
	let cseq = 0;
	let to = `<${channel}>`;
	let target = channel;
	const send = (method: string, body = "", extra = "") => {
		if (method !== "ACK") cseq += 1;
		sip.send(
			`${method} ${target} SIP/2.0
Via: SIP/2.0/TCP 127.0.0.1:${sip.localPort};branch=z9hG4bK${callId}${cseq}${method}
From: <sip:alice@example.com>;tag=1
To: ${to}
Call-ID: ${callId}
CSeq: ${cseq} ${method}
Max-Forwards: 70
User-Agent: UCCAPI/4.0.0
Contact: <sip:raw-${sip.localPort}@127.0.0.1:${sip.localPort};transport=tcp>${extra}`,
			body,
		);
	};
	send("INVITE");
	const challenge = await sip.receive(/^SIP\/2\.0 407/);
	const refusedTo = /^To: (.*)$/im.exec(challenge)?.[1] ?? "";
	const plainTo = to;
	to = refusedTo;
	send("ACK");
	to = plainTo;
	const nonce = /nonce="([^"]+)"/.exec(challenge)?.[1] ?? "";
	const response = md5(
		`${md5("alice:example.com:alice-pw")}:${nonce}:${md5(`INVITE:${channel}`)}`,
	);
	send(
		"INVITE",
		"",
		`\nProxy-Authorization: Digest username="alice", realm="example.com", nonce="${nonce}", uri="${channel}", response="${response}"`,
	);
	const answer = await sip.receive(/^SIP\/2\.0 200/);
	to = /^To: (.*)$/im.exec(answer)?.[1] ?? "";
	target = /^Contact: <([^>]+)>/im.exec(answer)?.[1] ?? "";
	send("ACK");
	const ask: Guest["ask"] = (method, body, type = "text/plain") =>
		send(method, body, body === undefined ? "" : `\nContent-Type: ${type}`);
	ask(
		"INFO",
		'<xccos ver="1" envid="1" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:join" seqid="1"><data><chanid key="0" domain="example.com" value="00000000-0000-4000-8000-000000000001"/></data></cmd></xccos>',
	);
	await sip.receive(/^SIP\/2\.0 200[\s\S]*INFO/);
	const joined = await sip.receive(/^INFO [\s\S]*rpl:join/);
	sip.answer(joined, "200 OK");
	return { sip, ask };
}
