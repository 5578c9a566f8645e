/** Phones that answer by themselves: how far they come, alone and on the wire. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { RoomId, UserUri } from "../../../plugin/index.ts";
import { createLoopGuard } from "../../../plugin/sip/phones/loop-guard.ts";
import { type ChatNode, startChatNode } from "../../support/chat-node.ts";
import { openPhone, type Phone } from "../../support/phone.ts";
import { header } from "../../support/raw-sip.ts";
import { until } from "../../support/until.ts";

const lobby = "00000000-0000-4000-8000-000000000001" as RoomId;
const alice = "sip:alice@example.com" as UserUri;
const bob = "sip:bob@example.com" as UserUri;

function setUp({ takesPart = true } = {}) {
	let at = 1_000_000;
	const guard = createLoopGuard({
		takesPart: async () => takesPart,
		now: () => at,
	});
	return {
		guard,
		pass: (ms: number) => {
			at += ms;
		},
		admits: (user: UserUri, text: string, repeatable = false) =>
			guard.admits({ user, room: lobby, text, repeatable }),
	};
}

describe("the guard against loops of phones", () => {
	/** Both answer each other after so long; how often until one is refused. */
	async function rounds(waitMs: number, text: (round: number) => string) {
		const { guard, pass, admits } = setUp();
		guard.said(lobby, "sip:carol@example.com" as UserUri);
		for (let round = 0; round < 1_000; round += 1) {
			const user = round % 2 === 0 ? alice : bob;
			pass(waitMs);
			if (!(await admits(user, text(round)))) return round;
			guard.said(lobby, user);
		}
		return Number.POSITIVE_INFINITY;
	}

	it("ends every loop of quick answers, whatever they say, and every one of the same answer", async () => {
		equal(await rounds(10, (round) => `${round}`), 20);
		ok((await rounds(2_900, (round) => `${round}`)) < 100);
		equal(await rounds(10, () => "I am away"), 12);
		ok((await rounds(60_000, () => "I am away")) < 30);
	});

	it("lets people talk: quickly for a while, at their own pace for ever, the same to nobody", async () => {
		equal(await rounds(8_000, (round) => `${round}`), Number.POSITIVE_INFINITY);
		const { pass, admits } = setUp();
		for (let post = 0; post < 100; post += 1) {
			pass(100);
			ok(await admits(alice, "door open"));
		}
	});

	it("counts no answers of who is not sent what is said", async () => {
		const { guard, pass, admits } = setUp({ takesPart: false });
		for (let post = 0; post < 100; post += 1) {
			pass(100);
			guard.said(lobby, bob);
			ok(await admits(alice, `alarm ${post}`));
		}
	});

	it("ends the answers to our own answers; commands may be said again", async () => {
		const { guard, pass, admits } = setUp();
		const answers = async (text: string, repeatable: boolean) => {
			pass(3_600_000);
			const taken: boolean[] = [];
			for (let round = 0; round < 12; round += 1) {
				guard.told(alice);
				pass(10);
				taken.push(await admits(alice, text, repeatable));
			}
			return taken.indexOf(false);
		};
		equal(await answers("/join - what is said here", false), 6);
		equal(await answers("/who", true), 10);
	});
});

describe("phones that answer by themselves", () => {
	let node: ChatNode;
	const phones: Phone[] = [];
	beforeEach(async () => {
		node = await startChatNode();
	});
	afterEach(async () => {
		for (const phone of phones.splice(0)) phone.close();
		await node.close();
	});

	const stored = async () =>
		(await node.store.messages.latest(lobby, 100)).map(({ text }) => text);

	async function joined(name: string): Promise<Phone> {
		const phone = await openPhone(node, name);
		phones.push(phone);
		await phone.write(lobby, "/join");
		await phone.taken();
		return phone;
	}

	for (const [what, text] of [
		["the same", () => "I am away"],
		["something else each time", (round: number) => `away, ${round}`],
	] as const) {
		it(`and say ${what} fall silent`, async () => {
			const both = [await joined("alice"), await joined("bob")];
			let refusal = "";
			const answering = both.map(async (phone) => {
				for (let round = 0; refusal === ""; round += 1) {
					await until(
						() => refusal !== "" || phone.sip.waiting.some(isMessage),
						{ what: "a MESSAGE" },
					);
					if (refusal !== "") return;
					await phone.taken();
					const answer = await phone.write(lobby, text(round));
					if (!answer.startsWith("SIP/2.0 200")) refusal = answer;
				}
			});
			await node.chat.rooms.post(
				{ uri: carol, displayName: "Carol", guid: "carol" },
				{ room: lobby, text: "hello", alert: false, key: "1" },
			);
			await Promise.all(answering);
			match(refusal, /^SIP\/2\.0 480 Too many answers/);
			equal(header(refusal, "Retry-After"), "8");
			ok((await stored()).length <= 21);
			const line = node.logged.find((each) => each.includes("by itself")) ?? "";
			match(line, /"callId":"[^"]+","user":"sip:(alice|bob)@example\.com"/);
		});
	}

	it("and say so are posted nowhere; what a program says on its own account is", async () => {
		const phone = await joined("alice");
		const marked = (line: string) =>
			phone.write(lobby, line, { headers: [line] });
		for (const word of ["auto-replied", "auto-notified; x=1", "Anything"]) {
			match(
				await marked(`Auto-Submitted: ${word}`),
				/^SIP\/2\.0 403 What is answered automatically is not posted/,
			);
		}
		match(await marked("Content-Disposition: notification"), /^SIP\/2\.0 200/);
		deepEqual(await stored(), []);
		for (const word of ["no", "auto-generated"]) {
			match(await marked(`Auto-Submitted: ${word}`), /^SIP\/2\.0 200/);
		}
		equal((await stored()).length, 2);
	});

	it("are told that what a room sends is sent by a program", async () => {
		const phone = await joined("alice");
		await phone.write(lobby, "/who");
		equal(header(await phone.taken(), "Auto-Submitted"), "auto-generated");
	});
});

const carol = "sip:carol@example.com" as UserUri;
const isMessage = (text: string) => text.startsWith("MESSAGE ");
