/** pidgin-sipe 1.25.0 as it is: its requests to the letter, with its quirks (no Via branch in dialogs, `uri="(null)"`, no ACK for a 407). */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { signIn as person } from "../support/people.ts";
import { bodyOf, header, RawSip } from "../support/raw-sip.ts";
import { Sipe } from "../support/sipe.ts";

const lobby = "ma-chan://example.com/00000000-0000-4000-8000-000000000001";

describe("pidgin-sipe", () => {
	let node: ChatNode;
	const open: RawSip[] = [];

	before(async () => {
		node = await startChatNode();
	});
	after(async () => {
		for (const sip of open) sip.close();
		await node.close();
	});

	async function signIn(name: string): Promise<Sipe> {
		const sip = await RawSip.open(node.server("tcp"));
		open.push(sip);
		return new Sipe(name, sip);
	}

	it("signs in, finds rooms, joins, talks, reads history and leaves", async () => {
		const alice = await signIn("alice");
		const registered = await alice.register();
		equal(header(registered, "Expires"), "3600");
		equal(header(registered, "Supported"), "msrtc-event-categories");
		equal(header(registered, "Allow-Events"), "vnd-microsoft-provisioning-v2");

		const provisioned = await alice.subscribe();
		equal(header(provisioned, "ms-piggyback-cseq"), "1");
		equal(header(provisioned, "Event"), "vnd-microsoft-provisioning-v2");
		match(
			bodyOf(provisioned),
			/<property name="EnablePersistentChat">true<\/property><property name="DefaultPersistentChatPoolUri">sip:persistentchat@example\.com<\/property>/,
		);

		const pool = await alice.invite("sip:persistentchat@example.com");
		const told = alice.sip.waiting.filter((text) => /^(BE)?NOTIFY /.test(text));
		deepEqual(told, [], "the document came twice");
		match(header(pool, "Session-Expires"), /^720;refresher=uac$/);
		match(bodyOf(pool), /^m=message 5071 sip null\r$/m);
		const where = await alice.asks(
			'<xccos ver="1" envid="482200761" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:requri" seqid="1"><data/></cmd></xccos>',
		);
		match(header(where, "From"), /^<sip:persistentchat@example\.com>;tag=/i);
		match(header(where, "Content-Type"), /^text\/plain$/);
		const uri = /<uib uri="([^"]+)"/.exec(bodyOf(where))?.[1] ?? "";
		equal(uri, "sip:GC-1-PersistentChatService-1@example.com");
		alice.request("BYE");
		await alice.sip.receive(/^SIP\/2\.0 200[\s\S]*CSeq: 3 BYE/i);

		await alice.invite(uri);
		const invitations = await alice.asks(
			'<xccos ver="1" envid="482200762" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:getinv" seqid="1"><data><inv inviteId="1" domain="example.com"/></data></cmd></xccos>',
		);
		match(
			header(invitations, "From"),
			/^<sip:GC-1-PersistentChatService-1@example\.com>;tag=/i,
		);
		match(bodyOf(invitations), /rpl:getinv/);
		const rooms = await alice.asks(
			'<xccos ver="1" envid="482200763" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:chansrch" seqid="1"><data><qib qtype="BYNAME" criteria="" extended="false"/></data></cmd></xccos>',
		);
		match(bodyOf(rooms), /name="Lobby"/);
		ok(!bodyOf(rooms).includes("Board"));
		const joined = await alice.asks(
			'<xccos ver="1" envid="482200764" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:join" seqid="1"><data><chanid key="0" domain="example.com" value="00000000-0000-4000-8000-000000000001"/></data></cmd></xccos>',
		);
		match(bodyOf(joined), /<aib key="3984" value="0"\/>/);
		await alice.tells(
			`<xccos ver="1" envid="482200765" xmlns="urn:parlano:xml:ns:xccos"><grpchat id="grpchat" seqid="1" chanUri="${lobby}" author="sip:alice@example.com" ts="2026-11-22T10:02:46Z"><chat>hello &lt;alice&gt; &amp; &quot;all&quot;\r\nsecond line</chat></grpchat></xccos>`,
		);
		match(
			bodyOf(await alice.hears()),
			/<chat>hello &lt;alice&gt; &amp; "all"\nsecond line<\/chat>/,
		);
		const history = await alice.asks(
			`<xccos ver="1" envid="482200768" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:bccontext" seqid="1"><data><chanib uri="${lobby}"/><bcq><last cnt="25"/></bcq></data></cmd></xccos>`,
		);
		match(bodyOf(history), /<msg id="grpchat" .*chatId="1"/);
		const parted = await alice.asks(
			`<xccos ver="1" envid="482200769" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:part" seqid="1"><data><chanib uri="${lobby}"/></data></cmd></xccos>`,
		);
		match(bodyOf(parted), new RegExp(`<chanib uri="${lobby}"/>`));

		alice.request("UPDATE");
		const refreshed = await alice.sip.receive(/^SIP\/2\.0 200[\s\S]*UPDATE/i);
		match(header(refreshed, "Session-Expires"), /^720/);
		alice.request("BYE");
		await alice.sip.receive(/^SIP\/2\.0 200[\s\S]*BYE/i);
	});

	it("gets nothing that breaks it: INFOs of one kind each, a message alone, and 200 to the part of a room it is not in", async () => {
		const alice = await signIn("alice");
		await alice.register();
		await alice.begin();
		await alice.getsInvitations();
		const unknown = `<xccos ver="1" envid="3" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:part" seqid="1"><data><chanib uri="${lobby}"/></data></cmd></xccos>`;
		match(
			bodyOf(await alice.asks(unknown)),
			new RegExp(`<resp code="200">.*<chanib uri="${lobby}"/>`),
		);
		await alice.join("00000000-0000-4000-8000-000000000001");
		const others = await Promise.all(
			["bob", "carol", "dave"].map((name) => person(node, name)),
		);
		await Promise.all(others.map(({ chat }) => chat.join(lobby)));
		await Promise.all(
			others.map(async ({ chat }, who) => {
				for (let i = 0; i < 5; i += 1) await chat.post(lobby, `${who} ${i}`);
				await chat.part(lobby);
			}),
		);
		const bodies: string[] = [];
		const count = (pattern: RegExp) =>
			bodies.join("").match(pattern)?.length ?? 0;
		while (count(/<grpchat /g) < 15 || count(/<chanib /g) < 3) {
			bodies.push(bodyOf(await alice.hears()));
		}
		for (const body of bodies) {
			const kinds = new Set(body.match(/<(?:rpl|ntc|grpchat) /g));
			equal(kinds.size, 1, body);
			if (kinds.has("<grpchat ")) equal(body.match(/<grpchat /g)?.length, 1);
		}
		ok(!bodies.join("").includes('<uib uri="sip:alice@'), "told of itself");
		const requests = alice.sip.waiting.filter((text) => !/^SIP/.test(text));
		deepEqual(requests, [], "a re-INVITE, UPDATE or BYE came");
		await alice.bye();
		await Promise.all(others.map(({ chat }) => chat.close()));
	});

	it("after a crash, its new dialog takes the place of the old one", async () => {
		const first = await signIn("bob");
		await first.register();
		await first.invite("sip:GC-1-PersistentChatService-1@example.com");
		await first.asks(
			'<xccos ver="1" envid="1" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:join" seqid="1"><data><chanid key="0" domain="example.com" value="00000000-0000-4000-8000-000000000001"/></data></cmd></xccos>',
		);
		const second = await signIn("bob");
		await second.register();
		await second.invite("sip:GC-1-PersistentChatService-1@example.com");
		const bye = await first.sip.receive(/^BYE /);
		first.sip.answer(bye, "481 Call/Transaction Does Not Exist");
		const joined = await second.asks(
			'<xccos ver="1" envid="1" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:join" seqid="1"><data><chanid key="0" domain="example.com" value="00000000-0000-4000-8000-000000000001"/></data></cmd></xccos>',
		);
		match(bodyOf(joined), /ma:info:ucnt">1</);
		second.request("BYE");
		await second.sip.receive(/^SIP\/2\.0 200[\s\S]*BYE/i);
	});
});
