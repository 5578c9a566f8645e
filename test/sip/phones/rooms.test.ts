/** Rooms as an ordinary SIP phone has them: written to, joined, listened to, by MESSAGE. */
import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import type { RoomId, UserUri } from "../../../plugin/index.ts";
import {
	type ChatNode,
	type ChatNodeOptions,
	startChatNode,
} from "../../support/chat-node.ts";
import { type FreshDatabase, freshSqlite } from "../../support/databases.ts";
import { type Person, rooms, signIn } from "../../support/people.ts";
import {
	openPhone,
	type Phone,
	unregisteredPhone,
	type Written,
} from "../../support/phone.ts";
import { bodyOf, header } from "../../support/raw-sip.ts";
import { until } from "../../support/until.ts";

const lobbyId = "00000000-0000-4000-8000-000000000001" as RoomId;
const boardId = "00000000-0000-4000-8000-000000000003" as RoomId;

const operator = {
	uri: "sip:operator@localhost" as UserUri,
	displayName: "Operator",
	guid: "",
	administrator: true,
} as const;

describe("rooms by SIP MESSAGE", () => {
	let node: ChatNode;
	const open: { close(): void }[] = [];
	const people: Person[] = [];
	const databases: FreshDatabase[] = [];

	async function start(options: ChatNodeOptions = {}): Promise<void> {
		node = await startChatNode(options);
		await setAlias("lobby");
	}
	afterEach(async () => {
		for (const phone of open.splice(0)) phone.close();
		for (const { chat } of people.splice(0)) await chat.close();
		await node.close();
		for (const database of databases.splice(0)) await database.drop();
	});

	async function setAlias(alias: string | undefined): Promise<void> {
		await node.store.transaction(async (tx) => {
			await tx.rooms.lock(lobbyId);
			await tx.rooms.change(lobbyId, { alias }, "test", new Date());
		});
	}
	async function phone(name: string): Promise<Phone> {
		const opened = await openPhone(node, name);
		open.push(opened);
		return opened;
	}
	async function person(name: string): Promise<Person> {
		const signed = await signIn(node, name);
		people.push(signed);
		return signed;
	}
	const stored = async (room: RoomId) =>
		(await node.store.messages.latest(room, 50)).map(
			({ author, text }) => `${author.uri} ${text}`,
		);
	async function joined(name: string): Promise<Phone> {
		const opened = await phone(name);
		match(await opened.write("lobby", "/join"), /^SIP\/2\.0 200/);
		match(await opened.told(), /^You are in Lobby/);
		return opened;
	}

	describe("writing to one", () => {
		it("posts: 200 says that it is stored, and the others hear it", async () => {
			await start();
			const bob = await person("bob");
			await bob.chat.join(rooms.lobby);
			const alice = await phone("alice");
			const answer = await alice.write("lobby", "Grüße\r\nzwei");
			match(answer, /^SIP\/2\.0 200/);
			equal(bodyOf(answer), "");
			deepEqual(await stored(lobbyId), ["sip:alice@example.com Grüße\nzwei"]);
			const [heard] = await bob.heard(1);
			equal(heard?.text, "Grüße\nzwei");
			equal(heard?.author.name, "Alice");
		});

		it("goes to its id too, in whatever letter case", async () => {
			await start();
			const alice = await phone("alice");
			match(await alice.write(lobbyId, "by id"), /^SIP\/2\.0 200/);
			match(await alice.write("LOBBY", "by alias"), /^SIP\/2\.0 200/);
			equal((await stored(lobbyId)).length, 2);
		});

		it("is stored once when it comes again by another way", async () => {
			await start();
			const alice = await phone("alice");
			const same: Written = { callId: "same@phone", cseq: 7 };
			match(await alice.write("lobby", "once", same), /^SIP\/2\.0 200/);
			match(await alice.write("lobby", "once", same), /^SIP\/2\.0 200/);
			const next = { ...same, cseq: 8 };
			match(await alice.write("lobby", "once", next), /^SIP\/2\.0 200/);
			equal((await stored(lobbyId)).length, 2);
		});

		it("posts a slash that is written twice", async () => {
			await start();
			const alice = await phone("alice");
			await alice.write("lobby", "//join is a command");
			deepEqual(await stored(lobbyId), [
				"sip:alice@example.com /join is a command",
			]);
		});

		it("is refused in words: another type, another charset, too long, empty", async () => {
			await start();
			const alice = await phone("alice");
			const html = await alice.write("lobby", "<b>", { type: "text/html" });
			match(html, /^SIP\/2\.0 415 Send plain text/);
			equal(header(html, "Accept"), "text/plain, message/cpim");
			const latin = { type: "text/plain; charset=iso-8859-1" };
			match(
				await alice.write("lobby", "x", latin),
				/^SIP\/2\.0 415 Send the text in UTF-8/,
			);
			match(
				await alice.write("lobby", "x".repeat(4_001)),
				/^SIP\/2\.0 413 The message has 4001 bytes; the limit is 4000/,
			);
			for (const text of ["", " \t\r\n\u00a0"]) {
				match(
					await alice.write("lobby", text),
					/^SIP\/2\.0 400 A message needs a text/,
				);
			}
			for (const name of ["Content-Encoding", "e"]) {
				const packed = { headers: [`${name}: gzip`] };
				match(await alice.write("lobby", "x", packed), /^SIP\/2\.0 415/);
			}
			const torn = Buffer.from([0x61, 0xff, 0xfe, 0x62]);
			match(
				await alice.write("lobby", torn),
				/^SIP\/2\.0 400 The text is not UTF-8/,
			);
			deepEqual(await stored(lobbyId), []);
		});

		it("is answered alike where there is no such room and where it is secret", async () => {
			await start();
			const dave = await phone("dave");
			const tail = (answer: string) => answer.split("\r\n")[0];
			const nowhere = await dave.write("nowhere", "x");
			match(nowhere, /^SIP\/2\.0 404 There is no such room/);
			for (const text of ["x", "/join", "/who", "/history", "/help", "/part"]) {
				equal(tail(await dave.write(boardId, text)), tail(nowhere));
			}
			equal(dave.sip.waiting.length, 0);
		});

		it("is challenged; the author is who has shown who he is", async () => {
			await start();
			const stranger = await unregisteredPhone(node, "alice");
			open.push(stranger);
			match(await stranger.write("lobby", "mine"), /^SIP\/2\.0 200/);
			const mallory = await phone("bob");
			const cpim = [
				"From: <sip:alice@example.com>",
				"",
				"Content-Type: text/plain",
				"",
				"hers",
			].join("\r\n");
			match(
				await mallory.write("lobby", cpim, { type: "message/cpim" }),
				/^SIP\/2\.0 403 The From of the CPIM names somebody else/,
			);
			deepEqual(await stored(lobbyId), ["sip:alice@example.com mine"]);
		});

		it("of another domain is not ours, unless that is how it came here", async () => {
			await start();
			const alice = await phone("alice");
			const foreign = "sip:room.lobby@example.net";
			match(await alice.write("lobby", "x", { uri: foreign }), /^SIP\/2\.0 4/);
			deepEqual(await stored(lobbyId), []);
			for (const uri of [
				"sip:room.lobby@127.0.0.1",
				"sip:room.lobby@chat.example.com:5060",
			]) {
				match(await alice.write("lobby", "x", { uri }), /^SIP\/2\.0 200/);
			}
		});

		it("finds a node that takes nothing new not there", async () => {
			await start();
			const alice = await phone("alice");
			const [own] = await node.chat.pool.nodes(operator);
			await node.chat.pool.drain(operator, own?.node ?? "");
			const refused = async () => {
				const answer = await alice.write("lobby", "/help");
				return answer.startsWith("SIP/2.0 503") ? answer : undefined;
			};
			const answer = await until(refused, { what: "a refusal" });
			equal(header(answer, "Retry-After"), "5");
		});

		it("is refused to who is turned off", async () => {
			await start();
			const bob = await phone("bob");
			await node.store.transaction((tx) =>
				tx.policies.set({
					scope: "sip:bob@example.com" as UserUri,
					enabled: false,
					admit: false,
				}),
			);
			match(await bob.write("lobby", "x"), /^SIP\/2\.0 403 Not enabled/);
		});
	});

	describe("receipts", () => {
		const cpim = (text: string, asked: string) =>
			[
				"From: Alice <sip:alice@example.com>",
				"To: <sip:room.lobby@example.com>",
				"DateTime: 2026-01-31T17:05:00Z",
				"NS: imdn <urn:ietf:params:imdn>",
				"imdn.Message-ID: 34jk324j",
				`imdn.Disposition-Notification: ${asked}`,
				"",
				"Content-Type: text/plain; charset=utf-8",
				`Content-Length: ${Buffer.byteLength(text)}`,
				"",
				text,
			].join("\r\n");

		it("are sent once it is stored, once, to who asks for them", async () => {
			await start();
			const alice = await phone("alice");
			const body = cpim("hello\r\n\r\nthere", "positive-delivery, display");
			const same: Written = { type: "message/cpim", callId: "one", cseq: 1 };
			match(await alice.write("lobby", body, same), /^SIP\/2\.0 200/);
			const receipt = await alice.taken();
			deepEqual(await stored(lobbyId), [
				"sip:alice@example.com hello\n\nthere",
			]);
			equal(header(receipt, "Content-Type"), "message/cpim");
			match(receipt, /^From: ?"Lobby" <sip:room\.lobby@example\.com>/im);
			match(
				bodyOf(receipt),
				/Content-Type: message\/imdn\+xml\r\nContent-Disposition: notification\r\n/,
			);
			match(
				bodyOf(receipt),
				/<imdn xmlns="urn:ietf:params:xml:ns:imdn"><message-id>34jk324j<\/message-id><datetime>2026-01-31T17:05:00Z<\/datetime><recipient-uri>sip:room\.lobby@example\.com<\/recipient-uri><original-recipient-uri>sip:room\.lobby@example\.com<\/original-recipient-uri><delivery-notification><status><delivered\/><\/status><\/delivery-notification><\/imdn>$/,
			);
			await alice.write("lobby", body, same);
			await alice.write("lobby", "/who");
			match(await alice.told(), /^Nobody is in Lobby/);
		});

		it("say of what is refused that it failed, where that is asked", async () => {
			await start();
			const alice = await phone("alice");
			const body = cpim("x".repeat(4_001), "negative-delivery");
			const type = "message/cpim";
			match(await alice.write("lobby", body, { type }), /^SIP\/2\.0 413/);
			match(await alice.told(), /<status><failed\/><\/status>/);
			equal(alice.sip.waiting.length, 0);
		});

		it("of a phone for what we sent are taken, and posted nowhere", async () => {
			await start();
			const alice = await phone("alice");
			const type = "message/imdn+xml";
			match(await alice.write("lobby", "<imdn/>", { type }), /^SIP\/2\.0 200/);
			deepEqual(await stored(lobbyId), []);
		});
	});

	describe("commands", () => {
		it("join: what is said there is sent to him, but not what he says", async () => {
			await start();
			const alice = await joined("alice");
			const bob = await person("bob");
			await bob.chat.join(rooms.lobby);
			const here = await node.store.participants.inRoom(lobbyId, { limit: 9 });
			deepEqual(
				here.map(({ user }) => user.displayName),
				["Alice", "Bob"],
			);
			await alice.write("lobby", "mine");
			await bob.heard(1);
			await bob.chat.post(rooms.lobby, "hello Alice");
			const message = await alice.taken();
			equal(bodyOf(message), "Bob: hello Alice");
			match(message, new RegExp(`^MESSAGE ${alice.contact} SIP/2.0`));
			match(message, /^From: ?"Lobby" <sip:room\.lobby@example\.com>/im);
			match(header(message, "To"), /^<sip:alice@example\.com>/);
			match(header(message, "Content-Type"), /^text\/plain; ?charset=UTF-8/i);
			equal(alice.sip.waiting.length, 0);
		});

		it("part: nothing more is sent", async () => {
			await start();
			const bob = await person("bob");
			await bob.chat.join(rooms.lobby);
			const alice = await joined("alice");
			match(await alice.write("lobby", "/part"), /^SIP\/2\.0 200/);
			match(await alice.told(), /^What is said in Lobby is not sent/);
			await until(() => bob.comings.includes("-Alice"), {
				what: "her parting",
			});
			await bob.chat.post(rooms.lobby, "not for her");
			await alice.write("lobby", "/history 1");
			match(await alice.told(), /\] Bob: not for her$/);
			deepEqual(bob.comings, ["+Alice", "-Alice"]);
		});

		it("who, history and help are answered to who asks, joined or not", async () => {
			await start();
			const bob = await person("bob");
			await bob.chat.join(rooms.lobby);
			await bob.chat.post(rooms.lobby, "one");
			await bob.chat.post(rooms.lobby, "two");
			const alice = await phone("alice");
			await alice.write("lobby", "/who");
			equal(await alice.told(), "In Lobby (1): Bob");
			await alice.write("lobby", "/history 10");
			match(await alice.told(), /^\[\d{4}-\d\d-\d\d \d\d:\d\d UTC\] Bob: one$/);
			match(await alice.told(), /Bob: two$/);
			for (const text of ["/help", "/dance", "/history x", "/join now"]) {
				match(await alice.write("lobby", text), /^SIP\/2\.0 200/);
				match(await alice.told(), /^\/join - /);
			}
			equal((await stored(lobbyId)).length, 2);
		});
	});

	describe("what is sent", () => {
		it("goes on after a restart with what was said meanwhile, once", async () => {
			const existing = await freshSqlite();
			databases.push(existing);
			await start({ existing });
			const alice = await joined("alice");
			const bob = await person("bob");
			await bob.chat.join(rooms.lobby);
			await bob.chat.post(rooms.lobby, "one");
			equal(await alice.told(), "Bob: one");
			alice.close();
			await bob.chat.close();
			await node.close();
			node = await startChatNode({ existing });
			const again = await person("bob");
			await again.chat.join(rooms.lobby);
			await again.chat.post(rooms.lobby, "two");
			await until(
				() => node.logged.some((line) => line.includes("not reached")),
				{ what: "a line in the log" },
			);
			await again.chat.post(rooms.lobby, "three");
			const returned = await phone("alice");
			equal(await returned.told(), "Bob: two");
			equal(await returned.told(), "Bob: three");
			equal(returned.sip.waiting.length, 0);
		});

		it("waits while the phone is busy, one at a time, and comes again when it is there", async () => {
			await start();
			const alice = await joined("alice");
			const bob = await person("bob");
			await bob.chat.join(rooms.lobby);
			await bob.chat.post(rooms.lobby, "one");
			await bob.chat.post(rooms.lobby, "two");
			equal(await alice.told("480 Temporarily Unavailable"), "Bob: one");
			await until(
				() => node.logged.some((line) => line.includes("not reached")),
				{ what: "a line in the log" },
			);
			equal(alice.sip.waiting.length, 0);
			await alice.register();
			equal(await alice.told(), "Bob: one");
			equal(await alice.told(), "Bob: two");
		});

		it("is passed over when the phone refuses it, and the next one comes", async () => {
			await start();
			const alice = await joined("alice");
			const bob = await person("bob");
			await bob.chat.join(rooms.lobby);
			await bob.chat.post(rooms.lobby, "one");
			equal(await alice.told("415 Unsupported Media Type"), "Bob: one");
			await bob.chat.post(rooms.lobby, "two");
			equal(await alice.told(), "Bob: two");
		});

		it("ends with his participation when there is no such phone any more", async () => {
			await start();
			const bob = await person("bob");
			await bob.chat.join(rooms.lobby);
			const alice = await joined("alice");
			await bob.chat.post(rooms.lobby, "one");
			equal(await alice.told("404 Not Found"), "Bob: one");
			await until(() => bob.comings.includes("-Alice"), {
				what: "her parting",
			});
			deepEqual(await node.database("phone_rooms"), []);
		});

		it("is parted into several when it is long, each with its count", async () => {
			await start();
			const alice = await joined("alice");
			const bob = await person("bob");
			await bob.chat.join(rooms.lobby);
			const text = Array.from({ length: 200 }, (_, at) => `word${at}`).join(
				" ",
			);
			await bob.chat.post(rooms.lobby, text);
			const first = await alice.told();
			match(first, /^\(1\/2\) Bob: word0 /);
			const second = await alice.told();
			match(second, /^\(2\/2\) word/);
			const plain = (part: string) => part.replace(/^\(\d\/2\) /, "");
			equal(`${plain(first)} ${plain(second)}`, `Bob: ${text}`);
		});

		it("ends when he loses the right, with a word about it and nothing of the room", async () => {
			await start();
			const carol = await phone("carol");
			await carol.write(boardId, "/join");
			match(await carol.told(), /^You are in Board/);
			await node.chat.rooms.changeRoom(operator, boardId, {
				properties: { disabled: true },
			});
			match(await carol.told(), /^You are not in Board any more/);
			doesNotMatch(node.logged.join("\n"), /"level":50/);
		});
	});
});
