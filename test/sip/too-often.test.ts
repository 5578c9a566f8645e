/** Requests that come too fast, on the wire: each kind is told to wait, from one address or of one user, and a peer is not one address. */
import { equal, match, ok } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { nodeAgent } from "../../client/index.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { header, RawSip } from "../support/raw-sip.ts";

/** Ten at once. */
const burst = 10;
const slow = {
	register: 1,
	invite: 1,
	subscribe: 1,
	publish: 1,
	message: 1,
	info: 1,
};
const peer = "127.0.0.3";
const asked: Readonly<Record<string, string>> = {
	REGISTER: "Expires: 60",
	INVITE: "Supported: 100rel",
	SUBSCRIBE: "Event: vnd-microsoft-provisioning-v2",
	MESSAGE: "Content-Type: text/plain",
	PUBLISH: "Content-Type: application/msrtc-category-publish+xml",
};

describe("asking too often", () => {
	let node: ChatNode;
	const sockets: RawSip[] = [];

	before(async () => {
		node = await startChatNode({
			service: {
				trustedPeers: [peer],
				rates: { perSource: slow, perUser: slow },
			},
		});
	});
	afterEach(() => {
		for (const sip of sockets.splice(0)) sip.close();
	});
	after(() => node.close());

	const connect = async (from: string) => {
		const sip = await RawSip.open(node.server("tcp"), from);
		sockets.push(sip);
		return sip;
	};

	async function ask(
		sip: RawSip,
		method: string,
		{ name = "alice", extra = "" } = {},
	): Promise<string> {
		const callId = randomUUID();
		const uri = "sip:persistentchat@example.com";
		const line = (verb: string, to: string) =>
			[
				`${verb} ${uri} SIP/2.0`,
				`Via: SIP/2.0/TCP 127.0.0.1:${sip.localPort};branch=z9hG4bK${callId}`,
				`From: <sip:${name}@example.com>;tag=1`,
				`To: ${to}`,
				`Call-ID: ${callId}`,
				`CSeq: 1 ${verb}`,
				"Max-Forwards: 70",
				`Contact: <sip:${name}@127.0.0.1:${sip.localPort};transport=tcp>`,
				...(verb === "ACK" ? [] : [asked[method] ?? "", extra]),
			]
				.filter((text) => text !== "")
				.join("\n");
		sip.send(
			line(method, `<sip:${name}@example.com>`),
			method === "MESSAGE" ? "web" : "",
		);
		const answer = await sip.receive(
			new RegExp(`^SIP/2.0 [2-6][\\s\\S]*Call-ID: ${callId}`, "i"),
		);
		if (method === "INVITE") sip.send(line("ACK", header(answer, "To")));
		return answer;
	}

	/** Asks until it is told something else than this, which is after so many. */
	async function askUntil(
		sip: RawSip,
		method: string,
		usual: RegExp,
		more: (count: number) => Parameters<typeof ask>[2],
	): Promise<{ readonly last: string; readonly count: number }> {
		for (let count = 0; ; count += 1) {
			const last = await ask(sip, method, more(count));
			if (!usual.test(last) || count > 5 * burst) return { last, count };
		}
	}

	const counted = (method: string, by: string) =>
		node.chat.condition
			.turnedAway()
			.throttled.find((one) => one.method === method && one.by === by)?.count;

	for (const method of Object.keys(asked)) {
		it(`by ${method} from one address is answered 503 with when to come again; others are not`, async () => {
			const sip = await connect("127.0.0.2");
			const { last, count } = await askUntil(
				sip,
				method,
				/^SIP\/2\.0 407/,
				(i) => ({ name: `user${i}` }),
			);
			ok(count >= burst, `${count}`);
			match(last, /^SIP\/2\.0 503 Too many requests/);
			equal(header(last, "Retry-After"), "5");
			equal(counted(method, "source"), 1);
			const other = await connect("127.0.0.4");
			match(await ask(other, method), /^SIP\/2\.0 407/);
		});
	}

	it("is counted by user behind a peer, which is told so by 480; whoever else comes by it is served", async () => {
		const sip = await connect(peer);
		const asserted = (name: string) => ({
			name,
			extra: `P-Asserted-Identity: <sip:${name}@example.com>`,
		});
		const { last, count } = await askUntil(
			sip,
			"SUBSCRIBE",
			/^SIP\/2\.0 202/,
			() => asserted("alice"),
		);
		ok(count >= burst, `${count}`);
		match(last, /^SIP\/2\.0 480 Too many requests/);
		equal(header(last, "Retry-After"), "5");
		for (const name of ["bob", "carol", "dave"]) {
			const answer = await ask(sip, "SUBSCRIBE", asserted(name));
			match(answer, /^SIP\/2\.0 202/);
		}
		for (let i = 0; i <= burst; i += 1) {
			const unknown = await ask(sip, "REGISTER", { name: `user${i}` });
			match(unknown, /^SIP\/2\.0 407/);
		}
	});

	it("by INFO in a dialog is answered 503 too", async () => {
		const agent = await nodeAgent({
			server: node.server("tcp"),
			user: "sip:bob@example.com",
			password: "bob-pw",
		})({ onLost: () => {} });
		const dialog = await agent.invite("sip:persistentchat@example.com", {
			onInfo: () => {},
			onEnd: () => {},
		});
		const statuses: number[] = [];
		while (!statuses.includes(503) && statuses.length < 5 * burst) {
			const { status } = await dialog.sendInfo(
				'<xccos ver="1" envid="1" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:getserverinfo" seqid="1"><data/></cmd></xccos>',
			);
			statuses.push(status);
		}
		ok(statuses.length > burst);
		equal(statuses.at(-1), 503);
		ok((counted("INFO", "source") ?? 0) > 0);
		await agent.close();
	});
});
