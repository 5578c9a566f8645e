/** Who may speak in a dialog. */
import { deepEqual, equal, match } from "node:assert/strict";
import type {
	DrachtioDialog,
	IncomingRequest,
	Reply,
} from "../../plugin/sip/drachtio.ts";
import { type SipPartsOptions, sipParts } from "../support/sip-parts.ts";

function setUp(options: SipPartsOptions = {}, begunFrom = "192.0.2.1") {
	const parts = sipParts(options);
	const handed: string[] = [];
	const dialog = {
		sip: { callId: "call" },
		handle: ({ method }: IncomingRequest) => handed.push(method),
	} as unknown as DrachtioDialog;
	const requestFrom = (source: string, more = {}) =>
		({
			method: "INFO",
			source_address: source,
			source_port: 5060,
			protocol: "",
			get: () => undefined,
			...more,
		}) as unknown as IncomingRequest;
	parts.guard.watch(dialog, requestFrom(begunFrom), "sip:alice@example.com");
	return {
		...parts,
		handed,
		/** The status of what was refused. */
		send(source: string, more = {}) {
			let status: number | undefined;
			const reply = {
				send(code: number) {
					status = code;
				},
			} as unknown as Reply;
			dialog.handle(requestFrom(source, more), reply);
			return status;
		},
	};
}

describe("a dialog", () => {
	it("is heard from where it was begun, from whichever port", () => {
		const { send, handed } = setUp();
		equal(send("192.0.2.1"), undefined);
		equal(send("192.0.2.1", { source_port: 40_000 }), undefined);
		deepEqual(handed, ["INFO", "INFO"]);
	});

	it("is not there for who speaks from elsewhere; that is logged and counted", () => {
		const { send, handed, refused, logged } = setUp({
			trustedPeers: ["10.0.0.1"],
		});
		equal(send("192.0.2.2"), 481);
		equal(send("10.0.0.1"), 481);
		equal(send("192.0.2.2", { method: "ACK" }), undefined);
		deepEqual(handed, []);
		equal(refused("other-source"), 3);
		match(
			logged[0] ?? "",
			/"why":"other-source","callId":"call","method":"INFO","user":"sip:alice@example.com","source":"192.0.2.2"/,
		);
	});

	it("that the SIP server has ended by a BYE from elsewhere does not stay; that is counted", () => {
		const { send, handed, refused } = setUp();
		equal(send("192.0.2.2", { method: "BYE" }), undefined);
		deepEqual(handed, ["BYE"]);
		equal(refused("other-source"), 1);
	});

	it("that a trusted peer began is heard from any of them, and from nobody else", () => {
		const options = { trustedPeers: ["10.0.0.0/24", "10.9.0.1"] };
		const { send } = setUp(options, "10.0.0.1");
		equal(send("10.0.0.2"), undefined);
		equal(send("10.9.0.1"), undefined);
		equal(send("192.0.2.1"), 481);
	});

	it("may move where the operator allows it", () => {
		const { send } = setUp({ dialogsKeepAddress: false });
		equal(send("192.0.2.2"), undefined);
	});

	it("is always ended by the SIP server", () => {
		const { send, handed } = setUp();
		equal(
			send("", { method: "BYE", meta: { source: "application" } }),
			undefined,
		);
		deepEqual(handed, ["BYE"]);
	});

	it("takes so many INFOs of one user, or of one address, and no more", () => {
		const rates = { perUser: { info: 1 } };
		const { send } = setUp({ rates, now: () => 0 });
		for (let i = 0; i < 10; i += 1) equal(send("192.0.2.1"), undefined);
		equal(send("192.0.2.1"), 503);
		equal(send("192.0.2.1", { method: "BYE" }), undefined);
		const crowded = { perSource: { info: 1 } };
		const one = setUp({ rates: crowded, now: () => 0 });
		for (let i = 0; i < 10; i += 1) one.send("192.0.2.1");
		equal(one.send("192.0.2.1"), 503);
		const trustedPeers = ["10.0.0.1"];
		const peer = setUp(
			{ rates: crowded, trustedPeers, now: () => 0 },
			"10.0.0.1",
		);
		for (let i = 0; i < 11; i += 1) equal(peer.send("10.0.0.1"), undefined);
	});
});
