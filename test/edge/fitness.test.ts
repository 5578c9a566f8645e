import assert from "node:assert/strict";
import { createRequire } from "node:module";
import fc from "fast-check";
import { unfitness } from "../../edge/fitness.ts";
import {
	parseMessage,
	SipParseError,
	writeMessage,
} from "../../sip-stack/index.ts";
import { sip } from "../sip-stack/wire.ts";
import { closeEdges, edgeOf, type RawApp, rawApp, textOf } from "./edges.ts";
import { Ua } from "./ua.ts";

/** The message class of drachtio-srf, which its package does not export. */
interface SrfMessage {
	readonly type: string;
	get(name: string): string | undefined;
	getParsedHeader(name: string): { params?: { tag?: string } };
}
const SrfMessage = createRequire(import.meta.url)(
	"drachtio-srf/lib/sip-parser/message.js",
) as new (
	text: string,
) => SrfMessage;

const REQUEST = sip`
	INVITE sip:carol@example.com;user=phone SIP/2.0
	Via: SIP/2.0/TCP pc33.example.com:5060;branch=z9hG4bKhjhs8ass877;rport
	Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK2, SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK3
	Record-Route: <sip:p1.example.com;lr>, <sip:p2.example.com;lr>
	Route: <sip:p1.example.com;lr>
	Max-Forwards: 70
	To: "Carol, \\"C\\"" <sip:carol@example.com>;tag=abc
	From: Alice B <sip:alice@example.com>;tag=1928301774;epid=cf0b98
	Call-ID: a84b4c76e66710@192.0.2.1
	CSeq: 63104 INVITE
	Contact: <sip:alice@192.0.2.4:5060;transport=tcp>;methods="INVITE, MESSAGE";+sip.instance="<urn:uuid:1>"
	Authorization: Digest username="alice", realm="a, b", nc=00000001, qop=auth, uri="sip:x"
	P-Asserted-Identity: "Alice" <sip:alice@example.com>, <tel:+4930123>
	Content-Type: application/sdp
	Content-Length: *

	v=0
	o=a
`;
const parsedHeaders = [
	"to",
	"from",
	"contact",
	"route",
	"record-route",
	"path",
	"cseq",
	"via",
	"authorization",
	"proxy-authorization",
	"refer-to",
	"referred-by",
	"p-asserted-identity",
	"remote-party-id",
];

/** What the edge would hand on, or undefined. */
function accepted(bytes: Buffer): string | undefined {
	try {
		const message = parseMessage(bytes);
		return unfitness(message) === undefined
			? writeMessage(message).toString()
			: undefined;
	} catch (error) {
		assert(error instanceof SipParseError, `${error}`);
		return undefined;
	}
}

/** drachtio-srf reads all of it and sees the tags that the edge sees. */
function srfReads(bytes: Buffer): void {
	const text = accepted(bytes);
	if (text === undefined) return;
	const read = new SrfMessage(text);
	assert.notEqual(read.type, "unknown");
	for (const name of parsedHeaders)
		if (read.get(name) !== undefined) read.getParsedHeader(name);
	const message = parseMessage(bytes);
	const tag = (name: string) => read.getParsedHeader(name).params?.tag ?? "";
	assert.equal(tag("from"), message.fromTag);
	assert.equal(tag("to"), message.toTag);
	assert.equal(read.get("call-id"), message.callId);
}

describe("what applications are handed", () => {
	afterEach(closeEdges);

	it("is a request with every header in its usual form", () => {
		assert(accepted(Buffer.from(REQUEST)) !== undefined);
		srfReads(Buffer.from(REQUEST));
	});

	for (const [what, from, to] of [
		["a no-break space in the Request-URI", "sip:carol@", "sip:ca\u00a0rol@"],
		["a letter beyond ASCII in the Request-URI", "sip:carol@", "sip:cärol@"],
		["a control character in the Request-URI", "sip:carol@", "sip:ca\x01rol@"],
		["an escaped method", "INVITE", "IN%56ITE"],
		["an escaped header name", "Max-Forwards", "c%6fntact"],
		["a comma at the end of Contact", '1>"', '1>",'],
		["an empty part in Via", "z9hG4bK2,", "z9hG4bK2,,"],
		["a bar in Call-ID", "a84b4c76e66710@", "a84b|4c76@"],
		["a tag that is no token", "tag=1928301774", "tag=19/28"],
		["two tags", "epid=cf0b98", "tag=2"],
		["credentials without parameters", /Digest .*?\r/, "Digest\r"],
		["a line separator in a header", "Max-Forwards: 70", "Subject: a\u2028b"],
		["two Content-Types", "Max-Forwards: 70", "Content-Type: a/b"],
		["an Expires that is no number", "Max-Forwards: 70", "Expires: soon"],
	] as const) {
		it(`is no request with ${what}`, () => {
			const bytes = Buffer.from(REQUEST.replaceAll(new RegExp(from, "g"), to));
			assert.notEqual(bytes.toString(), REQUEST);
			assert.equal(accepted(bytes), undefined);
		});
	}

	it("is always readable for drachtio-srf", () => {
		const piece = fc.oneof(
			fc.constantFrom(
				...[",", ";", '"', "<", ">", "\\", "=", "|", "%", ":", "@", "*"],
				...[" ", "\t", "\r\n ", "\u00a0", "\u2028", "\u0085", "\ufeff", "ü"],
				...[";tag=x", ", ", '""', "\r\nTo: ", "\r\nContact: ", "__proto__"],
				...["SIP/2.0", "Via", "\x01", "\x7f", "[::1]", "sip:", "\r\nm: ,"],
			),
			fc.string({ maxLength: 6, unit: "binary" }),
		);
		const mangled = fc
			.tuple(fc.constant(REQUEST), fc.constant("SIP/2.0 200 Fine"))
			.chain(([request, status]) =>
				fc
					.array(
						fc.tuple(
							fc.nat(request.length),
							fc.nat(8),
							fc.array(piece, { maxLength: 4 }),
						),
						{ minLength: 1, maxLength: 3 },
					)
					.chain((changes) =>
						fc.boolean().map((asResponse) => {
							let text = asResponse ? request.replace(/^.*/, status) : request;
							for (const [at, cut, put] of changes)
								text = text.slice(0, at) + put.join("") + text.slice(at + cut);
							return text.replace(/Content-Length: .*\r\n/, "");
						}),
					),
			);
		fc.assert(
			fc.property(mangled, (text) => srfReads(Buffer.from(text))),
			{ numRuns: 20_000 },
		);
	});

	it("is judged quickly, whatever it is", () => {
		for (const piece of ["; ", ";=", ";a= ", ';a=""', ", ", "a ", "<a>,", '"'])
			for (const end of ["", "<", '"', "\u00a0"]) {
				const value = `${piece.repeat(8000 / piece.length)}${end}`;
				for (const name of [
					"From: ",
					"Contact: ",
					"Via: SIP/2.0/TCP a",
					"Authorization: a ",
				]) {
					const text = REQUEST.replace(
						"Max-Forwards: 70",
						`${name}${value}`,
					).replace(/^From: Al.*\r\n/m, "");
					const begun = performance.now();
					accepted(
						Buffer.from(
							name === "From: "
								? text
								: REQUEST.replace("Max-Forwards: 70", `${name}${value}`),
						),
					);
					assert(performance.now() - begun < 500, `${name}${piece}`);
				}
			}
	});

	it("is not the request with credentials that srf would print: it is answered 400", async () => {
		const edge = await edgeOf();
		const app: RawApp = await rawApp(edge, "options");
		for (const transport of ["udp", "tcp", "ws"] as const) {
			const ua = new Ua(await edge.peer(transport));
			const text = ua.text("OPTIONS");
			ua.peer.send(text.replace("sip:bob@", "sip:b\u00a0ob@"));
			await ua.peer.receive(/^SIP\/2.0 400/);
			const other = new Ua(await edge.peer(transport));
			other.peer.send(
				other.text("OPTIONS").replace(/^Contact: .*$/m, "Contact: <sip:a@b>,"),
			);
			await other.peer.receive(/^SIP\/2.0 400 malformed Contact/);
			const good = new Ua(await edge.peer(transport));
			good.send("OPTIONS");
			const frame = await app.receive(/\r\nOPTIONS /);
			assert(textOf(frame).includes(good.callId));
			assert.deepEqual(app.frames, []);
		}
	});
});
