import assert from "node:assert/strict";
import fc from "fast-check";
import {
	parseMessage,
	SipParseError,
	SipRequest,
	writeMessage,
} from "../../sip-stack/index.ts";
import { sip } from "./wire.ts";

const OPTIONS = sip`
	OPTIONS sip:carol@example.com SIP/2.0
	Via: SIP/2.0/TCP pc33.example.com;branch=z9hG4bKhjhs8ass877
	Max-Forwards: 70
	To: <sip:carol@example.com>
	From: Alice <sip:alice@example.com>;tag=1928301774
	Call-ID: a84b4c76e66710
	CSeq: 63104 OPTIONS
	Content-Length: 0

`;

/** The request above with one line replaced, or left out. */
function changed(line: RegExp, replacement: string): Buffer {
	const text = OPTIONS.replace(line, replacement).replace(/^\r\n/m, "\r\n");
	return Buffer.from(text.replace("\r\n\r\nFrom", "\r\nFrom"));
}

function fault(bytes: Buffer): SipParseError {
	try {
		parseMessage(bytes);
	} catch (error) {
		assert(error instanceof SipParseError, `${error}`);
		return error;
	}
	assert.fail("nothing was thrown");
}

describe("the SIP parser", () => {
	it("reads a request's line, headers and body", () => {
		const message = parseMessage(
			Buffer.from(
				OPTIONS.replace(
					"Content-Length: 0\r\n\r\n",
					"Content-Length: 5\r\n\r\nhéy and more",
				),
			),
		);
		assert(message instanceof SipRequest);
		assert.equal(message.method, "OPTIONS");
		assert.equal(message.uri, "sip:carol@example.com");
		assert.equal(message.fromTag, "1928301774");
		assert.deepEqual(message.cseq, { number: 63104, method: "OPTIONS" });
		assert.equal(message.via?.params.get("branch"), "z9hG4bKhjhs8ass877");
		assert.equal(message.body.toString(), "héy ");
	});

	it("reads compact and oddly spelled names and writes long ones", () => {
		const message = parseMessage(
			Buffer.from(
				"INVITE sip:b@c SIP/2.0\r\nv:SIP/2.0/UDP a:1;branch=z9hG4bK1\r\nf : <sip:a@b>;tag=1\r\nt:<sip:b@c>\r\ni: x\r\nCSEQ:   7   INVITE\r\nm: <sip:a@a:1>\r\nk: timer\r\nl:0\r\n\r\n",
			),
		);
		assert.equal(message.headers.get("contact"), "<sip:a@a:1>");
		assert.equal(message.cseq?.number, 7);
		const text = writeMessage(message).toString();
		assert.match(text, /^Via: SIP/m);
		assert.match(text, /^Supported: timer\r$/m);
		assert.doesNotMatch(text, /^[a-z] ?:/m);
	});

	it("joins folded lines", () => {
		const message = parseMessage(
			changed(/Max-Forwards: 70/, "Subject: one\r\n two\r\n\tthree"),
		);
		assert.equal(message.headers.get("subject"), "one two three");
	});

	it("keeps several lines of one header apart and in order", () => {
		const message = parseMessage(
			changed(/Max-Forwards: 70/, "X-A: 1\r\nx-b: 2\r\nX-A: 3"),
		);
		assert.deepEqual(message.headers.getAll("x-a"), ["1", "3"]);
		assert.deepEqual([...message.headers].map(({ name }) => name).slice(1, 4), [
			"X-A",
			"x-b",
			"X-A",
		]);
	});

	for (const [what, line, replacement, status] of [
		["without Via", /^Via: .*\r\n/m, "", 400],
		["without From", /^From: .*\r\n/m, "", 400],
		["without To", /^To: .*\r\n/m, "", 400],
		["without Call-ID", /^Call-ID: .*\r\n/m, "", 400],
		["without CSeq", /^CSeq: .*\r\n/m, "", 400],
		[
			"with two Call-IDs",
			/^Call-ID: .*\r\n/m,
			"Call-ID: a\r\nCall-ID: b\r\n",
			400,
		],
		["with a CSeq of another method", /63104 OPTIONS/, "63104 INFO", 400],
		["with a CSeq beyond 32 bits", /63104/, "4294967296", 400],
		["with a malformed From", /Alice <sip:/, "Alice <<sip:", 400],
		["with an open quote in To", /<sip:carol/, '"<sip:carol', 400],
		["with a Via of another protocol", /Via: SIP\/2.0/, "Via: HTTP/1.1", 400],
		[
			"with a header that has no colon",
			/Max-Forwards: 70/,
			"Max-Forwards 70",
			400,
		],
		[
			"with a header name that is no token",
			/Max-Forwards/,
			"Max Forwards",
			400,
		],
		["with a bare line feed", /Max-Forwards: 70/, "X: a\nb", 400],
		["with a bare carriage return", /Max-Forwards: 70/, "X: a\rb", 400],
		["with a NUL byte", /Max-Forwards: 70/, "X: a\0b", 400],
		[
			"with a Request-URI that is none",
			/sip:carol@example.com SIP/,
			"carol SIP",
			400,
		],
		[
			"with a negative Content-Length",
			/Content-Length: 0/,
			"Content-Length: -1",
			400,
		],
		[
			"with more Content-Length than bytes",
			/Content-Length: 0/,
			"Content-Length: 1",
			400,
		],
		[
			"with two different Content-Lengths",
			/Content-Length: 0/,
			"Content-Length: 0\r\nl: 1",
			400,
		],
		["of version 3", /SIP\/2\.0\r\nVia/, "SIP/3.0\r\nVia", 505],
	] as const) {
		it(`refuses a request ${what} with ${status}`, () => {
			assert.equal(fault(changed(line, replacement)).status, status);
		});
	}

	it("still knows whom to answer when a request is faulty", () => {
		const { request } = fault(changed(/^CSeq: .*\r\n/m, ""));
		assert.equal(request?.via?.host, "pc33.example.com");
		assert.equal(request?.callId, "a84b4c76e66710");
	});

	it("takes a line of 8192 bytes and refuses one of 8193, in head and body", () => {
		const fits = `X-A: ${"a".repeat(8192 - 5)}`;
		parseMessage(changed(/Max-Forwards: 70/, fits));
		assert.equal(fault(changed(/Max-Forwards: 70/, `${fits}a`)).status, 400);
		const withBody = (body: string) =>
			Buffer.from(
				OPTIONS.replace(
					"Content-Length: 0\r\n\r\n",
					`Content-Length: ${body.length}\r\n\r\n${body}`,
				),
			);
		parseMessage(withBody(`x\r\n${"a".repeat(8192)}\r\n`));
		assert.equal(fault(withBody(`x\r\n${"a".repeat(8193)}\r\n`)).status, 400);
	});

	it("refuses more than 500 headers", () => {
		const many = "X-A: 1\r\n".repeat(500);
		assert.equal(
			fault(changed(/Max-Forwards: 70\r\n/, many)).message,
			"too many headers",
		);
	});

	it("survives any bytes: a message or a SipParseError", () => {
		const mangled = fc
			.tuple(
				fc.nat(OPTIONS.length),
				fc.nat(20),
				fc.uint8Array({ maxLength: 12 }),
			)
			.map(([at, cut, put]) =>
				Buffer.concat([
					Buffer.from(OPTIONS.slice(0, at)),
					put,
					Buffer.from(OPTIONS.slice(at + cut)),
				]),
			);
		const any = fc.uint8Array({ maxLength: 400 }).map((a) => Buffer.from(a));
		fc.assert(
			fc.property(fc.oneof(mangled, any), (bytes) => {
				try {
					writeMessage(parseMessage(bytes));
				} catch (error) {
					assert(error instanceof SipParseError, `${error}`);
				}
			}),
			{ numRuns: 3000 },
		);
	});

	it("reads again what it has written", () => {
		const word = fc.stringMatching(/^[A-Za-z0-9.!%*_+~-]{1,20}$/);
		fc.assert(
			fc.property(
				word,
				word,
				fc.string({ maxLength: 60 }),
				(name, value, body) => {
					const first = parseMessage(
						changed(/Max-Forwards: 70/, `X-${name}: ${value}`),
					);
					first.body = Buffer.from(body.replaceAll("\0", ""));
					const again = parseMessage(writeMessage(first));
					assert.equal(again.headers.get(`x-${name}`), value);
					assert(again.body.equals(first.body));
				},
			),
		);
	});
});
