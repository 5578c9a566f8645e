/** pidgin-sipe 1.25.0 as it is: its requests to the letter, with its quirks (no Via branch in dialogs, `uri="(null)"`, no ACK for a 407). */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { bodyOf, header, RawSip } from "../support/raw-sip.ts";

const md5 = (text: string) => createHash("md5").update(text).digest("hex");
const lobby = "ma-chan://example.com/00000000-0000-4000-8000-000000000001";

class Sipe {
	readonly name: string;
	readonly sip: RawSip;
	#cseq = 1;
	#dialog = { target: "", to: "", callId: "", fromTag: "" };

	constructor(name: string, sip: RawSip) {
		this.name = name;
		this.sip = sip;
	}

	get #address(): string {
		return `sip:${this.name}@example.com`;
	}

	async register(): Promise<string> {
		const port = this.sip.localPort;
		const request = (credentials: string) => `REGISTER sip:example.com SIP/2.0
Via: SIP/2.0/tcp 127.0.0.1:${port};branch=z9hG4bK43A26CBC924F3ADDFB43${port}
From: <${this.#address}>;tag=4906632793;epid=cf0b98dadeb9
To: <${this.#address}>
Max-Forwards: 70
CSeq: 1 REGISTER
User-Agent: Purple/2.14.12 Sipe/1.25.0 (linux-x86_64; )
Call-ID: 1F6EgEFCBa9E35iC6D0m0388t48EDb4A6Ex${port}
Contact: <sip:127.0.0.1:${port};transport=tcp;ms-opaque=d3470f2e1d>;methods="INVITE, MESSAGE, INFO, SUBSCRIBE, OPTIONS, BYE, CANCEL, NOTIFY, ACK, REFER, BENOTIFY";proxy=replace;+sip.instance="<urn:uuid:b7878522-d7fe-5c33-b30d-265f6618ae78>"
Supported: gruu-10, adhoclist, msrtc-event-categories, com.microsoft.msrtc.presence
Event: registration
Allow-Events: presence
ms-keep-alive: UAC;hop-hop=yes${credentials}`;
		this.sip.send(request(""));
		const challenge = await this.sip.receive(/^SIP\/2\.0 407/);
		const offered = header(challenge, "Proxy-Authenticate");
		const [, realm = ""] = /realm="([^"]+)"/.exec(offered) ?? [];
		const [, nonce = ""] = /nonce="([^"]+)"/.exec(offered) ?? [];
		match(offered, /algorithm=MD5/);
		const user = `${this.name}@example.com`;
		const ha1 = md5(`${user}:${realm}:${this.name}-pw`);
		const response = md5(
			`${ha1}:${nonce}:00000001:fe9a:auth:${md5("REGISTER:(null)")}`,
		);
		this.sip.send(
			request(
				`\nProxy-Authorization: Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="(null)", response="${response}", algorithm=MD5, cnonce="fe9a", qop=auth, nc=00000001`,
			),
		);
		return this.sip.receive(/^SIP\/2\.0 200/);
	}

	async subscribe(): Promise<string> {
		const port = this.sip.localPort;
		this.sip.send(
			`SUBSCRIBE ${this.#address} SIP/2.0
Via: SIP/2.0/tcp 127.0.0.1:${port};branch=z9hG4bK17A5B567F98709E40F${port}
From: <${this.#address}>;tag=5843047454;epid=cf0b98dadeb9
To: <${this.#address}>
Max-Forwards: 70
CSeq: 1 SUBSCRIBE
User-Agent: Purple/2.14.12 Sipe/1.25.0 (linux-x86_64; )
Call-ID: EE0Dg7779a5464i5FA8m9D83t9DA9b4935x${port}
Event: vnd-microsoft-provisioning-v2
Accept: application/vnd-microsoft-roaming-provisioning-v2+xml
Supported: com.microsoft.autoextend
Supported: ms-benotify
Proxy-Require: ms-benotify
Supported: ms-piggyback-first-notify
Expires: 0
Content-Type: application/vnd-microsoft-roaming-provisioning-v2+xml
Contact: <${this.#address}:${port};maddr=127.0.0.1;transport=tcp>;proxy=replace`,
			'<provisioningGroupList xmlns="http://schemas.microsoft.com/2006/09/sip/provisioninggrouplist"> <provisioningGroup name="ServerConfiguration"/> <provisioningGroup name="meetingPolicy"/> <provisioningGroup name="persistentChatConfiguration"/> <provisioningGroup name="ucPolicy"/></provisioningGroupList>',
		);
		return this.sip.receive(/^SIP\/2\.0 200[\s\S]*CSeq: 1 SUBSCRIBE/i);
	}

	async invite(uri: string): Promise<string> {
		const port = this.sip.localPort;
		const callId = `7F82g1287aB75DiE1D9mC952t${uri.length}x${port}`;
		const fromTag = `29232217${uri.length}`;
		this.sip.send(
			`INVITE ${uri} SIP/2.0
Via: SIP/2.0/tcp 127.0.0.1:${port}
From: <${this.#address}>;tag=${fromTag};epid=6a5dd544d8bb
To: <${uri}>
Max-Forwards: 70
CSeq: 1 INVITE
User-Agent: Purple/2.14.12 Sipe/1.25.0 (linux-x86_64; )
Call-ID: ${callId}
Supported: ms-sender
Contact: <${this.#address}:${port};maddr=127.0.0.1;transport=tcp>;proxy=replace
Content-Type: application/sdp`,
			"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=message 5071 sip null\r\na=accept-types:text/plain text/html image/gif application/im-iscomposing+xml application/ms-imdn+xml text/x-msmsgsinvite\r\n",
		);
		const answer = await this.sip.receive(
			/^SIP\/2\.0 200[\s\S]*CSeq: 1 INVITE/i,
		);
		const target = /<([^>]+)>/.exec(header(answer, "Contact"))?.[1] ?? uri;
		this.#dialog = { target, to: header(answer, "To"), callId, fromTag };
		this.#cseq = 1;
		this.request("ACK");
		return answer;
	}

	request(method: string, body?: string): void {
		const { target, to, callId, fromTag } = this.#dialog;
		if (method !== "ACK") this.#cseq += 1;
		this.sip.send(
			`${method} ${target} SIP/2.0
Via: SIP/2.0/tcp 127.0.0.1:${this.sip.localPort}
From: <${this.#address}>;tag=${fromTag};epid=6a5dd544d8bb
To: ${to}
Max-Forwards: 70
CSeq: ${this.#cseq} ${method}
User-Agent: Purple/2.14.12 Sipe/1.25.0 (linux-x86_64; )
Call-ID: ${callId}${body === undefined ? "" : "\nContent-Type: text/plain"}`,
			body,
		);
	}

	/** An INFO, its 200, and the INFO that answers it. */
	async asks(body: string): Promise<string> {
		await this.tells(body);
		return this.hears();
	}

	async tells(body: string): Promise<void> {
		this.request("INFO", body);
		const pattern = new RegExp(
			`^SIP/2\\.0 200[\\s\\S]*CSeq: ${this.#cseq} INFO`,
			"i",
		);
		await this.sip.receive(pattern);
	}

	async hears(): Promise<string> {
		const info = await this.sip.receive(/^INFO /);
		equal(header(info, "Call-ID"), this.#dialog.callId);
		this.sip.answer(info, "200 OK");
		return info;
	}
}

describe("pidgin-sipe", () => {
	let node: ChatNode;
	const open: RawSip[] = [];

	before(async () => {
		node = await startChatNode();
	});
	after(async () => {
		for (const sip of open) sip.close();
		await node.close();
	});

	async function signIn(name: string): Promise<Sipe> {
		const sip = await RawSip.open(node.server("tcp"));
		open.push(sip);
		return new Sipe(name, sip);
	}

	it("signs in, finds rooms, joins, talks, reads history and leaves", async () => {
		const alice = await signIn("alice");
		const registered = await alice.register();
		equal(header(registered, "Expires"), "3600");
		equal(header(registered, "Supported"), "msrtc-event-categories");
		equal(header(registered, "Allow-Events"), "vnd-microsoft-provisioning-v2");

		const provisioned = await alice.subscribe();
		equal(header(provisioned, "ms-piggyback-cseq"), "1");
		equal(header(provisioned, "Event"), "vnd-microsoft-provisioning-v2");
		match(
			bodyOf(provisioned),
			/<property name="EnablePersistentChat">true<\/property><property name="DefaultPersistentChatPoolUri">sip:persistentchat@example\.com<\/property>/,
		);

		const pool = await alice.invite("sip:persistentchat@example.com");
		const told = alice.sip.waiting.filter((text) => /^(BE)?NOTIFY /.test(text));
		deepEqual(told, [], "the document came twice");
		match(header(pool, "Session-Expires"), /^720;refresher=uac$/);
		match(bodyOf(pool), /^m=message 5071 sip null\r$/m);
		const where = await alice.asks(
			'<xccos ver="1" envid="482200761" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:requri" seqid="1"><data/></cmd></xccos>',
		);
		match(header(where, "From"), /^<sip:persistentchat@example\.com>;tag=/i);
		match(header(where, "Content-Type"), /^text\/plain$/);
		const uri = /<uib uri="([^"]+)"/.exec(bodyOf(where))?.[1] ?? "";
		equal(uri, "sip:GC-1-PersistentChatService-1@example.com");
		alice.request("BYE");
		await alice.sip.receive(/^SIP\/2\.0 200[\s\S]*CSeq: 3 BYE/i);

		await alice.invite(uri);
		const invitations = await alice.asks(
			'<xccos ver="1" envid="482200762" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:getinv" seqid="1"><data><inv inviteId="1" domain="example.com"/></data></cmd></xccos>',
		);
		match(
			header(invitations, "From"),
			/^<sip:GC-1-PersistentChatService-1@example\.com>;tag=/i,
		);
		match(bodyOf(invitations), /rpl:getinv/);
		const rooms = await alice.asks(
			'<xccos ver="1" envid="482200763" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:chansrch" seqid="1"><data><qib qtype="BYNAME" criteria="" extended="false"/></data></cmd></xccos>',
		);
		match(bodyOf(rooms), /name="Lobby"/);
		ok(!bodyOf(rooms).includes("Board"));
		const joined = await alice.asks(
			'<xccos ver="1" envid="482200764" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:join" seqid="1"><data><chanid key="0" domain="example.com" value="00000000-0000-4000-8000-000000000001"/></data></cmd></xccos>',
		);
		match(bodyOf(joined), /<aib key="3984" value="0"\/>/);
		await alice.tells(
			`<xccos ver="1" envid="482200765" xmlns="urn:parlano:xml:ns:xccos"><grpchat id="grpchat" seqid="1" chanUri="${lobby}" author="sip:alice@example.com" ts="2026-11-22T10:02:46Z"><chat>hello &lt;alice&gt; &amp; &quot;all&quot;\r\nsecond line</chat></grpchat></xccos>`,
		);
		match(
			bodyOf(await alice.hears()),
			/<chat>hello &lt;alice&gt; &amp; "all"\nsecond line<\/chat>/,
		);
		const history = await alice.asks(
			`<xccos ver="1" envid="482200768" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:bccontext" seqid="1"><data><chanib uri="${lobby}"/><bcq><last cnt="25"/></bcq></data></cmd></xccos>`,
		);
		match(bodyOf(history), /<msg id="grpchat" .*chatId="1"/);
		const parted = await alice.asks(
			`<xccos ver="1" envid="482200769" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:part" seqid="1"><data><chanib uri="${lobby}"/></data></cmd></xccos>`,
		);
		match(bodyOf(parted), new RegExp(`<chanib uri="${lobby}"/>`));

		alice.request("UPDATE");
		const refreshed = await alice.sip.receive(/^SIP\/2\.0 200[\s\S]*UPDATE/i);
		match(header(refreshed, "Session-Expires"), /^720/);
		alice.request("BYE");
		await alice.sip.receive(/^SIP\/2\.0 200[\s\S]*BYE/i);
	});

	it("after a crash, its new dialog takes the place of the old one", async () => {
		const first = await signIn("bob");
		await first.register();
		await first.invite("sip:GC-1-PersistentChatService-1@example.com");
		await first.asks(
			'<xccos ver="1" envid="1" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:join" seqid="1"><data><chanid key="0" domain="example.com" value="00000000-0000-4000-8000-000000000001"/></data></cmd></xccos>',
		);
		const second = await signIn("bob");
		await second.register();
		await second.invite("sip:GC-1-PersistentChatService-1@example.com");
		const bye = await first.sip.receive(/^BYE /);
		first.sip.answer(bye, "481 Call/Transaction Does Not Exist");
		const joined = await second.asks(
			'<xccos ver="1" envid="1" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:join" seqid="1"><data><chanid key="0" domain="example.com" value="00000000-0000-4000-8000-000000000001"/></data></cmd></xccos>',
		);
		match(bodyOf(joined), /ma:info:ucnt">1</);
		second.request("BYE");
		await second.sip.receive(/^SIP\/2\.0 200[\s\S]*BYE/i);
	});
});
