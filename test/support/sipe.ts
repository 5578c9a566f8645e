/** pidgin-sipe 1.25.0 as it is: its requests to the letter, with its quirks (no Via branch in dialogs, `uri="(null)"`, no ACK for a 407). */
import { equal } from "node:assert/strict";
import { createHash } from "node:crypto";
import { header, type RawSip } from "./raw-sip.ts";

const md5 = (text: string) => createHash("md5").update(text).digest("hex");

export class Sipe {
	readonly name: string;
	readonly sip: RawSip;
	#cseq = 1;
	#dialogs = 0;
	#dialog = { target: "", to: "", callId: "", fromTag: "", routes: "" };
	readonly #supported: string;

	/** `supported`: what its INVITE says instead of what the real one does. */
	constructor(name: string, sip: RawSip, supported = "ms-sender") {
		this.name = name;
		this.sip = sip;
		this.#supported = supported;
	}

	get #address(): string {
		return `sip:${this.name}@example.com`;
	}

	/** The CSeq of the next request in its dialog. */
	get nextNumber(): number {
		return this.#cseq + 1;
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
		this.sip.send(request(credentials(this.name, challenge, "REGISTER")));
		return this.sip.receive(/^SIP\/2\.0 200/);
	}

	/** Sent bare; where it is challenged, again with the same CSeq, branch and Call-ID, and without an ACK. */
	async #opening(
		method: "SUBSCRIBE" | "INVITE",
		head: string,
		body: string,
	): Promise<string> {
		this.sip.send(head, body);
		const final = (status: string) =>
			new RegExp(`^SIP/2\\.0 (${status})[\\s\\S]*CSeq: 1 ${method}`, "i");
		const answer = await this.sip.receive(final("200|407"));
		if (!answer.startsWith("SIP/2.0 407")) return answer;
		this.sip.send(`${head}${credentials(this.name, answer, method)}`, body);
		return this.sip.receive(final("200"));
	}

	async subscribe(): Promise<string> {
		const port = this.sip.localPort;
		return this.#opening(
			"SUBSCRIBE",
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
	}

	async invite(uri: string): Promise<string> {
		const port = this.sip.localPort;
		const callId = `7F82g1287aB75DiE1D9mC952t${uri.length}x${port}n${++this.#dialogs}`;
		const fromTag = `29232217${uri.length}`;
		const answer = await this.#opening(
			"INVITE",
			`INVITE ${uri} SIP/2.0
Via: SIP/2.0/tcp 127.0.0.1:${port}
From: <${this.#address}>;tag=${fromTag};epid=6a5dd544d8bb
To: <${uri}>
Max-Forwards: 70
CSeq: 1 INVITE
User-Agent: Purple/2.14.12 Sipe/1.25.0 (linux-x86_64; )
Call-ID: ${callId}
Supported: ${this.#supported}
Contact: <${this.#address}:${port};maddr=127.0.0.1;transport=tcp>;proxy=replace
Content-Type: application/sdp`,
			"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=message 5071 sip null\r\na=accept-types:text/plain text/html image/gif application/im-iscomposing+xml application/ms-imdn+xml text/x-msmsgsinvite\r\n",
		);
		const target = /<([^>]+)>/.exec(header(answer, "Contact"))?.[1] ?? uri;
		const routes = [...answer.matchAll(/^Record-Route:(.*)$/gim)]
			.flatMap(([, values = ""]) => values.split(","))
			.reverse()
			.map((route) => `\nRoute: ${route.trim()}`)
			.join("");
		this.#dialog = {
			target,
			to: header(answer, "To"),
			callId,
			fromTag,
			routes,
		};
		this.#cseq = 1;
		this.request("ACK");
		return answer;
	}

	/** `alter`: what becomes of the headers before they are sent. */
	request(
		method: string,
		body?: string,
		alter: (head: string) => string = (head) => head,
	): void {
		const { target, to, callId, fromTag, routes } = this.#dialog;
		if (method !== "ACK") this.#cseq += 1;
		const head = `${method} ${target} SIP/2.0
Via: SIP/2.0/tcp 127.0.0.1:${this.sip.localPort}
From: <${this.#address}>;tag=${fromTag};epid=6a5dd544d8bb
To: ${to}${routes}
Max-Forwards: 70
CSeq: ${this.#cseq} ${method}
User-Agent: Purple/2.14.12 Sipe/1.25.0 (linux-x86_64; )
Call-ID: ${callId}${body === undefined ? "" : "\nContent-Type: text/plain"}`;
		this.sip.send(alter(head), body);
	}

	/** The same dialog, spoken in over another connection. */
	over(sip: RawSip): Sipe {
		const other = new Sipe(this.name, sip);
		other.#dialog = this.#dialog;
		other.#cseq = this.#cseq;
		return other;
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

	/** From the pool to the channel, as at every beginning; asks for no room. */
	async begin(): Promise<void> {
		await this.invite("sip:persistentchat@example.com");
		await this.asks(
			'<xccos ver="1" envid="482200761" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:requri" seqid="1"><data/></cmd></xccos>',
		);
		this.request("BYE");
		await this.sip.receive(/^SIP\/2\.0 200[\s\S]*CSeq: \d+ BYE/i);
		await this.invite("sip:GC-1-PersistentChatService-1@example.com");
	}

	/** The question that follows every beginning. */
	async getsInvitations(): Promise<void> {
		await this.asks(
			'<xccos ver="1" envid="482200762" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:getinv" seqid="1"><data><inv inviteId="1" domain="example.com"/></data></cmd></xccos>',
		);
	}

	async join(room: string): Promise<string> {
		return this.asks(
			`<xccos ver="1" envid="482200764" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:join" seqid="1"><data><chanid key="0" domain="example.com" value="${room}"/></data></cmd></xccos>`,
		);
	}

	async bye(): Promise<void> {
		this.request("BYE");
		await this.sip.receive(/^SIP\/2\.0 200[\s\S]*CSeq: \d+ BYE/i);
	}

	/** The next INFO, refused: the client does not know the dialog. */
	async disowns(): Promise<string> {
		const info = await this.sip.receive(/^INFO /);
		this.sip.answer(info, "481 Call Leg/Transaction Does Not Exist");
		const bye = await this.sip.receive(/^BYE /);
		this.sip.answer(bye, "481 Call Leg/Transaction Does Not Exist");
		return info;
	}
}

/** The line that answers a challenge, its sum always made over a URI that was not known. */
export function credentials(
	name: string,
	challenge: string,
	method: string,
): string {
	const offered = header(challenge, "Proxy-Authenticate");
	const [, realm = ""] = /realm="([^"]+)"/.exec(offered) ?? [];
	const [, nonce = ""] = /nonce="([^"]+)"/.exec(offered) ?? [];
	equal(/algorithm=(?!MD5)/.test(offered), false, "pidgin-sipe knows MD5 only");
	const user = `${name}@example.com`;
	const ha1 = md5(`${user}:${realm}:${name}-pw`);
	const response = md5(
		`${ha1}:${nonce}:00000001:fe9a:auth:${md5(`${method}:(null)`)}`,
	);
	return `\nProxy-Authorization: Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="(null)", response="${response}", algorithm=MD5, cnonce="fe9a", qop=auth, nc=00000001`;
}
