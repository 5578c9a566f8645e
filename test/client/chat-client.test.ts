import assert from "node:assert/strict";
import {
	ChatClient,
	type ChatMessage,
	ChatRefused,
	SipRefused,
} from "../../client/index.ts";
import { Peer } from "./scripted-peer.ts";
import {
	acceptChat,
	history,
	joins,
	message,
	options,
	relayed,
	room,
	signedIn,
	signOut,
} from "./scripted-service.ts";

describe("The chat client", () => {
	let peer: Peer;

	beforeEach(async () => {
		peer = await Peer.listen();
	});

	afterEach(() => peer.close());

	it("signs in by way of the pool and knows what the service says of itself", async () => {
		const { chat, service } = await signedIn(peer);
		assert.equal(chat.user, "sip:alice@contoso.com");
		assert.equal(service.uri, "sip:GC-1-PersistentChatService-1@contoso.com");
		assert.deepEqual(chat.service, {
			messageBytes: 512,
			searchLimit: 999,
			displayName: "Contoso chat",
			roomManagementUrl: "https://chat.contoso.com/PersistentChat/RM",
		});
		await signOut(chat, service);
	});

	it("finds the pool in the provisioning document", async () => {
		const connecting = ChatClient.connect(
			options(peer, { provisioning: true, register: false }),
		);
		connecting.catch(() => undefined);
		const connection = await peer.connection();
		connection.answer(
			await connection.receive("SUBSCRIBE"),
			"200 OK",
			["Event: vnd-microsoft-provisioning-v2", "ms-piggyback-cseq: 1"],
			'<provisionGroupList xmlns="http://schemas.microsoft.com/2006/09/sip/provisiongrouplist-notification"><provisionGroup name="persistentChatConfiguration"><propertyEntryList><property name="EnablePersistentChat">true</property><property name="DefaultPersistentChatPoolUri">sip:GC-7@contoso.com</property></propertyEntryList></provisionGroup></provisionGroupList>',
		);
		const invite = await connection.receive("INVITE");
		assert.equal(invite.start, "INVITE sip:GC-7@contoso.com SIP/2.0");
		connection.answer(invite, "404 Not Found");
		await connection.receive("ACK");
		await assert.rejects(connecting, SipRefused);
	});

	it("says so when the user is not enabled for persistent chat", async () => {
		const connecting = ChatClient.connect(
			options(peer, { provisioning: true, register: false }),
		);
		connecting.catch(() => undefined);
		const connection = await peer.connection();
		connection.answer(
			await connection.receive("SUBSCRIBE"),
			"200 OK",
			["Event: vnd-microsoft-provisioning-v2", "ms-piggyback-cseq: 1"],
			'<provisionGroupList><provisionGroup name="persistentChatConfiguration"><propertyEntryList><property name="EnablePersistentChat">false</property></propertyEntryList></provisionGroup></provisionGroupList>',
		);
		await assert.rejects(
			connecting,
			(error) =>
				error instanceof ChatRefused &&
				/^persistent chat is turned off for alice@contoso\.com; /.test(
					error.text,
				),
		);
	});

	it("says so too when only the call is answered that he is not enabled", async () => {
		const connecting = ChatClient.connect(options(peer, { register: false }));
		connecting.catch(() => undefined);
		const connection = await peer.connection();
		const invite = await connection.receive("INVITE");
		connection.answer(invite, "403 Not enabled for persistent chat");
		await connection.receive("ACK");
		await assert.rejects(
			connecting,
			(error) => error instanceof ChatRefused && /turned off/.test(error.text),
		);
	});

	it("asks the well-known address when nothing is provisioned", async () => {
		const connecting = ChatClient.connect(
			options(peer, { provisioning: true, register: false }),
		);
		connecting.catch(() => undefined);
		const connection = await peer.connection();
		connection.answer(await connection.receive("SUBSCRIBE"), "489 Bad Event");
		const invite = await connection.receive("INVITE");
		assert.match(invite.start, /^INVITE sip:persistentchat@contoso\.com /);
		connection.answer(invite, "480 Temporarily Unavailable");
		await connection.receive("ACK");
		await assert.rejects(connecting, /480/);
	});

	it("lists rooms with what is known of each", async () => {
		const { chat, service } = await signedIn(peer);
		const asking = chat.rooms("oper");
		await service.serve(
			'<qib qtype="BYNAME" criteria="oper" extended="false"/>',
			`<chanib uri="${room}" name="Operations" description="Shift notes" topic=""><info id="urn:parlano:ma:info:ucnt">2</info><info id="urn:parlano:ma:info:visibilty">PRIVATE</info><prop id="urn:parlano:ma:prop:filepost">True</prop></chanib>`,
		);
		assert.deepEqual(await asking, [
			{
				uri: room,
				name: "Operations",
				description: "Shift notes",
				auditorium: false,
				disabled: false,
				participantCount: 2,
				privacy: "secret",
				files: true,
			},
		]);
		await signOut(chat, service);
	});

	it("asks for the rooms of a member and of a manager", async () => {
		const { chat, service } = await signedIn(peer);
		const mine = chat.myRooms();
		await service.serve(
			'type="MEMBER"',
			`<chanib uri="${room}" name="Operations"/>`,
		);
		assert.deepEqual(
			(await mine).map(({ name }) => name),
			["Operations"],
		);
		const managed = chat.managedRooms();
		await service.serve('type="MANAGER"', "");
		assert.deepEqual(await managed, []);
		await signOut(chat, service);
	});

	it("gathers a history that comes in parts, oldest first", async () => {
		const { chat, service } = await signedIn(peer);
		const asking = chat.history(room, 25);
		const { body, envid } = await service.info();
		assert.match(
			body,
			/<cmd id="cmd:bccontext" seqid="1"><data><chanib uri="ma-chan:\/\/contoso\.com\/094f5a4a-c492-4f6b-91c2-385eba134fd3"\/><bcq><last cnt="25"\/><\/bcq><\/data><\/cmd>/,
		);
		await service.reply(
			"bccontext",
			envid,
			history(message(1, "one"), message(2, "two")),
			true,
		);
		await service.reply("bccontext", envid, history(message(3, "three")), true);
		await service.reply("bccontext", envid, history(message(4, "four")));
		assert.deepEqual(
			(await asking).map(({ sequence, text }) => [sequence, text]),
			[
				[1, "one"],
				[2, "two"],
				[3, "three"],
				[4, "four"],
			],
		);
		await signOut(chat, service);
	});

	it("posts with raw CR LF and gives the message once its copy came", async () => {
		const { chat, service } = await signedIn(peer);
		const posting = chat.post(room, "a < b\nsecond & last", { alert: true });
		const { body } = await service.info();
		assert.match(
			body,
			/author="sip:alice@contoso.com" ts="[^".]+Z" alert="true"/,
		);
		assert.match(body, /<chat>a &lt; b\r\nsecond &amp; last<\/chat>/);
		const receipt = await posting;
		await service.tell(relayed(7, "a &lt; b\r\nsecond &amp; last", "alice"));
		const echo = await receipt.echo();
		assert.deepEqual(echo.sequence, 7);
		assert.equal(echo.text, "a < b\nsecond & last");
		await signOut(chat, service);
	});

	it("asks an overloaded service again with the same envid", async () => {
		const { chat, service } = await signedIn(
			peer,
			options(peer, { limits: { longestRetryMs: 20 } }),
		);
		const posting = chat.post(room, "hello");
		const first = await service.info("503 Service Unavailable", [
			"Retry-After: 1",
		]);
		const second = await service.info();
		assert.equal(second.envid, first.envid);
		assert.equal(second.body, first.body);
		await posting;
		await signOut(chat, service);
	});

	it("asks again although a reply in XML tells of the overload too", async () => {
		const { chat, service } = await signedIn(
			peer,
			options(peer, { limits: { longestRetryMs: 20, retries: 1 } }),
		);
		const overloaded = async () => {
			const info = await service.connection.receive("INFO");
			const envid = /envid="(\d+)"/.exec(info.body)?.[1];
			await service.tell(
				`<rpl id="rpl:grpchat" seqid="1"><commandid seqid="1" envid="${envid}"/><resp code="503">ERROR_DATABASE_CONNECTION: away</resp><data/></rpl>`,
			);
			service.connection.answer(info, "503 Service Unavailable", [
				"Retry-After: 5",
			]);
		};
		const first = chat.post(room, "hello");
		await overloaded();
		await service.info();
		await first;
		const second = chat.post(room, "hello again");
		second.catch(() => undefined);
		await overloaded();
		await overloaded();
		await assert.rejects(second, {
			code: 503,
			text: "ERROR_DATABASE_CONNECTION: away",
		});
		await signOut(chat, service);
	});

	it("gives up on an overloaded service after five more attempts", async () => {
		const { chat, service } = await signedIn(
			peer,
			options(peer, { limits: { longestRetryMs: 5 } }),
		);
		const posting = chat.post(room, "hello");
		posting.catch(() => undefined);
		for (let attempt = 0; attempt < 6; attempt++) {
			await service.info("503 Service Unavailable", ["Retry-After: 0"]);
		}
		await assert.rejects(posting, { name: "ChatRefused", code: 503 });
		await signOut(chat, service);
	});

	it("refuses a post that the service refuses on its INFO", async () => {
		const { chat, service } = await signedIn(peer);
		const posting = chat.post(room, "hello");
		posting.catch(() => undefined);
		await service.info("403 ERROR_USER_NOT_JOINED");
		await assert.rejects(posting, (error) => {
			assert.ok(error instanceof ChatRefused);
			assert.equal(error.code, 403);
			assert.equal(error.text, "ERROR_USER_NOT_JOINED");
			return true;
		});
		await signOut(chat, service);
	});

	it("hears of a refusal in XML after a 200 that a SIP server gave on its own", async () => {
		const { chat, service } = await signedIn(peer);
		const refused = chat.next("postRefused");
		const posting = chat.post(room, "hello");
		const { envid } = await service.info();
		const receipt = await posting;
		await service.tell(
			`<rpl id="rpl:grpchat" seqid="1"><commandid seqid="1" envid="${envid}"/><resp code="403">ERROR_PERMISSION</resp><data/></rpl>`,
		);
		await assert.rejects(receipt.echo(), { name: "ChatRefused", code: 403 });
		assert.equal((await refused).error.text, "ERROR_PERMISSION");
		await signOut(chat, service);
	});

	it("sends a post again, the same, when an overload is told in XML alone", async () => {
		const { chat, service } = await signedIn(
			peer,
			options(peer, { limits: { longestRetryMs: 5, retries: 1 } }),
		);
		const busy = (envid: string) =>
			service.tell(
				`<rpl id="rpl:grpchat" seqid="1"><commandid seqid="1" envid="${envid}"/><resp code="503">ERROR_DATABASE_CONNECTION: busy</resp><data/></rpl>`,
			);
		const posting = chat.post(room, "hello");
		const first = await service.info();
		const receipt = await posting;
		await busy(first.envid);
		const second = await service.info();
		assert.equal(second.body, first.body);
		const refused = chat.next("postRefused");
		await busy(first.envid);
		assert.equal((await refused).error.code, 503);
		await assert.rejects(receipt.echo(), { name: "ChatRefused", code: 503 });
		await signOut(chat, service);
	});

	it("refuses a post itself that would be no XML or a line too long for SIP servers", async () => {
		const { chat, service } = await signedIn(peer);
		await assert.rejects(chat.post(room, "a\u0001b"), {
			name: "ChatRefused",
			code: 400,
			text: "U+0001 may not be in a message",
		});
		await assert.rejects(chat.post(room, "&".repeat(2000)), {
			name: "ChatRefused",
			code: 413,
		});
		const posting = chat.post(room, `${"&".repeat(1500)}\n${"&".repeat(1500)}`);
		await service.info();
		await posting;
		await signOut(chat, service);
	});

	it("refuses a command with the code and words of the reply", async () => {
		const { chat, service } = await signedIn(peer);
		const joining = chat.join(room);
		joining.catch(() => undefined);
		const { envid } = await service.info();
		await service.tell(
			`<rpl id="rpl:join" seqid="1"><commandid seqid="1" envid="${envid}"/><resp code="403">ERROR_PERMISSION</resp><data/></rpl>`,
		);
		await assert.rejects(joining, {
			name: "ChatRefused",
			code: 403,
			text: "ERROR_PERMISSION",
		});
		assert.equal(chat.joined.size, 0);
		await signOut(chat, service);
	});

	it("gives up on a command that is not replied to in time", async () => {
		const { chat, service } = await signedIn(
			peer,
			options(peer, { limits: { commandMs: 300 } }),
		);
		const asking = chat.rooms();
		asking.catch(() => undefined);
		await service.info();
		await assert.rejects(asking, { name: "ChatTimeout" });
		await signOut(chat, service);
	});

	it("matches replies by envid, whatever their order", async () => {
		const { chat, service } = await signedIn(peer);
		const first = chat.rooms("one");
		const second = chat.rooms("two");
		const one = await service.info();
		const two = await service.info();
		assert.notEqual(one.envid, two.envid);
		await service.reply(
			"chansrch",
			two.envid,
			`<chanib uri="${room}" name="two"/>`,
		);
		await service.reply(
			"chansrch",
			one.envid,
			`<chanib uri="${room}" name="one"/>`,
		);
		assert.equal((await first)[0]?.name, "one");
		assert.equal((await second)[0]?.name, "two");
		await signOut(chat, service);
	});

	it("tells each message once, whatever the envid's size", async () => {
		const { chat, service } = await signedIn(peer);
		await joins(chat, service, 4);
		const told: ChatMessage[] = [];
		chat.on("message", (one) => told.push(one));
		await service.tell(relayed(5, "five"));
		await service.tell(relayed(5, "five"));
		await service.tell(relayed(6, "six"));
		assert.deepEqual(
			told.map(({ text }) => text),
			["five", "six"],
		);
		assert.deepEqual(told[0], {
			room,
			author: { uri: "sip:bob@contoso.com", name: "bob" },
			text: "five",
			alert: false,
			at: new Date("2026-11-22T09:00:00.250Z"),
			sequence: 5,
		});
		await signOut(chat, service);
	});

	it("passes over what cannot be read, and says so", async () => {
		const { chat, service } = await signedIn(peer);
		const fault = chat.next("fault");
		assert.match(await service.request("INFO", "<xccos"), /200/);
		assert.match((await fault).message, /XML/);
		await signOut(chat, service);
	});

	it("asks for invitations and hears of new ones", async () => {
		const { chat, service } = await signedIn(peer);
		const asking = chat.invitations("1");
		const inv = `<inv inviteId="7" domain="contoso.com" createdon="2026-11-20T12:00:00.0000000Z"><chanib uri="${room}" name="Operations" description="Shift notes"/></inv>`;
		await service.serve('<inv inviteId="1" domain="contoso.com"/>', inv);
		const [invitation] = await asking;
		assert.equal(invitation?.id, "7");
		assert.equal(invitation?.room.name, "Operations");
		const heard = chat.next("invitation");
		await service.tell(`<ntc id="ntc:inv" seqid="1"><data>${inv}</data></ntc>`);
		assert.equal((await heard).room.uri, room);
		await signOut(chat, service);
	});

	it("is told only once of an invitation, however often it signs in", async () => {
		const { chat, service } = await signedIn(peer);
		const label = "persistent-chat.invitations";
		const asking = chat.newInvitations();
		await service.serve("cmd:getpref", `<pref label="${label}" seqid="4"/>`);
		const inv = `<inv inviteId="7" domain="contoso.com"><chanib uri="${room}" name="Operations"/></inv>`;
		await service.serve('<inv inviteId="4" domain="contoso.com"/>', inv);
		await service.serve(
			`<pref label="${label}" seqid="7" createdefault="false" content=""/>`,
			`<pref label="${label}" seqid="7"/>`,
		);
		assert.deepEqual(
			(await asking).map(({ id }) => id),
			["7"],
		);
		const again = chat.newInvitations();
		await service.serve("cmd:getpref", `<pref label="${label}" seqid="7"/>`);
		await service.serve('<inv inviteId="7" domain="contoso.com"/>', "");
		assert.deepEqual(await again, []);
		await signOut(chat, service);
	});

	it("deletes and replaces messages, named in runs", async () => {
		const { chat, service } = await signedIn(peer);
		const deleting = chat.deleteMessages(room, [7, 3, 5, 6, 5]);
		await service.serve(
			`<cmd id="cmd:chatdelete" seqid="1"><data><chanib uri="${room}"><msg chatId="3" through="3"/><msg chatId="5" through="7"/></chanib></data></cmd>`,
			`<chanib uri="${room}" count="3"/>`,
		);
		assert.equal(await deleting, 3);
		const replacing = chat.replaceMessages(room, [3], "a < b");
		await service.serve(
			`<chanib uri="${room}"><chat>a &lt; b</chat><msg chatId="3" through="3"/></chanib>`,
			`<chanib uri="${room}" count="1"/>`,
		);
		assert.equal(await replacing, 1);
		await signOut(chat, service);
	});

	it("tells of messages that an administrator deleted or replaced", async () => {
		const { chat, service } = await signedIn(peer);
		await joins(chat, service, 9);
		const deleted = chat.next("deleted");
		await service.tell(
			`<ntc id="ntc:chatdelete" seqid="1"><data><chanib uri="${room}"><msg chatId="3"/><msg chatId="5" through="7"/></chanib></data></ntc>`,
		);
		assert.deepEqual((await deleted).runs, [
			{ first: 3, last: 3 },
			{ first: 5, last: 7 },
		]);
		const replaced = chat.next("replaced");
		await service.tell(
			`<ntc id="ntc:chatmodify" seqid="1"><data><chanib uri="${room}"><chat>Gone.</chat><msg chatId="4"/></chanib></data></ntc>`,
		);
		const { text, runs, room: where } = await replaced;
		assert.deepEqual([text, runs], ["Gone.", [{ first: 4, last: 4 }]]);
		assert.equal(where.info.uri, room);
		await signOut(chat, service);
	});

	it("reads and writes preferences", async () => {
		const { chat, service } = await signedIn(peer);
		const asking = chat.preference("kedzie.GroupChannels", 71);
		await service.serve(
			'<pref label="kedzie.GroupChannels" seqid="71" createdefault="true"/>',
			'<pref label="kedzie.GroupChannels" seqid="72" content="PHg+PC94Pg=="/>',
		);
		assert.deepEqual(await asking, {
			label: "kedzie.GroupChannels",
			sequence: 72,
			content: "PHg+PC94Pg==",
		});
		const setting = chat.setPreference(
			"kedzie.GroupChannels",
			73,
			"PHg+PC94Pg==",
		);
		await service.serve(
			'<pref label="kedzie.GroupChannels" seqid="73" createdefault="false" content="PHg+PC94Pg=="/>',
			'<pref label="kedzie.GroupChannels" seqid="73"/>',
		);
		assert.deepEqual(await setting, {
			label: "kedzie.GroupChannels",
			sequence: 73,
		});
		await signOut(chat, service);
	});

	it("signs in without registering", async () => {
		const connecting = ChatClient.connect(options(peer, { register: false }));
		const connection = await peer.connection();
		await acceptChat(connection);
		const chat = await connecting;
		const closing = chat.close();
		connection.answer(await connection.receive("BYE"), "200 OK");
		await closing;
		assert.equal(connection.unread, 0);
	});
});
