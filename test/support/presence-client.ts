/** A client as far as presence goes: SUBSCRIBE and PUBLISH to itself, literal, over TCP; NOTIFYs are answered and kept. */
import { randomUUID } from "node:crypto";
import { bodyOf, header, RawSip } from "./raw-sip.ts";

export interface PresenceClient {
	readonly sip: RawSip;
	/** The answer to a request outside dialogs. */
	ask(method: string, uri: string): Promise<string>;
	/** The answer to a PUBLISH with this body. */
	publish(
		body: string,
		headers?: Readonly<Record<string, string>>,
	): Promise<string>;
	/** The answer to a SUBSCRIBE; within the subscription, when there is one. */
	subscribe(
		expires: number,
		headers?: Readonly<Record<string, string>>,
	): Promise<string>;
	/** A chat dialog, in place of a subscription; the answer to its INVITE. */
	invite(uri: string): Promise<string>;
	/** A request in the subscription or chat dialog. */
	inDialog(
		method: string,
		headers?: Readonly<Record<string, string>>,
		body?: string,
	): Promise<string>;
	/** The next NOTIFY, answered 200 or as told. */
	notified(statusLine?: string): Promise<string>;
	close(): void;
}

export async function presenceClient(
	server: string,
	name: string,
): Promise<PresenceClient> {
	const sip = await RawSip.open(server);
	const device = randomUUID();
	const address = `sip:${name}@example.com`;
	const contact = `<sip:${name}-${sip.localPort}@127.0.0.1:${sip.localPort};transport=tcp>`;
	let dialog: { callId: string; to: string; target: string } | undefined;
	let cseq = 0;

	async function ask(
		method: string,
		uri: string,
		headers: Readonly<Record<string, string>> = {},
		body = "",
	): Promise<string> {
		cseq += 1;
		const all: Record<string, string> = {
			Via: `SIP/2.0/TCP 127.0.0.1:${sip.localPort};branch=z9hG4bK${randomUUID()}`,
			From: `<${address}>;tag=${device.slice(0, 8)};epid=${device.slice(-12)}`,
			To: `<${address}>`,
			"Call-ID": randomUUID(),
			CSeq: `${cseq} ${method}`,
			"Max-Forwards": "70",
			Contact: contact,
			...headers,
		};
		const lines = Object.entries(all)
			.filter(([, value]) => value !== "")
			.map(([key, value]) => `${key}: ${value}`);
		sip.send([`${method} ${uri} SIP/2.0`, ...lines].join("\n"), body);
		const { "Call-ID": callId } = all;
		return sip.receive(
			new RegExp(
				`^SIP/2\\.0 [2-6](?=[\\s\\S]*Call-ID: ${callId})(?=[\\s\\S]*CSeq: ${cseq} )`,
				"i",
			),
		);
	}

	async function inDialog(
		method: string,
		headers: Readonly<Record<string, string>> = {},
		body = "",
	): Promise<string> {
		if (dialog === undefined) throw new Error("not subscribed");
		const { callId, to, target } = dialog;
		const named = { "Call-ID": callId, To: to, ...headers };
		return ask(method, target, named, body);
	}

	function begin(answer: string): string {
		if (/^SIP\/2\.0 20/.test(answer)) {
			dialog = {
				callId: header(answer, "Call-ID"),
				to: header(answer, "To"),
				target: /<([^>]+)>/.exec(header(answer, "Contact"))?.[1] ?? address,
			};
		}
		return answer;
	}

	return {
		sip,
		ask,
		inDialog,
		publish: (body, headers = {}) =>
			ask(
				"PUBLISH",
				address,
				{
					"Content-Type": "application/msrtc-category-publish+xml",
					...headers,
				},
				body,
			),
		async subscribe(expires, headers = {}) {
			const all = {
				Event: "vnd-microsoft-roaming-self",
				Expires: String(expires),
				...headers,
			};
			if (dialog !== undefined) return inDialog("SUBSCRIBE", all);
			return begin(await ask("SUBSCRIBE", address, all));
		},
		async invite(uri) {
			const answer = begin(await ask("INVITE", uri, { To: `<${uri}>` }));
			sip.send(`ACK ${dialog?.target} SIP/2.0
Via: SIP/2.0/TCP 127.0.0.1:${sip.localPort};branch=z9hG4bK${randomUUID()}
From: ${header(answer, "From")}
To: ${header(answer, "To")}
Call-ID: ${header(answer, "Call-ID")}
CSeq: ${cseq} ACK
Max-Forwards: 70`);
			return answer;
		},
		async notified(statusLine = "200 OK") {
			const notify = await sip.receive(/^NOTIFY /);
			sip.answer(notify, statusLine);
			return notify;
		},
		close: () => sip.close(),
	};
}

/** `<publish>` of these `<publication>`s. */
export function publishOf(name: string, ...publications: string[]): string {
	return `<publish xmlns="http://schemas.microsoft.com/2006/09/sip/rich-presence"><publications uri="sip:${name}@example.com">${publications.join("\n")}</publications></publish>`;
}

/** The categories of a document, without the times: they cannot be known before. */
export function categoriesOf(message: string): string {
	return bodyOf(message)
		.replace(/ publishTime="[^"]*"/g, "")
		.replace(/>\n</g, "><")
		.replace(/^.*<categories[^>]*?(\/>|>)/s, "")
		.replace(/<\/categories>.*$|<\/roamingData>$/s, "");
}
