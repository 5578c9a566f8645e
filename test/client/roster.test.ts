import assert from "node:assert/strict";
import type { ChatClient } from "../../client/index.ts";
import { Peer, type PeerDialog } from "./scripted-peer.ts";
import {
	joinData,
	joins,
	room,
	signedIn,
	signOut,
} from "./scripted-service.ts";

const carol = (aib: string) =>
	`<uib uri="sip:carol@contoso.com" uname="Carol" guid="11111111-2222-4333-8444-555555555503" type="5">${aib}</uib>`;
const inRoom =
	'<aib key="3984" domain="contoso.com" value="094f5a4a-c492-4f6b-91c2-385eba134fd3"/>';

describe("Who is in a room", () => {
	let peer: Peer;
	let chat: ChatClient;
	let service: PeerDialog;

	beforeEach(async () => {
		peer = await Peer.listen();
		({ chat, service } = await signedIn(peer));
		await joins(chat, service, 1);
	});

	afterEach(async () => {
		await signOut(chat, service);
		await peer.close();
	});

	const names = () =>
		[...(chat.joined.get(room)?.people.values() ?? [])].map(({ name }) => name);

	it("is told by the reply to the join, with who manages", () => {
		assert.deepEqual(
			[...(chat.joined.get(room)?.people.values() ?? [])],
			[
				{
					uri: "sip:bob@contoso.com",
					name: "Bob",
					manager: true,
					presenter: false,
				},
				{
					uri: "sip:alice@contoso.com",
					name: "Alice",
					manager: false,
					presenter: false,
				},
			],
		);
		assert.equal(chat.joined.get(room)?.info.name, "Operations");
		assert.equal(chat.joined.get(room)?.info.privacy, "closed");
	});

	it("grows by ntc:join and shrinks by ntc:part", async () => {
		const joined = chat.next("joined");
		await service.tell(
			`<ntc id="ntc:join" seqid="1"><data>${carol(inRoom)}</data></ntc>`,
		);
		assert.equal((await joined).person.name, "Carol");
		assert.deepEqual(names(), ["Bob", "Alice", "Carol"]);
		const parted = chat.next("parted");
		await service.tell(
			`<ntc id="ntc:part" seqid="1"><data><chanib uri="${room}"><uib uri="sip:carol@contoso.com" uname="Carol"/></chanib></data></ntc>`,
		);
		assert.equal((await parted).person.name, "Carol");
		assert.deepEqual(names(), ["Bob", "Alice"]);
	});

	it("grows by ntc:bjoin in the rooms that are joined here, and in no other", async () => {
		await service.tell(
			`<ntc id="ntc:bjoin" seqid="1"><data>${carol(`<aib key="3984" domain="contoso.com" value="eb1f978a-f9f1-4a8b-b56a-bb62f91ae423"/>${inRoom}`)}</data></ntc>`,
		);
		assert.deepEqual(names(), ["Bob", "Alice", "Carol"]);
		assert.equal(chat.joined.size, 1);
	});

	it("counts somebody once who is told of twice", async () => {
		let told = 0;
		chat.on("joined", () => told++);
		const notice = `<ntc id="ntc:join" seqid="1"><data>${carol(inRoom)}</data></ntc>`;
		await service.tell(notice);
		await service.tell(notice);
		assert.equal(told, 1);
	});

	it("has those who come in ntc:join right behind a long list's reply", async () => {
		const again = chat.join(room);
		const { envid } = await service.info();
		await service.reply("join", envid, joinData);
		await service.tell(
			`<ntc id="ntc:join" seqid="1"><data>${carol(inRoom)}</data></ntc>`,
		);
		await service.serve("cmd:bccontext", "");
		assert.equal((await again).people.size, 3);
	});

	it("is nobody we know after we were removed", async () => {
		const kicked = chat.next("kicked");
		await service.tell(
			`<ntc id="ntc:kick" seqid="1"><data><chanib uri="${room}" reason="not a member any more"/></data></ntc>`,
		);
		const { room: left, why } = await kicked;
		assert.equal(left.info.uri, room);
		assert.equal(why, "not a member any more");
		assert.equal(chat.joined.size, 0);
	});

	it("says who may do what now", async () => {
		const told = chat.next("permissionsChanged");
		await service.tell(
			`<ntc id="ntc:permissions" seqid="1"><data><uib uri="sip:alice@contoso.com" uname="Alice" type="5"><aib key="12276" domain="contoso.com" value="094f5a4a-c492-4f6b-91c2-385eba134fd3"/></uib></data></ntc>`,
		);
		const { person, before } = await told;
		assert.equal(before?.manager, false);
		assert.equal(person.manager, true);
		const people = chat.joined.get(room)?.people;
		assert.equal(people?.get("sip:alice@contoso.com")?.manager, true);
		assert.equal(people?.size, 2);
	});

	it("is nobody we know after we left", async () => {
		const parting = chat.part(room);
		await service.serve(
			`<cmd id="cmd:part" seqid="1"><data><chanib uri="${room}"/></data></cmd>`,
			`<chanib uri="${room}"/>`,
		);
		await parting;
		assert.equal(chat.joined.size, 0);
	});

	it("is told with the room's new name when that changes", async () => {
		const changed = chat.next("roomChanged");
		await service.tell(
			`<ntc id="ntc:chanmodify" seqid="1"><data><chanib uri="${room}" name="Operations 2" description="Shift notes" topic="" behavior="NORMAL"/></data></ntc>`,
		);
		const { room: now, before } = await changed;
		assert.equal(before.name, "Operations");
		assert.equal(now.info.name, "Operations 2");
		assert.equal(chat.joined.get(room)?.people.size, 2);
	});

	it("is known of several rooms after one bjoin, with what was refused", async () => {
		const other = "ma-chan://contoso.com/eb1f978a-f9f1-4a8b-b56a-bb62f91ae423";
		const joining = chat.joinAll([room, other]);
		await service.serve(
			'<chanid key="0" domain="contoso.com" value="094f5a4a-c492-4f6b-91c2-385eba134fd3"/><chanid key="1" domain="contoso.com" value="eb1f978a-f9f1-4a8b-b56a-bb62f91ae423"/>',
			`${joinData}<fib key="OPERATION_FAILED" value="eb1f978a-f9f1-4a8b-b56a-bb62f91ae423" domain="contoso.com"/>`,
		);
		await service.serve("cmd:bccontext", "");
		const { rooms, refused } = await joining;
		assert.deepEqual(
			rooms.map(({ info }) => info.uri),
			[room],
		);
		assert.equal(refused.get(other)?.text, "OPERATION_FAILED");
	});
});
