/** Who is calling, with a clock that the test moves. */
import { deepEqual, equal } from "node:assert/strict";
import { createHash } from "node:crypto";
import { pino } from "pino";
import type { User, UserUri } from "../../plugin/rooms/types.ts";
import { hashCredentials } from "../../plugin/sip/digest.ts";
import type { IncomingRequest, Reply } from "../../plugin/sip/drachtio.ts";
import { createIdentity } from "../../plugin/sip/identity.ts";

const alice: User = {
	uri: "sip:alice@example.com" as UserUri,
	displayName: "Alice",
	guid: "g",
	enabled: true,
};

function setUp() {
	let time = 1_000_000;
	const identity = createIdentity({
		realm: "example.com",
		authentication: "digest",
		users: {
			find: async (uri) => (uri === alice.uri ? alice : undefined),
			credentials: async (uri) =>
				uri === alice.uri
					? hashCredentials("alice", "example.com", "alice-pw")
					: undefined,
		},
		asserted: () => undefined,
		admit: async () => undefined,
		log: pino({ level: "silent" }),
		now: () => time,
	});
	async function ask(
		headers: Readonly<Record<string, string>> = {},
		from = "sip:alice@example.com",
		source = "192.0.2.1",
	) {
		const all: Record<string, string> = {
			From: `<${from}>;tag=1`,
			Via: "SIP/2.0/TCP 192.0.2.1:5060;branch=z9hG4bK1",
			...headers,
		};
		const request = {
			method: "INVITE",
			source_address: source,
			source_port: 40_000,
			protocol: "tcp",
			get: (name: string) => all[name],
			has: (name: string) => name in all,
		} as unknown as IncomingRequest;
		const sent: { status: number; headers?: Record<string, string> }[] = [];
		const reply = {
			send: (status: number, options?: { headers?: Record<string, string> }) =>
				sent.push({ status, ...options }),
		} as unknown as Reply;
		const user = await identity.identify(request, reply);
		return { request, user, status: sent[0]?.status, sent };
	}
	return {
		identity,
		ask,
		pass: (ms: number) => {
			time += ms;
		},
	};
}

describe("identity", () => {
	it("on a registered connection is known until the registration ends", async () => {
		const { identity, ask, pass } = setUp();
		const first = await ask();
		equal(first.status, 407);
		identity.registered(first.request, alice.uri, 300);
		deepEqual((await ask()).user, alice);
		equal((await ask({}, "sip:bob@example.com")).status, 407);
		pass(300_001);
		equal((await ask()).status, 407);
	});

	it("is not lent by a connection that carries several users, nor through a proxy", async () => {
		const { identity, ask } = setUp();
		const { request } = await ask();
		identity.registered(request, alice.uri, 300);
		const throughProxy = await ask({
			Via: "SIP/2.0/TCP 192.0.2.1:5060;branch=z9hG4bK1, SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK2",
		});
		equal(throughProxy.status, 407);
		identity.registered(request, "sip:bob@example.com" as UserUri, 300);
		equal((await ask()).status, 407);
		identity.registered(request, alice.uri, 300);
		equal((await ask()).status, 407);
	});

	it("of a caller without an address is refused", async () => {
		const { ask } = setUp();
		equal((await ask({ From: "Anonymous" })).status, 403);
	});

	it("asked for too often from one source is not worked out", async () => {
		const { ask, pass } = setUp();
		const statuses = new Set<number | undefined>();
		for (let i = 0; i < 600; i += 1) statuses.add((await ask()).status);
		deepEqual([...statuses], [407, 503]);
		equal((await ask({}, "sip:alice@example.com", "192.0.2.2")).status, 407);
		pass(1_000);
		equal((await ask()).status, 407);
	});

	it("by the right answer to a challenge is the user's; by another one's name it is not", async () => {
		const { ask } = setUp();
		const md5 = (text: string) => createHash("md5").update(text).digest("hex");
		const answer = async () => {
			const { sent } = await ask({ "User-Agent": "UCCAPI/4.0.0" });
			const challenge = sent[0]?.headers?.["Proxy-Authenticate"] ?? "";
			const nonce = /nonce="([^"]+)"/.exec(challenge)?.[1] ?? "";
			const response = md5(
				`${md5("alice:example.com:alice-pw")}:${nonce}:${md5("INVITE:sip:x")}`,
			);
			return `Digest username="alice", realm="example.com", nonce="${nonce}", uri="sip:x", response="${response}"`;
		};
		deepEqual(
			(await ask({ "Proxy-Authorization": await answer() })).user,
			alice,
		);
		const asBob = await ask(
			{ "Proxy-Authorization": await answer() },
			"sip:bob@example.com",
		);
		equal(asBob.status, 407);
	});
});
