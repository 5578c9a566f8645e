/** Whose Contact somebody may register: his own, and nobody else's while it lives. */
import { equal } from "node:assert/strict";
import type { User, UserUri } from "../../plugin/rooms/types.ts";
import type { IncomingRequest, Reply } from "../../plugin/sip/drachtio.ts";
import { createRegistrar } from "../../plugin/sip/registrar.ts";
import { openIdentity, sipParts } from "../support/sip-parts.ts";

const userOf = (name: string): User => ({
	uri: `sip:${name}@example.com` as UserUri,
	displayName: name,
	guid: name,
	enabled: true,
});

function setUp() {
	let time = 0;
	const users = new Map(["alice", "eve"].map((name) => [name, userOf(name)]));
	const registrars = new Map(
		[...users].map(([name, user]) => [name, openIdentity(sipParts(), user)]),
	);
	const registrar = createRegistrar({
		identity: {
			...openIdentity(sipParts(), userOf("alice")),
			identify: async (request, reply) => {
				const name = /sip:(\w+)@/.exec(request.get("From") ?? "")?.[1] ?? "";
				return registrars.get(name)?.identify(request, reply);
			},
		},
		users: { find: async (uri) => users.get(uri.split(/[:@]/)[1] ?? "") },
		now: () => time,
	});
	async function register(
		name: string,
		contact: string,
		[host, port]: readonly [string, number],
	): Promise<number | undefined> {
		const all: Record<string, string> = {
			From: `<sip:${name}@example.com>;tag=1`,
			To: `<sip:${name}@example.com>`,
			Contact: `<${contact}>`,
			"Call-ID": "1",
			Via: "SIP/2.0/TCP 10.0.0.1:5060;branch=z9hG4bK1",
		};
		const request = {
			method: "REGISTER",
			raw: "",
			source_address: host,
			source_port: port,
			protocol: "tcp",
			get: (header: string) => all[header],
			has: (header: string) => header in all,
		} as unknown as IncomingRequest;
		const sent: number[] = [];
		const reply = {
			send: (status: number) => sent.push(status),
		} as unknown as Reply;
		await registrar.handle(request, reply);
		return sent[0];
	}
	return {
		register,
		pass: (seconds: number) => {
			time += seconds * 1_000;
		},
	};
}

describe("another's Contact", () => {
	const alices = "sip:k3j4-0x55@10.0.0.5:5070";
	const at = ["10.0.0.5", 5_070] as const;
	const elsewhere = ["10.0.0.9", 4_444] as const;

	for (const [what, contact] of [
		["as it is", alices],
		["with one's own address in a parameter", `${alices};x=10.0.0.9:4444`],
		["with one's own address as a header", `${alices}?x=10.0.0.9:4444`],
		["behind a second @", `${alices};y=@10.0.0.9:4444`],
	] as const) {
		it(`is not to be had from elsewhere, ${what}`, async () => {
			const { register } = setUp();
			equal(await register("alice", alices, at), 200);
			equal(await register("eve", contact, elsewhere), 403);
		});
	}

	it("is had by whoever sends from right there, and when it has ended", async () => {
		const { register } = setUp();
		equal(await register("alice", alices, at), 200);
		equal(await register("eve", `${alices};transport=tcp`, at), 200);
		const another = setUp();
		equal(await another.register("alice", `${alices};expires=60`, at), 200);
		equal(await another.register("eve", alices, elsewhere), 403);
		another.pass(100_000);
		equal(await another.register("eve", alices, elsewhere), 200);
	});

	it("at an address of version 6 is known by it", async () => {
		const { register } = setUp();
		const contact = "sip:k3j4-0x55@[2001:db8::5]:5070";
		equal(await register("alice", contact, ["2001:db8::5", 5_070]), 200);
		equal(await register("eve", contact, ["2001:db8::9", 5_070]), 403);
		equal(await register("eve", contact, ["2001:DB8::5", 5_070]), 200);
	});
});
