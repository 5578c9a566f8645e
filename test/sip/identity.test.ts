/** Who is calling, with a clock that the test moves. */

import { deepEqual, equal, match } from "node:assert/strict";
import { createHash } from "node:crypto";
import { hashCredentials } from "../../plugin/credentials.ts";
import type { User, UserUri } from "../../plugin/rooms/types.ts";
import type { IncomingRequest, Reply } from "../../plugin/sip/drachtio.ts";
import { createIdentity } from "../../plugin/sip/identity.ts";
import type { TrustedPeer } from "../../plugin/sip/options.ts";
import { type SipPartsOptions, sipParts } from "../support/sip-parts.ts";

const alice: User = {
	uri: "sip:alice@example.com" as UserUri,
	displayName: "Alice",
	guid: "g",
	enabled: true,
};

function setUp({
	authentication = "digest",
	trustedPeers = [],
	admits = "",
	challenge = 407,
	rates = {},
}: {
	readonly authentication?: "digest" | "open";
	readonly challenge?: 407 | 401;
	readonly trustedPeers?: readonly TrustedPeer[];
	readonly rates?: SipPartsOptions["rates"];
	/** The domain whose people are admitted. */
	readonly admits?: string;
} = {}) {
	let time = 1_000_000;
	const people = new Map([[alice.uri, alice]]);
	const living = new Set(["session-1"]);
	const parts = sipParts({ trustedPeers, rates, now: () => time });
	const identity = createIdentity({
		...parts,
		challenge,
		realm: "example.com",
		authentication,
		users: {
			find: async (uri) => people.get(uri),
			credentials: async (uri) =>
				uri === alice.uri
					? hashCredentials("alice", "example.com", "alice-pw")
					: undefined,
		},
		tickets: {
			find: async (username) =>
				username === "ticket" && living.has("session-1")
					? {
							user: alice.uri,
							session: "session-1",
							credentials: hashCredentials("ticket", "example.com", "its-pw"),
						}
					: undefined,
			living: async (some) => new Set(some.filter((each) => living.has(each))),
		},
		admit: async ({ uri, displayName = "" }) =>
			uri.endsWith(`@${admits}`) ? { ...alice, uri, displayName } : undefined,
		now: () => time,
		elapsedMs: () => time,
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
			raw: `INVITE sip:x SIP/2.0\r\n${Object.entries(all)
				.map((line) => line.join(": "))
				.join("\r\n")}\r\n\r\n`,
			source_address: source,
			source_port: 40_000,
			protocol: "tcp",
			get: (name: string) => all[name],
			has: (name: string) => name in all,
		} as unknown as IncomingRequest;
		const sent: { status: number; headers?: Record<string, string> }[] = [];
		const reply = {
			send: (status: number, ...rest: (string | object | undefined)[]) =>
				sent.push({ status, ...Object(rest.at(-1)) }),
		} as unknown as Reply;
		const user = await identity.identify(request, reply);
		return { request, user, status: sent[0]?.status, sent };
	}
	return {
		...parts,
		identity,
		ask,
		people,
		living,
		pass: (ms: number) => {
			time += ms;
		},
	};
}

const md5 = (text: string) => createHash("md5").update(text).digest("hex");

/** Alice's answer to a challenge. */
async function answerTo(
	ask: ReturnType<typeof setUp>["ask"],
	header = "Proxy-Authenticate",
): Promise<string> {
	const { sent } = await ask({ "User-Agent": "UCCAPI/4.0.0" });
	const challenge = sent[0]?.headers?.[header] ?? "";
	const nonce = /nonce="([^"]+)"/.exec(challenge)?.[1] ?? "";
	const response = md5(
		`${md5("alice:example.com:alice-pw")}:${nonce}:${md5("INVITE:sip:x")}`,
	);
	return `Digest username="alice", realm="example.com", nonce="${nonce}", uri="sip:x", response="${response}"`;
}

/** Where `ask` comes from. */
const trustedPeers = ["192.0.2.1"];

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

	it("on a registered connection ends with the user, who is not admitted by it", async () => {
		const { identity, ask, people } = setUp({ admits: "example.com" });
		const { request } = await ask();
		identity.registered(request, alice.uri, 300);
		people.delete(alice.uri);
		equal((await ask()).status, 407);
	});

	describe("behind passwords that are guessed", () => {
		const wrong = (nonce: string) =>
			`Digest username="alice", realm="example.com", nonce="${nonce}", uri="sip:x", response="${"0".repeat(32)}"`;

		async function nonceFor({ ask }: ReturnType<typeof setUp>, source: string) {
			const { sent } = await ask({}, "sip:mallory@example.com", source);
			const challenge = sent[0]?.headers?.["Proxy-Authenticate"] ?? "";
			return /nonce="([^"]+)"/.exec(challenge)?.[1] ?? "";
		}

		for (const [where, set] of [
			["from an address", setUp()],
			["through a peer", setUp({ trustedPeers })],
		] as const) {
			it(`is not looked for after ten, whoever From names: ${where}`, async () => {
				const nonce = await nonceFor(set, "192.0.2.1");
				const header = { "Proxy-Authorization": wrong(nonce) };
				const statuses: (number | undefined)[] = [];
				for (let i = 0; i < 12; i += 1) {
					const from = `sip:mallory${i}@example.com`;
					statuses.push((await set.ask(header, from)).status);
				}
				deepEqual(statuses, [...Array(10).fill(407), 403, 403]);
				const right = { "Proxy-Authorization": await answerTo(set.ask) };
				equal((await set.ask(right)).status, 403);
				set.pass(61_000);
				const later = { "Proxy-Authorization": await answerTo(set.ask) };
				equal((await set.ask(later)).user?.uri, alice.uri);
			});
		}

		it("counts as a guess that is right, but for another's From", async () => {
			const { ask } = setUp();
			const statuses: (number | undefined)[] = [];
			for (let i = 0; i < 11; i += 1) {
				const header = { "Proxy-Authorization": await answerTo(ask) };
				statuses.push((await ask(header, "sip:bob@example.com")).status);
			}
			deepEqual(new Set(statuses), new Set([403]));
			const header = { "Proxy-Authorization": await answerTo(ask) };
			equal((await ask(header)).status, 403);
		});

		it("is looked for no more than ten times when many come at once", async () => {
			const set = setUp();
			const nonce = await nonceFor(set, "192.0.2.1");
			const header = { "Proxy-Authorization": wrong(nonce) };
			const answers = await Promise.all(
				Array.from({ length: 40 }, () => set.ask(header)),
			);
			equal(answers.filter(({ status }) => status === 407).length, 10);
		});

		it("keeps out, after 300 wrong ones of an address, whomever it tries next", async () => {
			const set = setUp();
			const nonce = await nonceFor(set, "192.0.2.1");
			let looked = 0;
			for (let i = 0; i < 400; i += 1) {
				const answer = wrong(nonce).replace('"alice"', `"user${i}"`);
				const { status } = await set.ask({ "Proxy-Authorization": answer });
				if (status === 407) looked += 1;
			}
			equal(looked, 300);
			equal((await set.ask({}, undefined, "192.0.2.9")).status, 407);
		});
	});

	it("is asked for no more often by whoever wants to be unknown than by others", async () => {
		const { ask, refused } = setUp({ rates: { perSource: { invite: 1 } } });
		const statuses = new Set<number | undefined>();
		for (const from of ["sip:anonymous@anonymous.invalid", "tel:+49301"]) {
			for (let i = 0; i < 20; i += 1) {
				statuses.add((await ask({}, from)).status);
			}
		}
		deepEqual(statuses, new Set([403, 503]));
		equal(refused("anonymous"), 10);
	});

	it("is nobody's when a header of the operator's is there twice, in other letters", async () => {
		const { ask } = setUp({
			trustedPeers: [
				{ address: "192.0.2.1", behaves: "b2bua", callerIn: "X-Chat-User" },
			],
		});
		const one = await ask({ "X-Chat-User": "alice@example.com" });
		equal(one.user?.uri, alice.uri);
		const two = await ask({
			"x-chat-user": "bob@example.com",
			"X-Chat-User": "alice@example.com",
		});
		equal(two.status, 403);
	});

	it("of a caller without an address, or who wants to be unknown, is refused", async () => {
		const open = setUp({ authentication: "open", admits: "anonymous.invalid" });
		for (const { ask } of [setUp(), open, setUp({ trustedPeers })]) {
			equal((await ask({ From: "Anonymous" })).status, 403);
			equal((await ask({}, "sip:anonymous@anonymous.invalid")).status, 403);
			const asserted = {
				"P-Asserted-Identity": "<sip:alice@example.com>",
			};
			equal((await ask(asserted, "sip:anonymous@example.com")).status, 403);
		}
	});

	it("is the one asserted by a trusted peer; From must name him when it is of our domain or his", async () => {
		const { ask } = setUp({ trustedPeers, admits: "carrier.example" });
		const assert = (identity: string) => ({ "P-Asserted-Identity": identity });
		const his = assert('"Alice" <sip:alice@example.com>');
		deepEqual((await ask(his)).user, alice);
		deepEqual((await ask(his, "sip:+123@elsewhere.example")).user, alice);
		equal((await ask(his, "sip:bob@example.com")).status, 403);
		const hers = assert('"Zoe" <sip:zoe@carrier.example>');
		const zoe = "sip:zoe@carrier.example";
		equal((await ask(hers, zoe)).user?.displayName, "Zoe");
		equal((await ask(hers)).status, 403);
		equal((await ask(hers, "sip:max@carrier.example")).status, 403);
		const unknown = assert("<sip:x@unknown.example>");
		equal((await ask(unknown, "sip:x@unknown.example")).status, 403);
	});

	it("asserted by anybody else counts for nothing", async () => {
		const { ask } = setUp({ trustedPeers });
		const his = { "P-Asserted-Identity": "<sip:alice@example.com>" };
		equal((await ask(his, alice.uri, "192.0.2.2")).status, 407);
		equal((await setUp().ask(his)).status, 407);
	});

	it("asserted by who comes by the web door counts for nothing, though a peer is on the same machine", async () => {
		const { ask, relayed, refused } = setUp({ trustedPeers });
		const his = { "P-Asserted-Identity": "<sip:alice@example.com>" };
		const left = relayed.carries(
			{ address: "192.0.2.1", port: 40_000 },
			"198.51.100.0/24",
		);
		equal((await ask(his)).status, 407);
		equal(refused("forged-assertion"), 1);
		left();
		deepEqual((await ask(his)).user, alice);
	});

	it("asserted for one request is not lent to the next of the same connection", async () => {
		const { ask, identity } = setUp({ trustedPeers });
		const { request } = await ask({
			"P-Asserted-Identity": "<sip:alice@example.com>",
		});
		identity.registered(request, alice.uri, 300);
		equal((await ask()).status, 407);
	});

	it("is believed without proof when authentication is open, and admitted where policy says so", async () => {
		const { ask } = setUp({ authentication: "open", admits: "in.example" });
		deepEqual((await ask()).user, alice);
		equal(
			(await ask({}, "sip:new@in.example")).user?.uri,
			"sip:new@in.example",
		);
		equal((await ask({}, "sip:new@out.example")).status, 403);
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

	it("by the right answer to a challenge is the user's; with another's From he is refused", async () => {
		const { ask, refused, logged } = setUp();
		const first = { "Proxy-Authorization": await answerTo(ask) };
		deepEqual((await ask(first)).user, alice);
		const asBob = { "Proxy-Authorization": await answerTo(ask) };
		equal((await ask(asBob, "sip:bob@example.com")).status, 403);
		equal(refused("other-from"), 1);
		match(logged.join(""), /"why":"other-from".*"user":"sip:bob@example.com"/);
	});

	it("is not shown by an answer that was given before, nor by one to somebody else's challenge", async () => {
		const { ask, refused, logged } = setUp();
		const once = { "Proxy-Authorization": await answerTo(ask) };
		deepEqual((await ask(once)).user, alice);
		const again = await ask(once);
		equal(again.status, 407);
		match(again.sent[0]?.headers?.["Proxy-Authenticate"] ?? "", /stale=true/);
		equal(refused("replayed-answer"), 1);
		const overheard = { "Proxy-Authorization": await answerTo(ask) };
		equal((await ask(overheard, alice.uri, "192.0.2.2")).status, 407);
		equal(refused("unknown-nonce"), 1);
		deepEqual((await ask(overheard)).user, alice);
		const nonce = /nonce="([^"]+)/.exec(overheard["Proxy-Authorization"])?.[1];
		equal(logged.join("").includes(nonce ?? ""), false);
	});

	it("is asked for by 401 where the operator says so, and taken from either header", async () => {
		const { ask } = setUp({ challenge: 401 });
		const { status, sent } = await ask();
		equal(status, 401);
		match(sent[0]?.headers?.["WWW-Authenticate"] ?? "", /^Digest realm=/);
		const header = "WWW-Authenticate";
		const answer = await answerTo(ask, header);
		deepEqual((await ask({ Authorization: answer })).user, alice);
		const ours = await answerTo(ask, header);
		const others = ours.replaceAll("example.com", "proxy.example");
		const both = { "Proxy-Authorization": `${others}, ${ours}` };
		deepEqual((await ask(both)).user, alice);
	});

	it("behind a B2BUA is in the header that the operator names, and asked for in no other way", async () => {
		const { ask, refused } = setUp({
			trustedPeers: [
				{ address: "192.0.2.1", behaves: "b2bua", callerIn: "X-Chat-User" },
			],
		});
		const from = "sip:alice@192.0.2.1";
		const said = await ask({ "X-Chat-User": "Alice@example.com" }, from);
		deepEqual(said.user, alice);
		const unsaid = { "P-Asserted-Identity": "<sip:alice@example.com>" };
		equal((await ask(unsaid, from)).status, 403);
		equal(refused("no-assertion"), 1);
		const forged = await ask(
			{ "X-Chat-User": "alice@example.com" },
			alice.uri,
			"192.0.2.2",
		);
		equal(forged.status, 407);
		equal(refused("forged-assertion"), 1);
	});

	it("that asks too often is told to wait, each user for himself, and a peer carries any number of users", async () => {
		const { ask, pass, turnedAway } = setUp({
			trustedPeers,
			admits: "carrier.example",
			rates: { perUser: { invite: 1 }, perSource: { invite: 1 } },
		});
		const comes = async (name: string) => {
			const uri = `sip:${name}@carrier.example`;
			const { status, sent } = await ask(
				{ "P-Asserted-Identity": `<${uri}>` },
				uri,
			);
			return { status, wait: sent[0]?.headers?.["Retry-After"] };
		};
		for (let i = 0; i < 50; i += 1) {
			equal((await comes(`user${i}`)).status, undefined);
		}
		for (let i = 1; i < 10; i += 1) await comes("user0");
		deepEqual(await comes("user0"), { status: 480, wait: "5" });
		equal((await comes("user1")).status, undefined);
		pass(1_000);
		equal((await comes("user0")).status, undefined);
		deepEqual(turnedAway.counts().throttled, [
			{ method: "INVITE", by: "user", count: 1 },
		]);
	});

	it("by a ticket lasts as long as the session that gave it, on the connection too", async () => {
		const { identity, ask, living } = setUp();
		const byTicket = async (from?: string) => {
			const { sent } = await ask({ "User-Agent": "UCCAPI/4.0.0" });
			const challenge = sent[0]?.headers?.["Proxy-Authenticate"] ?? "";
			const nonce = /nonce="([^"]+)"/.exec(challenge)?.[1] ?? "";
			const response = md5(
				`${md5("ticket:example.com:its-pw")}:${nonce}:${md5("INVITE:sip:x")}`,
			);
			const answer = `Digest username="ticket", realm="example.com", nonce="${nonce}", uri="sip:x", response="${response}"`;
			return ask({ "Proxy-Authorization": answer }, from);
		};
		equal((await byTicket("sip:bob@example.com")).status, 403);
		const first = await byTicket();
		deepEqual(first.user, alice);
		equal(identity.webSessionOf(first.request), "session-1");
		identity.registered(first.request, alice.uri, 300);
		const refresh = await ask();
		deepEqual(refresh.user, alice);
		equal(identity.webSessionOf(refresh.request), "session-1");
		identity.registered(refresh.request, alice.uri, 300);
		living.clear();
		equal((await ask()).status, 407);
		equal((await byTicket()).status, 407);
	});
});
