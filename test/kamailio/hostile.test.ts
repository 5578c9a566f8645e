/** What strangers and users can do to others through the Kamailio of `examples/kamailio`: nothing. Clients share its one connection to a node. */
import { equal, match, ok } from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import {
	type BehindKamailio,
	startBehindKamailio,
} from "../support/behind-kamailio.ts";
import { openPhone, type Phone } from "../support/phone.ts";
import { header, RawSip } from "../support/raw-sip.ts";
import { credentials, Sipe } from "../support/sipe.ts";
import { until } from "../support/until.ts";

const lobby = "00000000-0000-4000-8000-000000000001";
const roomAddress = `sip:room.${lobby}@example.com`;
const elsewhere = "127.0.0.66";
const final = /^SIP\/2\.0 [2-6]/;
const question =
	'<xccos ver="1" envid="5" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:getinv" seqid="1"><data><inv inviteId="1" domain="example.com"/></data></cmd></xccos>';

function post(text: string): string {
	return `<xccos ver="1" envid="6" xmlns="urn:parlano:xml:ns:xccos"><grpchat id="grpchat:0" seqid="2" chanUri="ma-chan://example.com/${lobby}" author="sip:alice@example.com" authdisp="Alice" alert="false"><chat id="0">${text}</chat></grpchat></xccos>`;
}

describe("Kamailio against attacks", () => {
	let service: BehindKamailio;
	const open: { close(): void }[] = [];

	before(async () => {
		service = await startBehindKamailio([
			"alice",
			"bob",
			"carol",
			"dave",
			"erin",
		]);
	});
	after(() => service.close());
	afterEach(async () => {
		for (const one of open.splice(0)) one.close();
		await service.database("participants").delete();
	});

	async function connection(from?: string): Promise<RawSip> {
		const sip = await RawSip.open(service.kamailio.server("tcp"), from);
		open.push(sip);
		return sip;
	}

	async function phone(name: string): Promise<Phone> {
		const server = () => service.kamailio.server("tcp");
		const opened = await openPhone({ server }, name);
		open.push(opened);
		return opened;
	}

	/** In the Lobby, in a dialog. */
	async function inLobby(name: string): Promise<Sipe> {
		const sipe = new Sipe(name, await connection());
		await sipe.invite("sip:GC-1-PersistentChatService-1@example.com");
		match(await sipe.join(lobby), /<resp code="200">/);
		return sipe;
	}

	let requests = 0;
	/** The lines of a MESSAGE to the Lobby. */
	function message(sip: RawSip, name = "alice", more = ""): string {
		requests += 1;
		return `MESSAGE ${roomAddress} SIP/2.0
Via: SIP/2.0/TCP 127.0.0.1:${sip.localPort};branch=z9hG4bK${requests}x${sip.localPort}
From: <sip:${name}@example.com>;tag=1
To: <${roomAddress}>
Max-Forwards: 70
Call-ID: hostile${requests}
CSeq: 1 MESSAGE
Content-Type: text/plain${more}`;
	}

	async function answer(
		sip: RawSip,
		head: string,
		body = "hello",
	): Promise<string> {
		sip.send(head, body);
		return sip.receive(final);
	}

	/** With alice's password, or another's; the answer. */
	async function written(
		sip: RawSip,
		name = "alice",
		more = "",
	): Promise<string> {
		const head = message(sip, name);
		const challenge = await answer(sip, head);
		match(challenge, /^SIP\/2\.0 407/);
		const proof = credentials(name, challenge, "MESSAGE");
		return answer(sip, `${message(sip, name)}${proof}${more}`);
	}

	async function othersAreServed(): Promise<void> {
		match(await written(await connection(), "bob"), /^SIP\/2\.0 200/);
	}

	/** What Kamailio itself refuses, never seen by a node. */
	function isRefusedByKamailio(reply: string, status: number): void {
		match(
			reply,
			new RegExp(`^SIP/2\\.0 ${status}[\\s\\S]*^Server: kamailio`, "m"),
		);
	}

	describe("what would end or wedge the connection that all share", () => {
		const long = "x".repeat(7_000);
		const unsound = {
			"a NUL in a header": [400, "\nSubject: a\0b"],
			"a NUL in the text": [400, "", "a\0b"],
			"a header of 7,000 bytes": [413, `\nSubject: ${long}`],
			"a Contact of 1,100 bytes": [
				413,
				`\nContact: <sip:${"a".repeat(1_100)}@host>`,
			],
			"500 short headers": [413, "\nSubject: a b c".repeat(500)],
			"a line of 8,000 bytes": [413, "", `a\n${"x".repeat(8_000)}\nb`],
			"a long line in a long message": [
				413,
				"",
				`${"line\n".repeat(2_000)}${"x".repeat(8_000)}${"line\n".repeat(2_000)}`,
			],
			"a message over 60,000 bytes": [413, "", "line\n".repeat(12_100)],
			"half a line end": [
				400,
				"\nSubject: \\ \rP-Asserted-Identity: <sip:x@y>",
			],
			"two Content-Types": [400, "\nContent-Type: text/html"],
			"an empty Event": [400, "\nEvent:"],
			"a Session-Expires without a number": [400, "\nSession-Expires: soon"],
			"a Contact without an end": [400, "\nContact: <sip:alice@example.com"],
			"a Via of nobody": [400, "\nVia: SIP/2.0/TCP host:99999;branch=z9hG4bK1"],
		} as const;
		for (const [what, [status, more, text]] of Object.entries(unsound)) {
			it(`refuses ${what}, of anybody`, async () => {
				const sip = await connection();
				const head = `${message(sip)}${more}`;
				isRefusedByKamailio(await answer(sip, head, text), status);
				await othersAreServed();
			});
		}

		it("refuses it in a dialog too, which goes on", async () => {
			const alice = await inLobby("alice");
			alice.request("INFO", question, (head) => `${head}\nSubject: a\0b`);
			isRefusedByKamailio(await alice.sip.receive(/^SIP\/2\.0 [4-6]/), 400);
			alice.request("INFO", `<x>${long.repeat(2)}</x>`);
			isRefusedByKamailio(await alice.sip.receive(/^SIP\/2\.0 [4-6]/), 413);
			await alice.asks(question);
			await alice.bye();
		});

		it("hands over no answer of a client that has it", async () => {
			const alice = await inLobby("alice");
			await alice.tells(question);
			const info = await alice.sip.receive(/^INFO /);
			alice.sip.answer(
				`${info.split("\r\n\r\n")[0]}\r\nVia: nobody\r\n\r\n`,
				"200 OK",
			);
			await until(
				() =>
					/refused: A header that cannot be read/.test(service.kamailio.log()),
				{ what: "the refusal in the log" },
			);
			alice.sip.answer(info, "200 OK");
			await alice.bye();
			await othersAreServed();
		});

		it("lets pass what clients write: a story of 9,000 bytes in lines, and a phone's message", async () => {
			const alice = await inLobby("alice");
			const bob = await phone("bob");
			match(await bob.write(lobby, "/join"), /^SIP\/2\.0 200/);
			const line = `${"It was a dark and stormy night. ".repeat(3)}\n`;
			const story = line.repeat(Math.floor(8_990 / line.length));
			alice.request("INFO", post(`[STORY]${story}`));
			const kept = await alice.sip.receive(/^SIP\/2\.0 [2-6]/);
			match(kept, /^SIP\/2\.0 200/);
			match(await bob.write(lobby, "good night"), /^SIP\/2\.0 200/);
			while (!(await alice.hears()).includes("good night"));
			await bob.write(lobby, "/part");
			await alice.bye();
		});
	});

	describe("a request that says it is in a dialog", () => {
		const route = () => {
			const [, port = ""] =
				/:(\d+);/.exec(service.kamailio.server("tcp")) ?? [];
			return `\nRoute: <sip:127.0.0.1:${port};transport=tcp;lr>`;
		};

		it("goes nowhere without the seal of this proxy: not to others, to a phone, or to a node", async () => {
			const bob = await phone("bob");
			const other = createSocket("udp4");
			open.push(other);
			other.bind(0, "127.0.0.1");
			await once(other, "listening");
			const heard: string[] = [];
			other.on("message", (bytes) => heard.push(`${bytes}`));
			const sip = await connection(elsewhere);
			const targets = [
				`sip:anybody@127.0.0.1:${other.address().port}`,
				bob.contact,
				`sip:room.${lobby}@${service.node};transport=tcp`,
			];
			for (const target of targets) {
				for (const method of ["MESSAGE", "INFO", "BYE"]) {
					const head = `${message(sip)}${route()}`
						.replace(/^MESSAGE \S+/, `${method} ${target}`)
						.replace(/^(To: .*)$/m, "$1;tag=2")
						.replace("1 MESSAGE", `1 ${method}`);
					const reply = await answer(sip, head, "forged");
					isRefusedByKamailio(reply, 481);
				}
			}
			equal(heard.length, 0);
			ok(!bob.sip.waiting.some((text) => text.includes("forged")));
		});

		it("is not heard from another address, though all else is right", async () => {
			const alice = await inLobby("alice");
			const stranger = alice.over(await connection(elsewhere));
			for (const method of ["INFO", "BYE"]) {
				stranger.request(method, post("not mine"));
				isRefusedByKamailio(await stranger.sip.receive(final), 481);
			}
			match(
				service.kamailio.log(),
				/refused: not a dialog of this address; BYE from 127\.0\.0\.66/,
			);
			await alice.asks(question);
			await alice.bye();
		});

		it("is heard over another connection from the same address", async () => {
			const alice = await inLobby("alice");
			const again = alice.over(await connection());
			await again.tells(question);
			await alice.hears();
			await again.bye();
		});

		const changes = {
			"another seal": (head: string) => head.replace(/seal=../, "seal=00"),
			"another node": (head: string) => head.replace(/~\d+;seal/, "~9;seal"),
			"another Call-ID": (head: string) =>
				head.replace(/Call-ID: ./, "Call-ID: 0"),
			"another user": (head: string) =>
				head.replace(/From: <sip:alice/, "From: <sip:bob"),
		};
		for (const [what, alter] of Object.entries(changes)) {
			it(`is refused with ${what}`, async () => {
				const alice = await inLobby("alice");
				alice.request("INFO", question, alter);
				isRefusedByKamailio(await alice.sip.receive(/^SIP\/2\.0 [3-6]/), 481);
				await alice.bye();
			});
		}

		it("goes to the node that has the dialog, whatever its target and Routes", async () => {
			const alice = await inLobby("alice");
			alice.request("INFO", question, (head) =>
				head
					.replace(/^INFO \S+/, "INFO sip:victim@192.0.2.1:5060")
					.replace(/^(Max-Forwards)/m, "Route: <sip:192.0.2.2;lr>\n$1"),
			);
			match(await alice.sip.receive(/^SIP\/2\.0 [2-6]/), /^SIP\/2\.0 200/);
			await alice.hears();
			await alice.bye();
		});

		it("between people is one of theirs, in the name of him who began it", async () => {
			const bob = await phone("bob");
			const alice = new Sipe("alice", await connection());
			const calling = alice.invite("sip:bob@example.com");
			const invite = await bob.sip.receive(/^INVITE /);
			const copied = invite
				.split("\r\n")
				.filter((line) =>
					/^(Via|From|To|Call-ID|CSeq|Record-Route):/.test(line),
				)
				.map((line) => (line.startsWith("To:") ? `${line};tag=bob` : line));
			const contact = `Contact: <${bob.contact}>`;
			bob.sip.send(["SIP/2.0 200 OK", ...copied, contact].join("\n"));
			await calling;
			await bob.sip.receive(/^ACK /);

			alice.request("MESSAGE", "hello");
			match(await bob.told(), /hello/);
			match(await alice.sip.receive(final), /^SIP\/2\.0 200/);
			alice.request("MESSAGE", "forged", (head) =>
				head.replace("From: <sip:alice@", "From: <sip:room.lobby@"),
			);
			isRefusedByKamailio(await alice.sip.receive(final), 481);
			const stranger = alice.over(await connection(elsewhere));
			stranger.request("MESSAGE", "forged");
			isRefusedByKamailio(await stranger.sip.receive(final), 481);
			ok(!bob.sip.waiting.some((text) => text.includes("forged")));
		});

		it("does not bring a node's requests to anybody else", async () => {
			const alice = await inLobby("alice");
			alice.request(
				"UPDATE",
				undefined,
				(head) =>
					`${head}\nContact: <sip:victim@192.0.2.1:5060;alias=192.0.2.1~5060~1>`,
			);
			isRefusedByKamailio(await alice.sip.receive(/^SIP\/2\.0 [2-6]/), 400);
			await alice.asks(question);
			await alice.bye();
		});
	});

	describe("a password's proof", () => {
		it("is good once, and is of no use to who overheard it", async () => {
			const alice = await connection();
			const challenge = await answer(alice, message(alice));
			const proof = credentials("alice", challenge, "MESSAGE");
			const ask = (sip: RawSip) => answer(sip, `${message(sip)}${proof}`);
			match(await ask(alice), /^SIP\/2\.0 200/);
			for (const sip of [alice, await connection(elsewhere)]) {
				match(await ask(sip), /^SIP\/2\.0 407[\s\S]*stale=true/);
			}
		});

		it("is good only from the address that was asked for it", async () => {
			const alice = await connection();
			const challenge = await answer(alice, message(alice));
			const sip = await connection(elsewhere);
			const proof = credentials("alice", challenge, "MESSAGE");
			match(await answer(sip, `${message(sip)}${proof}`), /^SIP\/2\.0 407/);
		});

		it("says nothing of whether it is right to who is somebody else", async () => {
			const sip = await connection();
			const challenge = await answer(sip, message(sip));
			for (const proof of [
				credentials("alice", challenge, "MESSAGE"),
				credentials("alice", challenge, "MESSAGE").replace(
					/response="\w+"/,
					`response="${"0".repeat(32)}"`,
				),
			]) {
				const asBob = message(sip).replace(
					/^From: <sip:\w+/m,
					"From: <sip:bob",
				);
				isRefusedByKamailio(await answer(sip, `${asBob}${proof}`), 403);
			}
		});

		it("is not looked at after ten that were wrong", async () => {
			const sip = await connection();
			const asErin = (challenge: string, wrong = "") =>
				`${message(sip, "erin")}${credentials(
					"erin",
					challenge,
					"MESSAGE",
				).replace(wrong === "" ? "" : /response="\w+"/, wrong)}`;
			let challenge = await answer(sip, message(sip, "erin"));
			for (let i = 0; i < 10; i += 1) {
				const wrong = `response="${"0".repeat(32)}"`;
				challenge = await answer(sip, asErin(challenge, wrong));
				match(challenge, /^SIP\/2\.0 407/);
			}
			isRefusedByKamailio(await answer(sip, asErin(challenge)), 403);
		});

		it("registers nobody else", async () => {
			const sip = await connection();
			const register = (more: string) =>
				`${message(sip)}${more}`
					.replace(/^MESSAGE \S+/, "REGISTER sip:example.com")
					.replace(/^To: .*$/m, "To: <sip:bob@example.com>")
					.replace("1 MESSAGE", "1 REGISTER");
			const challenge = await answer(sip, register(""), "");
			const proof = credentials("alice", challenge, "REGISTER");
			const contact = `\nContact: <sip:alice@127.0.0.1:${sip.localPort}>`;
			isRefusedByKamailio(
				await answer(sip, register(proof + contact), ""),
				403,
			);
		});
	});

	describe("too many requests", () => {
		/** All at once; the final answers, in the order sent. */
		async function answers(
			sip: RawSip,
			heads: readonly string[],
		): Promise<readonly string[]> {
			for (const head of heads) sip.send(head, "hello");
			const all: string[] = [];
			for (const head of heads) {
				const [, callId] = /^Call-ID: (.*)$/m.exec(head) ?? [];
				all.push(
					await sip.receive(
						new RegExp(`^SIP/2\\.0 [2-6][\\s\\S]*^Call-ID: ${callId}\r`, "m"),
					),
				);
			}
			return all;
		}

		function times(count: number, make: (number: number) => string) {
			return Array.from({ length: count }, (_, number) => make(number));
		}

		it("of one address are refused, and nobody else's", async () => {
			const sip = await connection("127.0.0.77");
			const all = await answers(
				sip,
				times(1_001, () => message(sip)),
			);
			const challenged = all.filter((one) => one.startsWith("SIP/2.0 407"));
			equal(challenged.length, 1_000);
			const refused = all.find((one) => one.startsWith("SIP/2.0 503")) ?? "";
			isRefusedByKamailio(refused, 503);
			equal(header(refused, "Retry-After"), "10");
			await othersAreServed();
		});

		it("of one user are refused, and nobody else's", async () => {
			const sip = await connection("127.0.0.78");
			const challenges = await answers(
				sip,
				times(101, () => message(sip, "carol")),
			);
			const proofs = challenges.map((one) =>
				credentials("carol", one, "MESSAGE"),
			);
			const all = await answers(
				sip,
				proofs.map((proof) => `${message(sip, "carol")}${proof}`),
			);
			const refused = all.filter((one) =>
				/^SIP\/2\.0 503[\s\S]*^Server: kamailio/m.test(one),
			);
			equal(refused.length, 1);
			equal(header(refused[0] ?? "", "Retry-After"), "10");
			match(await written(sip, "dave"), /^SIP\/2\.0 200/);
		});

		it("in dialogs are refused too", async () => {
			const dave = await inLobby("dave");
			const before = dave.sip.waiting.length;
			for (let number = 0; number <= 1_000; number += 1) {
				dave.request("INFO", "nothing");
			}
			const refused = await dave.sip.receive(
				/^SIP\/2\.0 503[\s\S]*Server: kamailio/,
			);
			equal(header(refused, "Retry-After"), "10");
			// A slow machine has enough to do with the thousand that are let through.
			await until(() => dave.sip.waiting.length >= before + 1_000, {
				what: "an answer to each",
			});
			await othersAreServed();
		});
	});
});
