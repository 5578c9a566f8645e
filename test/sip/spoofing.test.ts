/** Somebody passes for somebody else, on the wire: he is refused, and that is logged and counted. */
import { deepEqual, equal, match } from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { header, RawSip } from "../support/raw-sip.ts";
import { until } from "../support/until.ts";

const channel = "sip:GC-1-PersistentChatService-1@example.com";
const md5 = (text: string) => createHash("md5").update(text).digest("hex");
/** Where nobody but the forger is. */
const elsewhere = "127.0.0.2";

describe("passing for somebody else", () => {
	let node: ChatNode;
	let bob: Person;
	const sockets: RawSip[] = [];

	before(async () => {
		// The peer is none of those who speak here.
		node = await startChatNode({ service: { trustedPeers: ["192.0.2.1"] } });
		bob = await signIn(node, "bob");
		await bob.chat.join(rooms.lobby);
	});
	afterEach(() => {
		for (const sip of sockets.splice(0)) sip.close();
	});
	after(async () => {
		await bob?.chat.close();
		await node?.close();
	});

	const connect = async (from?: string) => {
		const sip = await RawSip.open(node.server("tcp"), from);
		sockets.push(sip);
		return sip;
	};
	const count = (why: string) =>
		new Map<string, number>(node.chat.condition.turnedAway().refused).get(why);

	/** What `act` adds to the count, and the log line of it. */
	async function refusal(why: string, act: () => Promise<unknown>) {
		const before = count(why) ?? 0;
		const { length } = node.logged;
		await act();
		equal(count(why), before + 1);
		return node.logged.slice(length).find((line) => line.includes(why)) ?? "";
	}

	it("by P-Asserted-Identity, from an address that is no trusted peer, is challenged like anybody", async () => {
		const sip = await connect();
		const line = await refusal("forged-assertion", async () => {
			const forged = "P-Asserted-Identity: <sip:alice@example.com>";
			match(await invite(sip, "alice", forged), /^SIP\/2\.0 407/);
		});
		match(line, /"method":"INVITE","user":"sip:alice@example.com"/);
		match(line, /"source":"127.0.0.1"/);
	});

	it("by an answer to a challenge that was overheard is of no use, here or elsewhere", async () => {
		const [home, away] = [await connect(), await connect(elsewhere)];
		const overheard = await answerTo(home, "alice");
		match(await invite(home, "alice", overheard), /^SIP\/2\.0 200/);
		await refusal("replayed-answer", async () => {
			const again = await invite(home, "alice", overheard);
			match(header(again, "Proxy-Authenticate"), /stale=true/);
		});
		const fresh = await answerTo(home, "alice");
		await refusal("unknown-nonce", async () => {
			match(await invite(away, "alice", fresh), /^SIP\/2\.0 407/);
		});
		const secrets = ["nonce=", "response=", "alice-pw", md5("alice")];
		const said = node.logged.filter((line) => line.includes('"why"')).join();
		deepEqual(
			secrets.filter((secret) => said.includes(secret)),
			[],
		);
	});

	it("by an answer that was given for another address is challenged anew", async () => {
		const sip = await connect();
		const answer = await answerTo(sip, "alice", "sip:room.lobby@example.com");
		await refusal("other-resource", async () => {
			match(await invite(sip, "alice", answer), /^SIP\/2\.0 407/);
		});
		const elsewhereWritten = channel.replace("example.com", "10.0.0.1:5060");
		for (const uri of ["(null)", "sip:example.com", elsewhereWritten]) {
			const fit = await answerTo(sip, "alice", uri);
			match(await invite(sip, "alice", fit), /^SIP\/2\.0 200/, uri);
		}
	});

	it("in From, with a password of one's own, is refused in words", async () => {
		const sip = await connect();
		await refusal("other-from", async () => {
			const bobs = await answerTo(sip, "bob");
			match(
				await invite(sip, "alice", bobs),
				/^SIP\/2\.0 403 From names somebody else than the credentials/,
			);
		});
	});

	it("as author of a message is refused; nobody hears it", async () => {
		const sip = await connect();
		const { ask } = await dialogOf(sip, "alice");
		const line = await refusal("other-author", async () => {
			ask("INFO", post("bob", "not his"));
			await sip.receive(/^SIP\/2\.0 403 .*author/);
			await sip.receive(/^INFO [\s\S]*rpl:grpchat/);
		});
		match(line, /"user":"sip:alice@example.com"/);
		equal(line.includes("not his"), false);
		equal(bob.messages.length, 0);
	});

	it("in somebody's dialog, from another address, finds no such dialog; the dialog goes on", async () => {
		const [home, away] = [await connect(), await connect(elsewhere)];
		const dialog = await dialogOf(home, "alice");
		await refusal("other-source", async () => {
			dialog.ask("INFO", post("alice", "forged"), away);
			await away.receive(/^SIP\/2\.0 481/);
		});
		dialog.ask("INFO", post("alice", "real"));
		await home.receive(/^SIP\/2\.0 200[\s\S]*INFO/);
		await until(() => bob.messages.length > 0, { what: "the real one" });
		deepEqual(
			bob.messages.splice(0).map(({ text }) => text),
			["real"],
		);
	});

	const post = (author: string, text: string) =>
		`<xccos ver="1" envid="${text.length}" xmlns="urn:parlano:xml:ns:xccos"><grpchat id="grpchat" seqid="1" chanUri="${rooms.lobby}" author="sip:${author}@example.com"><chat>${text}</chat></grpchat></xccos>`;

	/** An INVITE outside of any dialog, and its answer, acknowledged. */
	async function invite(
		sip: RawSip,
		name: string,
		extra = "",
		callId: string = randomUUID(),
	): Promise<string> {
		const line = (method: string, to: string) =>
			[
				`${method} ${channel} SIP/2.0`,
				`Via: SIP/2.0/TCP 127.0.0.1:${sip.localPort};branch=z9hG4bK${callId}`,
				`From: <sip:${name}@example.com>;tag=1`,
				`To: ${to}`,
				`Call-ID: ${callId}`,
				`CSeq: 1 ${method}`,
				"Max-Forwards: 70",
				"User-Agent: UCCAPI/4.0.0",
				`Contact: <sip:${name}-${sip.localPort}@127.0.0.1:${sip.localPort};transport=tcp>`,
				...(extra === "" || method === "ACK" ? [] : [extra]),
			].join("\n");
		sip.send(line("INVITE", `<${channel}>`));
		const answer = await sip.receive(
			new RegExp(`^SIP/2.0 [2-6][\\s\\S]*Call-ID: ${callId}`, "i"),
		);
		if (!answer.startsWith("SIP/2.0 200")) {
			sip.send(line("ACK", header(answer, "To")));
		}
		return answer;
	}

	/** The header that answers a new challenge, for `uri`. */
	async function answerTo(
		sip: RawSip,
		name: string,
		uri = channel,
	): Promise<string> {
		const challenge = header(await invite(sip, name), "Proxy-Authenticate");
		const nonce = /nonce="([^"]+)"/.exec(challenge)?.[1] ?? "";
		const response = md5(
			`${md5(`${name}:example.com:${name}-pw`)}:${nonce}:${md5(`INVITE:${uri}`)}`,
		);
		return `Proxy-Authorization: Digest username="${name}", realm="example.com", nonce="${nonce}", uri="${uri}", response="${response}"`;
	}

	/** Signed in and in the lobby. */
	async function dialogOf(sip: RawSip, name: string) {
		const callId = randomUUID();
		const credentials = await answerTo(sip, name);
		const answer = await invite(sip, name, credentials, callId);
		const target = /<([^>]+)>/.exec(header(answer, "Contact"))?.[1] ?? "";
		let cseq = 1;
		const ask = (method: string, body?: string, by: RawSip = sip) => {
			if (method !== "ACK") cseq += 1;
			by.send(
				`${method} ${target} SIP/2.0
Via: SIP/2.0/TCP 127.0.0.1:${by.localPort};branch=z9hG4bK${randomUUID()}
From: <sip:${name}@example.com>;tag=1
To: ${header(answer, "To")}
Call-ID: ${callId}
CSeq: ${cseq} ${method}
Max-Forwards: 70${body === undefined ? "" : "\nContent-Type: text/plain"}`,
				body,
			);
		};
		ask("ACK");
		ask(
			"INFO",
			'<xccos ver="1" envid="1" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:join" seqid="1"><data><chanid key="0" domain="example.com" value="00000000-0000-4000-8000-000000000001"/></data></cmd></xccos>',
		);
		await sip.receive(/^SIP\/2\.0 200[\s\S]*INFO/);
		sip.answer(await sip.receive(/^INFO [\s\S]*rpl:join/), "200 OK");
		return { ask };
	}
});
