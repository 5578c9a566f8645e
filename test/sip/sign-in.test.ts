import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { createHash } from "node:crypto";
import { nodeAgent, SipRefused } from "../../client/index.ts";
import {
	type ChatNode,
	startChatNode,
	type Transport,
} from "../support/chat-node.ts";
import { signIn } from "../support/people.ts";
import { bodyOf, header, RawSip } from "../support/raw-sip.ts";

const channelUri = "sip:GC-1-PersistentChatService-1@example.com";
const refused = (status: number) => (error: unknown) =>
	error instanceof SipRefused && error.status === status;
const nothing = { onInfo: () => {}, onEnd: () => {} };

describe("signing in", () => {
	let node: ChatNode;
	let sip: RawSip | undefined;

	before(async () => {
		node = await startChatNode({ service: { limits: { sessionsPerUser: 2 } } });
		await node.database("users").where({ uri: "sip:dave@example.com" }).update({
			enabled: false,
		});
	});
	after(() => node.close());
	afterEach(() => {
		sip?.close();
		sip = undefined;
	});

	const open = (name: string, password = `${name}-pw`, authName = name) =>
		nodeAgent({
			server: node.server("udp"),
			user: `sip:${name}@example.com`,
			password,
			authName,
		})({ onLost: () => {} });

	for (const transport of ["udp", "tcp", "ws"] as const) {
		it(`works over ${transport}`, async function () {
			if (transport === "ws" && process.env.DRACHTIO && !process.env.SIP_WS) {
				this.skip();
			}
			const alice = await signIn(node, "alice", transport as Transport);
			equal(alice.chat.connected, true);
			equal(alice.chat.service.messageBytes, 4_000);
			await alice.chat.close();
		});
	}

	it("is refused with a wrong password, an unknown user, and another one's name", async () => {
		for (const [name, password, authName, status] of [
			["alice", "wrong", "alice", 407],
			["nobody", "nobody-pw", "nobody", 407],
			["alice", "bob-pw", "bob", 403],
		] as const) {
			const agent = await open(name, password, authName);
			await rejects(agent.register(), refused(status), name);
			await rejects(agent.invite(channelUri, nothing), refused(status), name);
			await agent.close();
		}
	});

	it("takes the name with its domain too", async () => {
		const agent = await open("alice", "alice-pw", "alice@example.com");
		await agent.register();
		await agent.close();
	});

	it("without a REGISTER is challenged at the INVITE", async () => {
		const agent = await open("alice");
		const dialog = await agent.invite(channelUri, nothing);
		await dialog.bye();
		await agent.close();
	});

	it("is refused to those whom the policy does not enable, and they are told so in-band", async () => {
		const agent = await open("dave");
		await agent.register();
		const document = await agent.subscribeOnce({
			event: "vnd-microsoft-provisioning-v2",
			accept: "application/vnd-microsoft-roaming-provisioning-v2+xml",
			contentType: "application/vnd-microsoft-roaming-provisioning-v2+xml",
			body: "<provisioningGroupList/>",
			deadlineMs: 3_000,
		});
		match(document, /"EnablePersistentChat">false</);
		await rejects(agent.invite(channelUri, nothing), refused(403));
		await agent.close();
	});

	it("at an address that is not the chat service's is answered 404", async () => {
		const agent = await open("alice");
		await rejects(agent.invite("sip:bob@example.com", nothing), refused(404));
		await agent.close();
	});

	it("at the address that old clients call works too", async () => {
		const agent = await open("alice");
		const dialog = await agent.invite("sip:ocschat@example.com", nothing);
		await dialog.bye();
		await agent.close();
	});

	it("on more devices than are allowed is refused", async () => {
		const first = await signIn(node, "carol");
		const second = await signIn(node, "carol");
		const agent = await open("carol");
		await rejects(agent.invite(channelUri, nothing), refused(486));
		await Promise.all([first.chat.close(), second.chat.close(), agent.close()]);
	});

	it("gives the provisioning document in one NOTIFY to who cannot take it in the 200", async () => {
		sip = await RawSip.open(node.server("tcp"));
		await registerRaw(sip, "alice");
		sip.send(
			request(sip, "SUBSCRIBE", "sip:alice@example.com", {
				"Call-ID": "notify-please",
				Event: "vnd-microsoft-provisioning-v2",
				Expires: "0",
				Contact: `<sip:raw-${sip.localPort}@127.0.0.1:${sip.localPort};transport=tcp>`,
			}),
		);
		await sip.receive(/^SIP\/2\.0 20[02]/);
		const notify = await sip.receive(/^NOTIFY /);
		equal(header(notify, "Event"), "vnd-microsoft-provisioning-v2");
		match(header(notify, "Subscription-State"), /^terminated/);
		match(bodyOf(notify), /EnablePersistentChat">true</);
		sip.answer(notify, "200 OK");
	});

	it("an INVITE without a Contact, and one inside a dialog that is not known, are answered", async () => {
		sip = await RawSip.open(node.server("tcp"));
		await registerRaw(sip, "alice");
		sip.send(request(sip, "INVITE", channelUri, { "Call-ID": "no-contact" }));
		await sip.receive(/^SIP\/2\.0 400/);
		sip.send(
			request(sip, "INVITE", channelUri, {
				"Call-ID": "no-dialog",
				To: `<${channelUri}>;tag=unknown`,
				Contact: `<sip:raw-${sip.localPort}@127.0.0.1:${sip.localPort};transport=tcp>`,
			}),
		);
		await sip.receive(/^SIP\/2\.0 481/);
	});

	it("nobody can register somebody else, or for too short a time", async () => {
		sip = await RawSip.open(node.server("tcp"));
		await registerRaw(sip, "alice");
		sip.send(
			request(sip, "REGISTER", "sip:example.com", {
				"Call-ID": "as-bob",
				To: "<sip:bob@example.com>",
				Contact: `<sip:raw-${sip.localPort}@127.0.0.1:${sip.localPort};transport=tcp>`,
			}),
		);
		await sip.receive(/^SIP\/2\.0 403/);
		sip.send(
			request(sip, "REGISTER", "sip:example.com", {
				"Call-ID": "brief",
				To: "<sip:alice@example.com>",
				Contact: `<sip:raw-${sip.localPort}@127.0.0.1:${sip.localPort};transport=tcp>;expires=5`,
			}),
		);
		const brief = await sip.receive(/^SIP\/2\.0 423/);
		equal(header(brief, "Min-Expires"), "60");
	});

	it("nobody can register another one's name or living Contact", async () => {
		sip = await RawSip.open(node.server("tcp"));
		await registerRaw(sip, "alice");
		const mallory = await RawSip.open(node.server("tcp"));
		try {
			for (const contact of [
				`<sip:raw-${sip.localPort}@127.0.0.1:${sip.localPort};transport=tcp>`,
				`<sip:RAW-${sip.localPort}@127.0.0.1:9;transport=tcp>`,
				"<sip:alice@192.0.2.7;transport=tcp>",
			]) {
				equal(await registerRaw(mallory, "carol", contact), "403", contact);
			}
			equal(await registerRaw(mallory, "carol"), "200");
		} finally {
			mallory.close();
		}
	});

	it("a connection that has registered as one user does not speak for another", async () => {
		sip = await RawSip.open(node.server("tcp"));
		await registerRaw(sip, "alice");
		sip.send(
			request(sip, "INVITE", channelUri, {
				"Call-ID": "as-bob-2",
				From: "<sip:bob@example.com>;tag=1",
				Contact: `<sip:raw-${sip.localPort}@127.0.0.1:${sip.localPort};transport=tcp>`,
			}),
		);
		await sip.receive(/^SIP\/2\.0 407/);
	});

	it("a challenge has a line for each algorithm, the best first", async () => {
		sip = await RawSip.open(node.server("tcp"));
		sip.send(
			request(sip, "INVITE", channelUri, {
				"Call-ID": "challenge-me",
				Contact: `<sip:raw-${sip.localPort}@127.0.0.1:${sip.localPort};transport=tcp>`,
			}),
		);
		const challenge = await sip.receive(/^SIP\/2\.0 407/);
		match(
			challenge,
			/Proxy-Authenticate: Digest [^\r]*SHA-256[^\r]*\r\nProxy-Authenticate: Digest [^\r]*MD5/i,
		);
	});

	it("OPTIONS is answered with what the service takes", async () => {
		sip = await RawSip.open(node.server("tcp"));
		sip.send(request(sip, "OPTIONS", channelUri, { "Call-ID": "options" }));
		const answer = await sip.receive(/^SIP\/2\.0 200/);
		match(header(answer, "Allow"), /INFO/);
	});

	it("a flood of wrong passwords is slowed down", async () => {
		const statuses: number[] = [];
		for (let i = 0; i < 14; i += 1) {
			const agent = await open("dave", `guess-${i}`);
			await agent.register().catch((error) => {
				if (error instanceof SipRefused) statuses.push(error.status);
			});
			await agent.close();
		}
		deepEqual(new Set(statuses.slice(0, 10)), new Set([407]));
		ok(statuses.slice(10).includes(403), `${statuses}`);
	});
});

function request(
	sip: RawSip,
	method: string,
	uri: string,
	headers: Readonly<Record<string, string>>,
): string {
	const callId = `${headers["Call-ID"]}-${sip.localPort}-${Date.now()}`;
	const all: Record<string, string> = {
		Via: `SIP/2.0/TCP 127.0.0.1:${sip.localPort};branch=z9hG4bK${callId}`,
		From: "<sip:alice@example.com>;tag=1",
		To: `<${uri}>`,
		CSeq: `1 ${method}`,
		"Max-Forwards": "70",
		...headers,
		"Call-ID": callId,
	};
	return [
		`${method} ${uri} SIP/2.0`,
		...Object.entries(all).map(([name, value]) => `${name}: ${value}`),
	].join("\n");
}

/** By digest, worked out here and not by our client. */
async function registerRaw(
	sip: RawSip,
	name: string,
	contact = `<sip:raw-${sip.localPort}@127.0.0.1:${sip.localPort};transport=tcp>`,
): Promise<string> {
	const md5 = (text: string) => createHash("md5").update(text).digest("hex");
	const send = (callId: string, more: Readonly<Record<string, string>>) =>
		sip.send(
			request(sip, "REGISTER", "sip:example.com", {
				"Call-ID": callId,
				From: `<sip:${name}@example.com>;tag=1`,
				To: `<sip:${name}@example.com>`,
				"User-Agent": "UCCAPI/4.0.0",
				Contact: contact,
				...more,
			}),
		);
	send("register-1", {});
	const challenge = await sip.receive(/^SIP\/2\.0 (407|200)/);
	const nonce = /nonce="([^"]+)"/.exec(challenge)?.[1] ?? "";
	const ha1 = md5(`${name}:example.com:${name}-pw`);
	const response = md5(`${ha1}:${nonce}:${md5("REGISTER:sip:example.com")}`);
	send("register-2", {
		"Proxy-Authorization": `Digest username="${name}", realm="example.com", nonce="${nonce}", uri="sip:example.com", response="${response}"`,
	});
	const answer = await sip.receive(/^SIP\/2\.0 (?!407|100)/);
	return answer.slice(8, 11);
}
