/** The example with Kamailio in front, as it stands in `examples/kamailio`: who gets in, as whom, and what outlives a restart. */
import { deepEqual, equal, match } from "node:assert/strict";
import { SipRefused, SipUnreachable } from "../../client/index.ts";
import {
	type BehindKamailio,
	startBehindKamailio,
} from "../support/behind-kamailio.ts";
import type { Kamailio } from "../support/kamailio.ts";
import { localhostCertificate } from "../support/localhost-tls.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { header, RawSip } from "../support/raw-sip.ts";
import { credentials, Sipe } from "../support/sipe.ts";
import { until } from "../support/until.ts";

const crowd = Array.from({ length: 50 }, (_, number) => `guest${number + 1}`);

describe("Kamailio in front", function () {
	this.timeout(90_000);
	let service: BehindKamailio;
	let kamailio: Kamailio;
	const people: Person[] = [];
	const raw: RawSip[] = [];

	before(async () => {
		service = await startBehindKamailio(["alice", "bob", "carol", ...crowd]);
		kamailio = service.kamailio;
	});
	after(() => service.close());
	afterEach(async () => {
		for (const sip of raw.splice(0)) sip.close();
		await Promise.all(people.splice(0).map((person) => person.chat.close()));
		await until(() => service.chat().condition.dialogs() === 0, {
			what: "nobody here",
		});
	});

	async function enter(name: string, transport: "tcp" | "tls" | "udp") {
		return until(
			async () => {
				try {
					const person = await signIn(
						{ server: () => kamailio.server(transport) },
						name,
						"tcp",
						{ ca: localhostCertificate },
						{
							reconnect: { firstDelayMs: 100, maxDelayMs: 500 },
							fillGaps: true,
						},
					);
					people.push(person);
					return person;
				} catch (error) {
					// COMPAT(Kamailio 5.6 with OpenSSL 3): of many TLS connections at once it breaks one now and then.
					if (transport === "tls" && error instanceof SipUnreachable) return;
					// On a machine that does much else, its pings may have had no answer for a while.
					if (error instanceof SipRefused && error.status === 503) return;
					throw error;
				}
			},
			{ what: `the sign-in of ${name}`, withinMs: 20_000 },
		);
	}

	async function call(name: string): Promise<Sipe> {
		const sip = await RawSip.open(kamailio.server("tcp"));
		raw.push(sip);
		return new Sipe(name, sip);
	}

	const texts = ({ messages }: Person) => messages.map(({ text }) => text);

	async function participants(): Promise<number> {
		const rows = await service.database("participants").where({
			room_id: rooms.lobby.split("/").at(-1),
		});
		return new Set(rows.map((row) => row.user_uri)).size;
	}

	it("lets people in by TCP, TLS and UDP, who hear each other", async () => {
		const [alice, bob, carol] = [
			await enter("alice", "tcp"),
			await enter("bob", "tls"),
			await enter("carol", "udp"),
		];
		for (const { chat } of [alice, bob, carol]) await chat.join(rooms.lobby);
		for (const { chat } of [alice, bob, carol]) {
			await chat.post(rooms.lobby, `from ${chat.user}`);
		}
		const said = ["alice", "bob", "carol"].map(
			(name) => `from sip:${name}@example.com`,
		);
		for (const person of [alice, bob, carol]) {
			await person.heard(3);
			deepEqual(texts(person), said);
		}
	});

	it("serves pidgin-sipe: challenged by 407, with the answer to REGISTER that it needs", async () => {
		const alice = await call("alice");
		const registered = await alice.register();
		equal(header(registered, "Expires"), "3600");
		equal(header(registered, "Supported"), "msrtc-event-categories");
		equal(header(registered, "Allow-Events"), "vnd-microsoft-provisioning-v2");
		const provisioned = await alice.subscribe();
		equal(header(provisioned, "ms-piggyback-cseq"), "1");
		await alice.begin();
		await alice.getsInvitations();
		const joined = await alice.join(rooms.lobby.split("/").at(-1) ?? "");
		match(joined, /<resp code="200">/);
		await alice.bye();
	});

	/** A question with alice's password, and what she claims beside it; the final answer. */
	async function claims(headers: string, name = "alice"): Promise<string> {
		const { sip } = await call("alice");
		const request = (cseq: number) =>
			`SUBSCRIBE sip:${name}@example.com SIP/2.0
Via: SIP/2.0/TCP 127.0.0.1:${sip.localPort};branch=z9hG4bK${cseq}x${sip.localPort}
From: <sip:${name}@example.com>;tag=1
To: <sip:${name}@example.com>
Max-Forwards: 70
Call-ID: claims${sip.localPort}
CSeq: ${cseq} SUBSCRIBE
Contact: <sip:alice@127.0.0.1:${sip.localPort};transport=tcp>
Event: vnd-microsoft-provisioning-v2
Expires: 0${headers}`;
		sip.send(request(1));
		const challenge = await sip.receive(/^SIP\/2\.0 [2-6]/);
		if (!challenge.startsWith("SIP/2.0 407")) return challenge;
		sip.send(`${request(2)}${credentials("alice", challenge, "SUBSCRIBE")}`);
		return sip.receive(/^SIP\/2\.0 [2-6]/);
	}

	const forged = "<sip:erin@example.com>";
	const forgeries = {
		"as it is": `\nP-Asserted-Identity: ${forged}`,
		"in lower case, with blanks": `\np-asserted-identity  : ${forged}`,
		folded: `\nP-Asserted-Identity:\n ${forged}`,
		"after an empty one": `\nP-Asserted-Identity:\nP-Asserted-Identity: ${forged}`,
		"in other headers": `\nRemote-Party-ID: ${forged}\nP-Preferred-Identity: ${forged}\nX-Chat-User: erin@example.com`,
	};
	for (const [how, headers] of Object.entries(forgeries)) {
		it(`takes away whom a client asserts: ${how}`, async () => {
			match(await claims(headers), /^SIP\/2\.0 202/);
		});
	}

	it("refuses a header behind a carriage return alone, a foreign From, and methods that nobody would answer", async () => {
		match(
			await claims(`\nSubject: x\rP-Asserted-Identity: ${forged}`),
			/^SIP\/2\.0 400/,
		);
		match(await claims("", "erin"), /^SIP\/2\.0 403/);
		const { sip } = await call("alice");
		// Its name is none to Kamailio, which drops it all; the next is the first to be answered.
		sip.send(`OPTIONS sip:example.com SIP/2.0
Via: SIP/2.0/TCP 127.0.0.1:${sip.localPort};branch=z9hG4bKescaped
From: <sip:alice@example.com>;tag=1
To: <sip:example.com>
Max-Forwards: 70
Call-ID: escaped
CSeq: 1 OPTIONS
P%2DAsserted-Identity: ${forged}`);
		sip.send(`SERVICE sip:alice@example.com SIP/2.0
Via: SIP/2.0/TCP 127.0.0.1:${sip.localPort};branch=z9hG4bKservice
From: <sip:alice@example.com>;tag=1
To: <sip:alice@example.com>
Max-Forwards: 70
Call-ID: service
CSeq: 1 SERVICE`);
		match(await sip.receive(/^SIP/), /^SIP\/2\.0 405[\s\S]*^Allow: .*PUBLISH/m);
	});

	it("lets nobody in with a wrong password", async () => {
		const wrong = { password: "guessed" };
		const refused = await signIn(
			{ server: () => kamailio.server("tcp") },
			"guest50",
			"tcp",
			wrong,
		).then(
			() => "let in",
			(error) => `${error}`,
		);
		match(refused, /407/);
	});

	describe("with 50 people in a room, by TCP and TLS", () => {
		let guests: readonly Person[] = [];

		/** Everybody hears it, once. */
		async function allHear(author: Person, text: string): Promise<void> {
			await author.chat.post(rooms.lobby, text);
			const heard = (person: Person) => texts(person).includes(text);
			await until(() => guests.every(heard), { what: `${text} everywhere` });
			for (const person of guests) {
				equal(texts(person).filter((one) => one === text).length, 1);
			}
		}

		async function allBack(): Promise<void> {
			await until(() => guests.every(({ chat }) => chat.connected), {
				what: "everybody's return",
				withinMs: 20_000,
			});
		}

		beforeEach(async () => {
			guests = await Promise.all(
				crowd.map((name, i) => enter(name, i % 2 === 0 ? "tcp" : "tls")),
			);
			await Promise.all(guests.map(({ chat }) => chat.join(rooms.lobby)));
			equal(await participants(), crowd.length);
		});

		it("outlives a restart of Kamailio, and one of the chat service: all come back, nothing is lost, no ghost stays", async () => {
			const [first, second] = guests as [Person, Person];
			await allHear(first, "before");

			await kamailio.kill();
			await until(() => guests.every(({ chat }) => !chat.connected), {
				what: "everybody's loss",
			});
			await kamailio.startAgain();
			await allBack();
			await allHear(second, "after Kamailio");
			await until(() => service.chat().condition.dialogs() === crowd.length, {
				what: "the end of dialogs that nobody holds",
				// What was on its way to Kamailio when that ended is given up after 32 s.
				withinMs: 40_000,
			});
			equal(await participants(), crowd.length);

			await service.stopService();
			await until(() => guests.every(({ chat }) => !chat.connected), {
				what: "everybody's BYE",
			});
			equal(await participants(), 0);
			await service.startService();
			await allBack();
			await allHear(first, "after the service");
			equal(service.chat().condition.dialogs(), crowd.length);
			equal(await participants(), crowd.length);
			for (const person of guests) {
				deepEqual(texts(person), [
					"before",
					"after Kamailio",
					"after the service",
				]);
			}
		});
	});
});
