import { deepEqual, equal } from "node:assert/strict";
import { createAssertedIdentity } from "../../plugin/sip/asserted.ts";
import type { IncomingRequest } from "../../plugin/sip/drachtio.ts";

const asserted = createAssertedIdentity([
	"192.0.2.7",
	"10.1.0.0/16",
	"2001:db8::/32",
]);

function from(source: string, header?: string, line = "") {
	return asserted({
		source_address: source,
		raw: `INVITE sip:persistentchat@example.com SIP/2.0\r\n${line}Content-Length: 8\r\n\r\n100%: ok`,
		get: (name: string) =>
			name === "P-Asserted-Identity" ? header : undefined,
	} as unknown as IncomingRequest);
}

describe("asserted identity", () => {
	it("is believed from the peers that are named, and from no others", () => {
		const header = '"Erin" <sip:Erin@Carrier.example:5060;user=phone>';
		const erin = { uri: "sip:erin@carrier.example", displayName: "Erin" };
		for (const peer of ["192.0.2.7", "10.1.255.3", "2001:db8::17"]) {
			deepEqual(from(peer, header), erin, peer);
		}
		for (const stranger of ["192.0.2.8", "10.2.0.1", "2001:db9::1", "", "x"]) {
			equal(from(stranger, header), undefined, stranger);
		}
	});

	it("is the SIP one of several, with its name as it is written", () => {
		const name = String.raw`"O\"Neil, \\x" <sip:on@carrier.example>`;
		deepEqual(from("192.0.2.7", `<tel:+123>, ${name}`), {
			uri: "sip:on@carrier.example",
			displayName: 'O"Neil, \\x',
		});
		deepEqual(from("192.0.2.7", "sip:on@carrier.example"), {
			uri: "sip:on@carrier.example",
		});
		deepEqual(from("192.0.2.7", "On O <sips:on@carrier.example>, <tel:+123>"), {
			uri: "sip:on@carrier.example",
			displayName: "On O",
		});
	});

	it("is none when two are asserted, or a header's name is escaped", () => {
		const bob = "<sip:bob@carrier.example>";
		equal(from("192.0.2.7", `${bob}, <sip:on@carrier.example>`), undefined);
		equal(
			from("192.0.2.7", bob, `P%2DAsserted-Identity: ${bob}\r\n`),
			undefined,
		);
		deepEqual(from("192.0.2.7", bob, "Subject: 100%: ok\r\n"), {
			uri: "sip:bob@carrier.example",
		});
	});

	it("is none when it is missing, anonymous or no SIP address", () => {
		for (const header of [
			undefined,
			"",
			"<tel:+123>",
			"Anonymous <sip:anonymous@anonymous.invalid>",
			"<sip:carrier.example>",
			"rubbish",
		]) {
			equal(from("192.0.2.7", header), undefined, header);
		}
	});
});
