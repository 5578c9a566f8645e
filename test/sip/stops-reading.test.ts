/** A client whose program hangs: it reads no more from its TCP connection. Its dialog ends, in the log, and nobody else notices. */
import { deepEqual, equal, match } from "node:assert/strict";
import type { Actor, RoomId, UserUri } from "../../plugin/index.ts";
import {
	type ChatNode,
	type ChatNodeOptions,
	startChatNode,
} from "../support/chat-node.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { bodyOf, RawSip } from "../support/raw-sip.ts";
import { Sipe } from "../support/sipe.ts";
import { until } from "../support/until.ts";

const lobby = rooms.lobby.slice(-36) as RoomId;
/** More INFOs than may wait for one client. */
const tooMany = 2_100;
const atOnce = 100;
/** 64 × T1 where the SIP server has the usual timers. */
const answerMs = 45_000;

describe("a client that stops reading", () => {
	let node: ChatNode;
	let bob: Person;
	let alice: Sipe;
	let dave: Actor;

	async function start(options: ChatNodeOptions): Promise<void> {
		node = await startChatNode(options);
		bob = await signIn(node, "bob");
		await bob.chat.join(rooms.lobby);
		alice = await signedIn();
		await alice.join(lobby);
		await until(() => bob.comings.length === 1, { what: "+Alice" });
		const found = await node.store.users.find(
			"sip:dave@example.com" as UserUri,
		);
		if (found === undefined) throw new Error("nobody");
		dave = found;
	}
	afterEach(async () => {
		alice.sip.close();
		await bob.chat.close();
		await node.close();
	});

	async function signedIn(): Promise<Sipe> {
		const client = new Sipe("alice", await RawSip.open(node.server("tcp")));
		await client.register();
		await client.begin();
		await client.getsInvitations();
		return client;
	}

	/** By somebody who is there without SIP. */
	const say = (text: string) =>
		node.chat.rooms.post(dave, { room: lobby, text, alert: false });

	/** Of dialogs that nobody wanted to end. */
	const ends = () =>
		node.logged
			.map((line) => JSON.parse(line))
			.filter(({ msg }) => msg === "dialog ended")
			.map(({ reason }) => reason)
			.filter((reason) => reason !== "client left");

	/** Everybody else has heard everything, and seen her leave once. */
	async function othersGoOn(posts: number): Promise<void> {
		await until(() => bob.comings.at(-1) === "-Alice", {
			what: "-Alice",
			withinMs: answerMs,
		});
		await bob.heard(posts);
		deepEqual(
			bob.messages.map(({ sequence }) => sequence),
			bob.messages.map((_, index) => index + 1),
		);
		deepEqual(bob.comings, ["+Alice", "-Alice"]);
	}

	it("is ended when too much waits for it; it finds that when it reads on, and begins anew", async () => {
		await start({});
		alice.sip.stopReading();
		for (let said = 0; said < tooMany; said += atOnce) {
			await Promise.all(
				Array.from({ length: atOnce }, (_, i) => say(`${said + i}`)),
			);
			await bob.heard(said + atOnce);
		}
		await othersGoOn(tooMany);
		deepEqual(ends(), ["client too slow"]);

		alice.sip.readOn();
		match(bodyOf(await alice.sip.receive(/^INFO /)), /<chat>0</);
		await alice.sip.receive(/^BYE /);
		alice.sip.close();
		alice = await signedIn();
		await until(() => bob.comings.at(-1) === "+Alice", { what: "+Alice" });
		equal(bob.comings.length, 3);
	});

	it("is ended when it answers nothing, however little waits for it", async () => {
		await start({ timers: { t1: 20, t2: 80, t4: 100 } });
		alice.sip.stopReading();
		await say("one");
		await say("two");
		await othersGoOn(2);
		deepEqual(ends(), ["client answered 408"]);
	});
});
