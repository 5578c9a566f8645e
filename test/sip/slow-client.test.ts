/** A client that does not answer INFOs: what waits for it is not told when it should not be any more. */
import { deepEqual } from "node:assert/strict";
import type { Principal, RoomId } from "../../plugin/rooms/types.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { operator } from "../support/domain.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { bodyOf, RawSip } from "../support/raw-sip.ts";
import { Sipe } from "../support/sipe.ts";
import { until } from "../support/until.ts";

const lobby = rooms.lobby.slice(-36) as RoomId;
const operations = rooms.operations.slice(-36) as RoomId;
const alicePrincipal = "sip:alice@example.com" as Principal;

describe("a slow client", () => {
	let node: ChatNode;
	let bob: Person;
	let alice: Sipe;

	beforeEach(async () => {
		node = await startChatNode();
		bob = await signIn(node, "bob");
		await bob.chat.join(rooms.lobby);
		await bob.chat.join(rooms.operations);
		alice = new Sipe("alice", await RawSip.open(node.server("tcp")));
		await alice.register();
		await alice.begin();
		await alice.getsInvitations();
	});
	afterEach(async () => {
		alice.sip.close();
		await bob.chat.close();
		await node.close();
	});

	const xccos = (envid: number, id: string, data: string) =>
		`<xccos ver="1" envid="${envid}" xmlns="urn:parlano:xml:ns:xccos"><cmd id="${id}" seqid="1"><data>${data}</data></cmd></xccos>`;
	const chanib = (uri: string) => `<chanib uri="${uri}"/>`;
	const history = (uri: string) => `${chanib(uri)}<bcq><last cnt="25"/></bcq>`;
	const kinds = (body: string) => [
		...[...body.matchAll(/id="((?:rpl|ntc):[^"]+)"/g)].map(([, id]) => id),
		...[...body.matchAll(/<resp code="(\d+)"/g)].map(([, code]) => code),
		...[...body.matchAll(/<chat>([^<]*)<\/chat>/g)].map(([, text]) => text),
	];

	/** A message that it takes notice of, and does not answer: what follows waits. */
	async function becomesSlow(): Promise<string> {
		await bob.chat.post(rooms.lobby, "fills the wire");
		return alice.sip.receive(/^INFO [\s\S]*fills the wire/);
	}

	/** It answers what it had, and everything until this. */
	async function takes(first: string, last: RegExp): Promise<string[][]> {
		const heard: string[][] = [];
		alice.sip.answer(first, "200 OK");
		for (;;) {
			const body = bodyOf(await alice.hears());
			heard.push(kinds(body).filter((kind) => kind !== undefined));
			if (last.test(body)) return heard;
		}
	}
	const asksForServerInfo = (envid: number) =>
		alice.tells(xccos(envid, "cmd:getserverinfo", ""));
	/** What was asked for has been answered, as far as the service goes: the answers wait. */
	const served = (what: string) =>
		until(
			async () =>
				(await node.database("outbox").where({ type: "viewed" })).length > 0,
			{ what },
		);
	const remove = () =>
		node.chat.rooms.changeRoom(operator, operations, {
			roles: { member: { remove: [alicePrincipal] } },
		});

	it("is kicked before it is told more of the room, whatever it asked for", async () => {
		await alice.join(lobby);
		await alice.join(operations);
		for (let i = 0; i < 6; i += 1) {
			await bob.chat.post(rooms.operations, `secret ${i} ${"x".repeat(1_500)}`);
			await alice.hears();
		}
		const first = await becomesSlow();
		await alice.tells(
			xccos(
				90,
				"cmd:bjoin",
				`<chanid key="0" domain="example.com" value="${operations}"/><chanid key="1" domain="example.com" value="${lobby}"/>`,
			),
		);
		await alice.tells(xccos(91, "cmd:chaninfo", chanib(rooms.operations)));
		await alice.tells(
			xccos(92, "cmd:getparticipants", chanib(rooms.operations)),
		);
		await alice.tells(xccos(93, "cmd:chansrch", ""));
		await alice.tells(xccos(94, "cmd:bccontext", history(rooms.operations)));
		await served("the history");
		await bob.chat.post(rooms.operations, "secret live");
		await remove();
		await asksForServerInfo(95);
		const heard = await takes(first, /rpl:getserverinfo/);
		deepEqual(heard, [
			["rpl:bjoin", "200"],
			["rpl:chaninfo", "403"],
			["rpl:getparticipants", "403"],
			["rpl:chansrch", "200"],
			["rpl:bccontext", "403"],
			["ntc:kick"],
			["rpl:getserverinfo", "200"],
		]);
	});

	it("is not told what it asked of a room that it is not in when its right to it is gone", async () => {
		await alice.join(lobby);
		await bob.chat.post(rooms.operations, "secret");
		const first = await becomesSlow();
		await alice.tells(xccos(91, "cmd:bccontext", history(rooms.operations)));
		await served("the history");
		await remove();
		await asksForServerInfo(92);
		deepEqual(await takes(first, /rpl:getserverinfo/), [
			["rpl:bccontext", "409"],
			["rpl:getserverinfo", "200"],
		]);
	});

	it("gets the answers to what it asked before it parted", async () => {
		await alice.join(lobby);
		await alice.join(operations);
		await bob.chat.post(rooms.operations, "kept");
		await alice.hears();
		const first = await becomesSlow();
		await alice.tells(xccos(91, "cmd:bccontext", history(rooms.operations)));
		await served("the history");
		await bob.chat.post(rooms.operations, "not told");
		await alice.tells(xccos(92, "cmd:part", chanib(rooms.operations)));
		deepEqual(await takes(first, /rpl:part/), [
			["rpl:bccontext", "200", "kept"],
			["rpl:part", "200"],
		]);
	});

	it("is told of no message as it read before it was deleted or replaced", async () => {
		await alice.join(lobby);
		const first = await becomesSlow();
		await bob.chat.post(rooms.lobby, "libel 2");
		await bob.chat.post(rooms.lobby, "libel 3");
		await alice.tells(xccos(91, "cmd:bccontext", history(rooms.lobby)));
		await served("the history");
		const { deleteMessages, replaceMessages } = node.chat.rooms;
		await replaceMessages(operator, { room: lobby, sequences: [2] }, "gone");
		await deleteMessages(operator, { room: lobby, sequences: [3] });
		await asksForServerInfo(92);
		deepEqual(await takes(first, /rpl:getserverinfo/), [
			["gone"],
			["rpl:bccontext", "409"],
			["ntc:chatmodify", "ntc:chatdelete", "gone"],
			["rpl:getserverinfo", "200"],
		]);
	});

	it("is not invited to a room that it may not know any more", async () => {
		await alice.join(lobby);
		const { chat } = node;
		const category = await chat.rooms.createCategory(operator, {
			name: "Plans",
			allowed: ["domain:example.com" as Principal],
		});
		const first = await becomesSlow();
		const { room } = await chat.rooms.createRoom(operator, {
			name: "Layoffs",
			category: category.id,
			privacy: "secret",
			roles: { member: [alicePrincipal] },
		});
		await until(
			async () =>
				(await node.database("invitations").where({ room_id: room.id }))
					.length > 0,
			{ what: "the invitation" },
		);
		await chat.rooms.changeRoom(operator, room.id, {
			roles: { member: { remove: [alicePrincipal] } },
		});
		await asksForServerInfo(91);
		deepEqual(await takes(first, /rpl:getserverinfo/), [
			["rpl:getserverinfo", "200"],
		]);
	});
});
