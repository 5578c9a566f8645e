/** An ordinary SIP phone over TCP: registers with its password, writes to rooms by MESSAGE, takes what is sent to it. */
import { createHash, randomUUID } from "node:crypto";
import type { ChatNode } from "./chat-node.ts";
import { bodyOf, RawSip } from "./raw-sip.ts";

const md5 = (text: string) => createHash("md5").update(text).digest("hex");

export interface Written {
	readonly type?: string;
	readonly callId?: string;
	readonly cseq?: number;
	/** Instead of `sip:room.<room>@example.com`. */
	readonly uri?: string;
	readonly headers?: readonly string[];
}

export interface Phone {
	readonly sip: RawSip;
	readonly contact: string;
	/** The answer. */
	register(expires?: number): Promise<string>;
	/** To `sip:room.<room>@example.com`; the answer. */
	write(room: string, body: string | Buffer, more?: Written): Promise<string>;
	/** The next MESSAGE that is sent to it, answered 200 or as told. */
	taken(statusLine?: string): Promise<string>;
	/** The body of that. */
	told(statusLine?: string): Promise<string>;
	close(): void;
}

/** Registered already. */
export async function openPhone(
	node: Pick<ChatNode, "server">,
	name: string,
): Promise<Phone> {
	const phone = await unregisteredPhone(node, name);
	await phone.register();
	return phone;
}

export async function unregisteredPhone(
	node: Pick<ChatNode, "server">,
	name: string,
): Promise<Phone> {
	const sip = await RawSip.open(node.server("tcp"));
	const address = `sip:${name}@example.com`;
	const contact = `sip:${name}-${sip.localPort}@127.0.0.1:${sip.localPort};transport=tcp`;

	async function ask(
		method: string,
		uri: string,
		lines: readonly string[],
		body: string | Buffer,
		{ callId = randomUUID(), cseq = 1 }: Written = {},
	): Promise<string> {
		const send = (more: readonly string[]) => {
			const branch = `z9hG4bK${randomUUID()}`;
			const to = method === "REGISTER" ? address : uri;
			sip.send(
				[
					`${method} ${uri} SIP/2.0`,
					`Via: SIP/2.0/TCP 127.0.0.1:${sip.localPort};branch=${branch}`,
					`From: <${address}>;tag=1`,
					`To: <${to}>`,
					`Call-ID: ${callId}`,
					`CSeq: ${cseq} ${method}`,
					"Max-Forwards: 70",
					"User-Agent: UCCAPI/4.0.0",
					...lines,
					...more,
				].join("\n"),
				body,
			);
			return sip.receive(new RegExp(`^SIP/2.0 [2-6][^]*${branch}`));
		};
		const first = await send([]);
		if (!first.startsWith("SIP/2.0 407")) return first;
		const nonce = /nonce="([^"]+)"/.exec(first)?.[1] ?? "";
		const ha1 = md5(`${name}:example.com:${name}-pw`);
		const response = md5(`${ha1}:${nonce}:${md5(`${method}:${uri}`)}`);
		return send([
			`Proxy-Authorization: Digest username="${name}", realm="example.com", nonce="${nonce}", uri="${uri}", response="${response}"`,
		]);
	}

	async function taken(statusLine = "200 OK"): Promise<string> {
		const message = await sip.receive(/^MESSAGE /);
		sip.answer(message, statusLine);
		return message;
	}

	return {
		sip,
		contact,
		register: (expires = 600) =>
			ask(
				"REGISTER",
				"sip:example.com",
				[`Contact: <${contact}>`, `Expires: ${expires}`],
				"",
			),
		write: (room, body, { type = "text/plain", headers = [], ...more } = {}) =>
			ask(
				"MESSAGE",
				more.uri ?? `sip:room.${room}@example.com`,
				[`Content-Type: ${type}`, ...headers],
				body,
				more,
			),
		taken,
		told: async (statusLine) => bodyOf(await taken(statusLine)),
		close: () => sip.close(),
	};
}
