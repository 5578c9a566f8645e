import { deepEqual, equal } from "node:assert/strict";
import { assertedBy } from "../../plugin/sip/asserted.ts";
import type { IncomingRequest } from "../../plugin/sip/drachtio.ts";
import {
	type TrustedPeer,
	trustedPeersSchema,
} from "../../plugin/sip/options.ts";
import { createPeers } from "../../plugin/sip/peers.ts";
import { createRelayedSources } from "../../plugin/sip/relayed.ts";

const plain = ["192.0.2.7", "10.1.0.0/16", "2001:db8::/32"];

function from(
	source: string,
	header?: string,
	line = "",
	{
		trustedPeers = plain,
		name = "P-Asserted-Identity",
		protocol = "tcp",
	}: {
		readonly trustedPeers?: readonly TrustedPeer[];
		readonly name?: string;
		readonly protocol?: string;
	} = {},
) {
	const request = {
		source_address: source,
		protocol,
		raw: `INVITE sip:persistentchat@example.com SIP/2.0\r\n${line}${header === undefined ? "" : `${name}: ${header}\r\n`}Content-Length: 8\r\n\r\n100%: ok`,
		get: (wanted: string) => (wanted === name ? header : undefined),
	} as unknown as IncomingRequest;
	const peer = createPeers(
		trustedPeersSchema.parse(trustedPeers),
		createRelayedSources(),
	).of(request);
	return peer && assertedBy(peer, request);
}

const erinUri = "sip:erin@example.com";

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

	it("stands where the operator says, bare or whole, and nowhere else", () => {
		const behindB2bua = {
			trustedPeers: [
				{ address: "192.0.2.7", behaves: "b2bua", callerIn: "X-Chat-User" },
			],
			name: "X-Chat-User",
		} as const;
		const erin = { uri: "sip:erin@example.com" };
		for (const text of [
			"Erin@example.com",
			"sip:erin@example.com",
			"<sip:erin@example.com;transport=tcp>",
		]) {
			deepEqual(from("192.0.2.7", text, "", behindB2bua), erin, text);
		}
		for (const text of [
			"erin",
			"erin@example.com, bob@example.com",
			"anonymous@anonymous.invalid",
			"tel:+123",
		]) {
			equal(from("192.0.2.7", text, "", behindB2bua), undefined, text);
		}
		equal(
			from("192.0.2.7", "<sip:erin@example.com>", "", {
				...behindB2bua,
				name: "P-Asserted-Identity",
			}),
			undefined,
		);
		equal(from("192.0.2.7", "erin@example.com"), undefined);
	});

	it("in Remote-Party-ID is the caller who was looked at, not the called", () => {
		const old = {
			trustedPeers: [{ address: "192.0.2.7", callerIn: "Remote-Party-ID" }],
			name: "Remote-Party-ID",
		};
		const said = (header: string) => from("192.0.2.7", header, "", old)?.uri;
		const erin = '"Erin" <sip:erin@example.com>';
		equal(said(`${erin};party=calling;screen=yes;privacy=off`), erinUri);
		equal(said(erin), erinUri);
		equal(
			said(`<sip:chat@example.com>;party=called, ${erin};party=calling`),
			erinUri,
		);
		equal(said(`${erin};screen=no`), undefined);
	});

	it("is read as the closest description of the peer says; over TLS alone where that is demanded", () => {
		const trustedPeers: readonly TrustedPeer[] = [
			"10.0.0.0/8",
			{ address: "10.1.0.5", callerIn: "X-Chat-User" },
			{ address: "192.0.2.9", over: "tls" },
		];
		const erin = "<sip:erin@example.com>";
		equal(from("10.1.0.4", erin, "", { trustedPeers })?.uri, erinUri);
		equal(from("10.1.0.5", erin, "", { trustedPeers }), undefined);
		equal(
			from("::ffff:10.1.0.5", erin, "", { trustedPeers, name: "X-Chat-User" })
				?.uri,
			erinUri,
		);
		equal(from("192.0.2.9", erin, "", { trustedPeers }), undefined);
		equal(
			from("192.0.2.9", erin, "", { trustedPeers, protocol: "tls" })?.uri,
			erinUri,
		);
	});

	it("needs peers that are written as they must be; each fault is named", () => {
		const fault = (peer: unknown) =>
			trustedPeersSchema.safeParse([peer]).error?.issues[0]?.path.join(".");
		equal(fault("example.com"), "0.address");
		equal(fault({ address: "10.0.0.0/33" }), "0.address");
		equal(fault({ address: "10.0.0.1", behaves: "sbc" }), "0.behaves");
		equal(fault({ address: "10.0.0.1", callerIn: "From" }), "0.callerIn");
		equal(fault({ address: "10.0.0.1", deviceIn: "User-Agent" }), "0.deviceIn");
		equal(fault({ address: "10.0.0.1", idleSeconds: 1 }), "0.idleSeconds");
		equal(fault({ address: "10.0.0.1", over: "tls" }), undefined);
	});
});
