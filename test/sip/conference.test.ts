/** SUBSCRIBE `conference` to a room: who is in it, as standard clients hear it (RFC 4575). */
import { deepEqual, equal, match } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { RoomId, UserUri } from "../../plugin/index.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { bodyOf, header, RawSip } from "../support/raw-sip.ts";

const lobbyId = "00000000-0000-4000-8000-000000000001" as RoomId;
const operationsId = "00000000-0000-4000-8000-000000000002" as RoomId;
const boardId = "00000000-0000-4000-8000-000000000003" as RoomId;
const operator = {
	uri: "sip:operator@localhost" as UserUri,
	displayName: "Operator",
	guid: "",
	administrator: true,
};

interface Subscriber {
	readonly sip: RawSip;
	/** The answer; within the subscription once there is one. */
	subscribe(
		room: string,
		headers?: Readonly<Record<string, string>>,
	): Promise<string>;
	/** The next NOTIFY, answered. */
	notified(statusLine?: string): Promise<string>;
}

describe("SUBSCRIBE conference", () => {
	let node: ChatNode;
	const open: RawSip[] = [];
	const people: Person[] = [];

	async function start(roster = 75): Promise<void> {
		node = await startChatNode({
			service: {
				authentication: "open",
				limits: { roster },
				phones: { rosterEveryMs: 10 },
			},
		});
		await node.store.transaction(async (tx) => {
			await tx.rooms.lock(lobbyId);
			await tx.rooms.change(lobbyId, { alias: "lobby" }, "test", new Date());
		});
	}
	afterEach(async () => {
		for (const { chat } of people.splice(0)) await chat.close();
		for (const sip of open.splice(0)) sip.close();
		await node.close();
	});

	async function person(name: string): Promise<Person> {
		const signed = await signIn(node, name);
		people.push(signed);
		return signed;
	}

	async function subscriber(name: string): Promise<Subscriber> {
		const sip = await RawSip.open(node.server("tcp"));
		open.push(sip);
		const callId = randomUUID();
		let cseq = 0;
		let to: string | undefined;
		let target: string | undefined;
		return {
			sip,
			async subscribe(room, headers = {}) {
				cseq += 1;
				const uri = `sip:room.${room}@example.com`;
				const all: Record<string, string> = {
					Via: `SIP/2.0/TCP 127.0.0.1:${sip.localPort};branch=z9hG4bK${randomUUID()}`,
					From: `<sip:${name}@example.com>;tag=1`,
					To: to ?? `<${uri}>`,
					"Call-ID": callId,
					CSeq: `${cseq} SUBSCRIBE`,
					Contact: `<sip:${name}-${sip.localPort}@127.0.0.1:${sip.localPort};transport=tcp>`,
					"Max-Forwards": "70",
					Event: "conference",
					Expires: "600",
					...headers,
				};
				const lines = Object.entries(all).map(
					([key, text]) => `${key}: ${text}`,
				);
				sip.send([`SUBSCRIBE ${target ?? uri} SIP/2.0`, ...lines].join("\n"));
				const answer = await sip.receive(
					new RegExp(`^SIP/2.0 [2-6][^]*CSeq: ${cseq} SUBSCRIBE`, "i"),
				);
				if (answer.startsWith("SIP/2.0 2")) {
					to = header(answer, "To");
					target = /<([^>]+)>/.exec(header(answer, "Contact"))?.[1];
				}
				return answer;
			},
			async notified(statusLine = "200 OK") {
				const notify = await sip.receive(/^NOTIFY /);
				sip.answer(notify, statusLine);
				return notify;
			},
		};
	}
	const about = (notify: string) => {
		const [, state, version] =
			/ state="(\w+)" version="(\d+)"/.exec(bodyOf(notify)) ?? [];
		const count = /<user-count>(\d+)/.exec(bodyOf(notify))?.[1];
		const users = [
			...bodyOf(notify).matchAll(
				/<user entity="sip:(\w+)@[^"]*" state="(\w+)"/g,
			),
		].map(([, name, how]) => `${how} ${name}`);
		return [state, version, count, ...users];
	};

	it("is told all who are there, then who comes and goes, by rising versions", async () => {
		await start();
		const bob = await person("bob");
		await bob.chat.join(rooms.lobby);
		const alice = await subscriber("alice");
		const answer = await alice.subscribe("lobby");
		match(answer, /^SIP\/2\.0 20[02]/);
		equal(header(answer, "Expires"), "600");
		const first = await alice.notified();
		equal(header(first, "Event"), "conference");
		match(header(first, "Subscription-State"), /^active;expires=\d+$/);
		equal(header(first, "Content-Type"), "application/conference-info+xml");
		deepEqual(about(first), ["full", "0", "1", "full bob"]);
		match(bodyOf(first), / entity="sip:room\.lobby@example\.com" state=/);
		const carol = await person("carol");
		await carol.chat.join(rooms.lobby);
		deepEqual(about(await alice.notified()), [
			"partial",
			"1",
			"2",
			"full carol",
		]);
		await bob.chat.part(rooms.lobby);
		deepEqual(about(await alice.notified()), [
			"partial",
			"2",
			"1",
			"deleted bob",
		]);
		match(await alice.subscribe("lobby"), /^SIP\/2\.0 200/);
		deepEqual(about(await alice.notified()), ["full", "3", "1", "full carol"]);
	});

	it("ends by its wish, and gives a single look when it asks for no time", async () => {
		await start();
		const alice = await subscriber("alice");
		await alice.subscribe("lobby");
		await alice.notified();
		match(await alice.subscribe("lobby", { Expires: "0" }), /^SIP\/2\.0 200/);
		equal(
			header(await alice.notified(), "Subscription-State"),
			"terminated;reason=timeout",
		);
		const bob = await subscriber("bob");
		match(await bob.subscribe("lobby", { Expires: "0" }), /^SIP\/2\.0 20[02]/);
		const look = await bob.notified();
		equal(header(look, "Subscription-State"), "terminated;reason=timeout");
		deepEqual(about(look), ["full", "0", "0"]);
	});

	it("is told only how many there are while the list is hidden", async () => {
		await start(1);
		const bob = await person("bob");
		await bob.chat.join(rooms.lobby);
		const alice = await subscriber("alice");
		await alice.subscribe("lobby");
		deepEqual(about(await alice.notified()), ["full", "0", "1", "full bob"]);
		const carol = await person("carol");
		await carol.chat.join(rooms.lobby);
		deepEqual(about(await alice.notified()), ["full", "1", "2"]);
	});

	it("is refused: no such room and a secret one alike, to no member, for too short a time", async () => {
		await start();
		const dave = await subscriber("dave");
		const line = (answer: string) => answer.split("\r\n")[0];
		const nowhere = line(await dave.subscribe("nowhere"));
		match(nowhere ?? "", /^SIP\/2\.0 404 There is no such room/);
		equal(line(await dave.subscribe(boardId)), nowhere);
		match(await dave.subscribe(operationsId), /^SIP\/2\.0 403 /);
		const brief = await dave.subscribe("lobby", { Expires: "5" });
		match(brief, /^SIP\/2\.0 423/);
		equal(header(brief, "Min-Expires"), "60");
		equal(dave.sip.waiting.length, 0);
	});

	it("ends when the right to the room is lost, and when the room is gone", async () => {
		await start();
		const alice = await subscriber("alice");
		match(await alice.subscribe(operationsId), /^SIP\/2\.0 20[02]/);
		await alice.notified();
		await node.chat.rooms.changeRoom(operator, operationsId, {
			roles: { member: { set: [] } },
		});
		equal(
			header(await alice.notified(), "Subscription-State"),
			"terminated;reason=rejected",
		);
		const bob = await subscriber("bob");
		await bob.subscribe("lobby");
		await bob.notified();
		await node.chat.rooms.changeRoom(operator, lobbyId, {
			properties: { privacy: "secret" },
		});
		equal(
			header(await bob.notified(), "Subscription-State"),
			"terminated;reason=noresource",
		);
	});

	it("ends with the account, and when the service stops", async () => {
		await start();
		const alice = await subscriber("alice");
		await alice.subscribe("lobby");
		await alice.notified();
		await node.chat.rooms.setPolicy(operator, {
			scope: "sip:alice@example.com" as UserUri,
			enabled: false,
			admit: false,
		});
		equal(
			header(await alice.notified(), "Subscription-State"),
			"terminated;reason=rejected",
		);
		const bob = await subscriber("bob");
		await bob.subscribe("lobby");
		await bob.notified();
		const closing = node.chat.close();
		equal(
			header(await bob.notified(), "Subscription-State"),
			"terminated;reason=deactivated",
		);
		await closing;
	});

	it("ends when its client does not want to hear", async () => {
		await start();
		const alice = await subscriber("alice");
		await alice.subscribe("lobby");
		await alice.notified("481 Gone");
		const bob = await person("bob");
		await bob.chat.join(rooms.lobby);
		match(await alice.subscribe("lobby"), /^SIP\/2\.0 481/);
	});
});
