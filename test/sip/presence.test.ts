import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { RoomId, UserUri } from "../../plugin/rooms/types.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import {
	categoriesOf,
	type PresenceClient,
	presenceClient,
	publishOf,
} from "../support/presence-client.ts";
import { bodyOf, header } from "../support/raw-sip.ts";

const lobby = "00000000-0000-4000-8000-000000000001" as RoomId;
const operations = "00000000-0000-4000-8000-000000000002" as RoomId;
const board = "00000000-0000-4000-8000-000000000003" as RoomId;
const dataXmlns =
	'xmlns="http://schemas.microsoft.com/2006/09/sip/rich-presence"';
const roamingType = "application/vnd-microsoft-roaming-self+xml";
const alice = {
	uri: "sip:alice@example.com" as UserUri,
	displayName: "Alice",
	guid: "a",
};

const follows = (instance: number, room: string, version = 0) =>
	`<publication categoryName="roomSetting" instance="${instance}" container="1" version="${version}" expireType="static"><propertyList><property name="RoomUri" type="string"><value>ma-chan://example.com/${room}</value></property></propertyList></publication>`;
const note = (instance: number, version = 0, text = "x") =>
	`<publication categoryName="note" instance="${instance}" container="2" version="${version}" expireType="static"><n>${text}</n></publication>`;
const removal = (instance: number, version: number) =>
	`<publication categoryName="note" instance="${instance}" container="2" version="${version}" expires="0" expireType="static"/>`;

describe("presence documents over SIP", () => {
	let node: ChatNode;
	const clients: PresenceClient[] = [];

	beforeEach(async () => {
		node = await startChatNode({
			service: { authentication: "open", limits: { sessionsPerUser: 3 } },
		});
	});
	afterEach(async () => {
		for (const client of clients.splice(0)) client.close();
		await node.close();
	});

	async function connect(name: string): Promise<PresenceClient> {
		const client = await presenceClient(node.server("tcp"), name);
		clients.push(client);
		return client;
	}

	async function subscribed(name: string): Promise<PresenceClient> {
		const client = await connect(name);
		match(await client.subscribe(600), /^SIP\/2\.0 202/);
		await client.notified();
		return client;
	}

	it("take publications and answer with what has changed", async () => {
		const client = await connect("alice");
		const answer = await client.publish(
			publishOf("alice", follows(1234567890, lobby), note(7)),
		);
		match(answer, /^SIP\/2\.0 200/);
		equal(header(answer, "Content-Type"), roamingType);
		equal(header(answer, "SIP-ETag"), "1");
		match(
			bodyOf(answer).replace(/\n/g, ""),
			new RegExp(
				'^<roamingData xmlns="http://schemas.microsoft.com/2006/09/sip/roaming-self"><categories xmlns="http://schemas.microsoft.com/2006/09/sip/categories" uri="sip:alice@example.com">' +
					`<category name="roomSetting" instance="1234567890" container="1" publishTime="[-0-9T:.]+Z" version="1" expireType="static"><propertyList ${dataXmlns}><property name="RoomUri" type="string"><value>ma-chan://example.com/${lobby}</value></property></propertyList></category>` +
					`<category name="note" instance="7" container="2" publishTime="[-0-9T:.]+Z" version="1" expireType="static"><n ${dataXmlns}>x</n></category></categories></roamingData>$`,
			),
		);
	});

	it("refuse a version that is not the current one, and then change nothing", async () => {
		const client = await connect("alice");
		await client.publish(publishOf("alice", note(1)));
		const answer = await client.publish(
			publishOf("alice", note(2), note(1), note(3, 4)),
		);
		match(answer, /^SIP\/2\.0 409/);
		equal(header(answer, "Content-Type"), "application/msrtc-fault+xml");
		equal(
			bodyOf(answer),
			'<Fault><Faultcode>Client.BadCall.WrongDelta</Faultcode><details><operation index="2" curVersion="1"/><operation index="3" curVersion="0"/></details></Fault>',
		);
		const kept = await node.chat.rooms.presence(alice);
		deepEqual(
			kept.map(({ instance, version }) => [instance, version]),
			[[1, 1]],
		);
		const second = await client.publish(publishOf("alice", note(1, 1)));
		match(second, /^SIP\/2\.0 200[\s\S]* version="2"/);
		equal(header(second, "SIP-ETag"), "2");
	});

	it("take two changes of one category in one request in their order, each to what the one before it made", async () => {
		const client = await connect("alice");
		const answer = await client.publish(
			publishOf("alice", note(1, 0, "first"), note(1, 1, "second")),
		);
		match(answer, /^SIP\/2\.0 200/);
		const [kept, ...others] = await node.chat.rooms.presence(alice);
		deepEqual(others, []);
		equal(kept?.version, 2);
		match(kept?.data ?? "", />second</);
		const refusal = await client.publish(
			publishOf("alice", note(1, 2, "third"), note(1, 2, "fourth")),
		);
		match(refusal, /^SIP\/2\.0 409/);
		match(bodyOf(refusal), /<operation index="2" curVersion="3"\/>/);
		const gone = await client.publish(
			publishOf("alice", removal(1, 2), note(1, 0, "anew")),
		);
		match(gone, /^SIP\/2\.0 200/);
		const [anew] = await node.chat.rooms.presence(alice);
		equal(anew?.version, 1);
	});

	it("remove what is published with expires 0, and let what has an end end", async () => {
		const client = await connect("alice");
		await client.publish(publishOf("alice", note(1), note(2)));
		const answer = await client.publish(publishOf("alice", removal(1, 1)));
		equal(
			categoriesOf(answer),
			'<category name="note" instance="1" container="2" version="1"/>',
		);
		const brief = await client.publish(
			publishOf(
				"alice",
				'<publication categoryName="state" instance="4294967295" container="0" version="0" expires="1" expireType="time"><s/></publication>',
			),
		);
		equal(
			categoriesOf(brief),
			`<category name="state" instance="4294967295" container="0" version="1" expireType="time" expires="1"><s ${dataXmlns}/></category>`,
		);
		const names = async (at: number) =>
			(await node.store.presence.all(alice.uri, new Date(at))).map(
				({ name }) => name,
			);
		deepEqual(await names(Date.now() - 1_000), ["state", "note"]);
		deepEqual(await names(Date.now() + 2_000), ["note"]);
	});

	it("keep the data as it was sent, with the namespaces that were declared around it", async () => {
		const client = await connect("alice");
		await client.publish(
			'<p:publish xmlns:p="urn:p" xmlns:q="urn:q" xmlns:unused="urn:u"><p:publications uri="sip:ALICE@example.com" xmlns="urn:default"><p:publication categoryName="any" instance="0" container="3" version="0" expireType="user"><q:a b="1 &lt; 2 &quot;"><c xmlns="urn:c"> Tom &amp; "Jerry" &lt;x&gt; 🎉 </c><![CDATA[<raw>]]></q:a></p:publication></p:publications></p:publish>',
		);
		const [kept] = await node.chat.rooms.presence(alice);
		equal(
			kept?.data,
			'<q:a xmlns:q="urn:q" xmlns="urn:default" b="1 &lt; 2 &quot;"><c xmlns="urn:c"> Tom &amp; "Jerry" &lt;x&gt; 🎉 </c>&lt;raw&gt;</q:a>',
		);
		equal(kept?.expireType, "user");
	});

	it("are told whole to who subscribes, then what changes, but not to who changed it", async () => {
		const [phone, desk] = [await connect("alice"), await connect("alice")];
		await phone.publish(publishOf("alice", note(1)));
		for (const client of [phone, desk]) {
			const accepted = await client.subscribe(600);
			match(accepted, /^SIP\/2\.0 202/);
			equal(header(accepted, "Expires"), "600");
			const notify = await client.notified();
			equal(header(notify, "Event"), "vnd-microsoft-roaming-self");
			match(header(notify, "Subscription-State"), /^active;expires=\d+$/);
			equal(header(notify, "Content-Type"), roamingType);
			equal(
				categoriesOf(notify),
				`<category name="note" instance="1" container="2" version="1" expireType="static"><n ${dataXmlns}>x</n></category>`,
			);
		}
		await phone.publish(publishOf("alice", note(1, 1, "y"), note(2)));
		await phone.publish(publishOf("alice", removal(2, 1)));
		const told = [await desk.notified()];
		while (
			!/instance="2" container="2"\/>/.test(categoriesOf(told.at(-1) ?? ""))
		) {
			told.push(await desk.notified());
		}
		match(
			categoriesOf(told[0] ?? ""),
			/version="2" expireType="static"><n [^>]*>y</,
		);
		await desk.publish(publishOf("alice", note(3)));
		const heard = await phone.notified();
		match(categoriesOf(heard), /^<category name="note" instance="3"/);
		deepEqual(desk.sip.waiting, []);
		deepEqual(phone.sip.waiting, []);
	});

	it("are told whole again at a refresh, and not any more after the subscription's end", async () => {
		const client = await subscribed("alice");
		const other = await connect("alice");
		match(
			await client.subscribe(1_000_000),
			/^SIP\/2\.0 200[\s\S]*Expires: 7200/i,
		);
		match(
			header(await client.notified(), "Subscription-State"),
			/^active;expires=7200/,
		);
		match(await client.subscribe(0), /^SIP\/2\.0 200[\s\S]*Expires: 0/i);
		match(
			header(await client.notified(), "Subscription-State"),
			/^terminated;reason=timeout/,
		);
		await other.publish(publishOf("alice", note(1)));
		match(await client.subscribe(600), /^SIP\/2\.0 481/);
		deepEqual(client.sip.waiting, []);
	});

	it("are fetched with Expires 0: told once, in as many NOTIFYs as it takes, each short enough for every SIP server", async () => {
		const client = await connect("alice");
		const large = "é&amp;".repeat(700);
		for (let each = 1; each <= 4; each += 1) {
			await client.publish(publishOf("alice", note(each, 0, large)));
		}
		match(await client.subscribe(0), /^SIP\/2\.0 202/);
		const told: string[] = [];
		do told.push(await client.notified());
		while (!/terminated/.test(header(told.at(-1) ?? "", "Subscription-State")));
		equal(told.length, 4);
		ok(told.every((notify) => Buffer.byteLength(bodyOf(notify)) < 11_500));
		deepEqual(
			told.flatMap((notify) =>
				[...notify.matchAll(/instance="(\d+)"/g)].map(([, id]) => id),
			),
			["1", "2", "3", "4"],
		);
		match(header(told[0] ?? "", "Subscription-State"), /^active/);
	});

	it("whose change does not fit into one answer is told by NOTIFY to everybody", async () => {
		const client = await subscribed("alice");
		const large = "x".repeat(5_000);
		const answer = await client.publish(
			publishOf("alice", note(1, 0, large), note(2, 0, large)),
		);
		match(answer, /^SIP\/2\.0 200/);
		equal(bodyOf(answer), "");
		match(categoriesOf(await client.notified()), /instance="1"/);
		match(categoriesOf(await client.notified()), /instance="2"/);
	});

	it("can be published inside the subscription, by PUBLISH or SERVICE", async () => {
		const client = await subscribed("alice");
		const type = "application/msrtc-category-publish+xml";
		for (const [method, version] of [
			["PUBLISH", 0],
			["SERVICE", 1],
		] as const) {
			const answer = await client.inDialog(
				method,
				{ "Content-Type": type },
				publishOf("alice", note(1, version)),
			);
			match(answer, /^SIP\/2\.0 200/, method);
			match(categoriesOf(answer), new RegExp(`version="${version + 1}"`));
		}
		match(
			await client.inDialog("SERVICE", { "Content-Type": "text/plain" }, "x"),
			/^SIP\/2\.0 415/,
		);
		match(
			await client.inDialog("INFO", { "Content-Type": "text/plain" }, "x"),
			/^SIP\/2\.0 405/,
		);
	});

	it("can be published inside a chat dialog, by PUBLISH or SERVICE", async () => {
		const client = await connect("alice");
		match(
			await client.invite("sip:GC-1-PersistentChatService-1@example.com"),
			/^SIP\/2\.0 200/,
		);
		const type = "application/msrtc-category-publish+xml";
		const send = (method: string, name: string, version: number) =>
			client.inDialog(
				method,
				{ "Content-Type": type },
				publishOf(name, note(1, version)),
			);
		match(
			await send("SERVICE", "alice", 0),
			/^SIP\/2\.0 200[\s\S]*version="1"/,
		);
		match(
			await send("PUBLISH", "alice", 1),
			/^SIP\/2\.0 200[\s\S]*version="2"/,
		);
		match(await send("SERVICE", "alice", 1), /^SIP\/2\.0 409[\s\S]*WrongDelta/);
		match(await send("SERVICE", "bob", 0), /^SIP\/2\.0 403/);
	});

	it("are announced in the answer to OPTIONS", async () => {
		const client = await connect("alice");
		const answer = await client.ask("OPTIONS", "sip:example.com");
		match(header(answer, "Allow"), /SUBSCRIBE, PUBLISH/);
		match(
			header(answer, "Allow-Events"),
			/^vnd-microsoft-provisioning-v2, ?vnd-microsoft-roaming-self, ?conference$/,
		);
	});

	it("are one's own: nobody publishes for, or subscribes to, another", async () => {
		const bob = await connect("bob");
		const answers = [
			await bob.publish(publishOf("alice", note(1))),
			await bob.publish(publishOf("bob", note(1)), {
				To: "<sip:alice@example.com>",
			}),
			await bob.subscribe(600, { To: "<sip:alice@example.com>" }),
			await bob.publish(publishOf("bob", note(1)), {
				From: "<sip:nobody@example.com>;tag=1",
				To: "<sip:nobody@example.com>",
			}),
		];
		for (const answer of answers) match(answer, /^SIP\/2\.0 403/);
		deepEqual(await node.chat.rooms.presence(alice), []);
	});

	it("refuse what they cannot read or keep, and say why", async () => {
		const client = await connect("alice");
		const one = (attributes: string, data = "<a/>") =>
			publishOf("alice", `<publication ${attributes}>${data}</publication>`);
		const good = 'categoryName="x" instance="1" container="1" version="0"';
		const cases: readonly (readonly [string, RegExp])[] = [
			["", /400 The XML cannot be read/],
			["<publish>", /400 The XML cannot be read/],
			["<other/>", /400 The root element must be <publish>/],
			[publishOf("alice"), /400 <publications> needs a <publication>/],
			["<!DOCTYPE a><publish/>", /400 .*DTD/],
			[one(good, ""), /400 A <publication> holds one element/],
			[one(good, "<a/><b/>"), /400 A <publication> holds one element/],
			[one(good, "<q:a/>"), /400 .*prefix of q:a/],
			[
				one(good.replace('"1"', '"4294967296"')),
				/400 instance must be a whole number of at most 4294967295/,
			],
			[one(good.replace('"0"', '"-1"')), /400 version must be/],
			[one(good.replace('"x"', '"a b"')), /400 A categoryName has/],
			[one(`${good} expireType="a b"`), /400 An expireType is/],
			[one(`${good} expires="soon"`), /400 expires must be/],
			[
				one(good, `<a>${"xxxxxxx\n".repeat(1_000)}</a>`),
				/413 A publication holds at most 8000 bytes/,
			],
			[
				publishOf("alice", ...Array.from({ length: 201 }, (_, i) => note(i))),
				/413 At most 200 publications/,
			],
		];
		for (const [body, wanted] of cases) {
			match((await client.publish(body)).split("\r\n")[0] ?? "", wanted);
		}
		deepEqual(await node.chat.rooms.presence(alice), []);
	});

	it("hold no more than 1,000 publications, or 1 MiB, until some are removed", async () => {
		const change = (instance: number, data?: string) => ({
			name: "note",
			instance,
			container: 2,
			version: data === undefined ? 1 : 0,
			expireType: "static",
			...(data !== undefined && { data }),
		});
		const { rooms } = node.chat;
		const large = `<a>${"x".repeat(7_900)}</a>`;
		await rooms.publish(
			alice,
			Array.from({ length: 132 }, (_, i) => change(i, large)),
		);
		const client = await connect("alice");
		const more = publishOf("alice", note(999, 0, "x".repeat(7_900)));
		match(await client.publish(more), /^SIP\/2\.0 413 A presence document/);
		await rooms.publish(
			alice,
			Array.from({ length: 132 }, (_, i) => change(i)),
		);
		for (let start = 0; start < 1_000; start += 200) {
			await rooms.publish(
				alice,
				Array.from({ length: 200 }, (_, i) => change(start + i, "<a/>")),
			);
		}
		match(
			await client.publish(publishOf("alice", note(1_000))),
			/^SIP\/2\.0 413 A presence document/,
		);
		match(
			await client.publish(publishOf("alice", removal(1, 1))),
			/^SIP\/2\.0 200/,
		);
	});

	it("are subscribed to in ways that can be kept up", async () => {
		const client = await connect("alice");
		match(await client.subscribe(59), /^SIP\/2\.0 423[\s\S]*Min-Expires: 60/i);
		match(await client.subscribe(600, { Contact: "" }), /^SIP\/2\.0 400/);
		match(
			await client.subscribe(600, { To: "<sip:alice@example.com>;tag=gone" }),
			/^SIP\/2\.0 481/,
		);
		match(
			await client.subscribe(600, {
				Event: `vnd-microsoft-roaming-self;id=${"x".repeat(200)}`,
			}),
			/^SIP\/2\.0 400/,
		);
		// Last, because drachtio-server answers this itself and closes the connection.
		match(await client.subscribe(600, { Expires: "x" }), /^SIP\/2\.0 400/);
	});

	it("have a limited number of subscriptions; a device that subscribes anew takes its own place", async () => {
		const first = await subscribed("alice");
		await subscribed("alice");
		await subscribed("alice");
		const fourth = await connect("alice");
		match(await fourth.subscribe(600), /^SIP\/2\.0 403 Subscribed on too many/);
		const again = await presenceClient(node.server("tcp"), "alice");
		clients.push(again);
		const epid = "abcdefabcdef";
		const as = { From: `<sip:alice@example.com>;tag=9;epid=${epid}` };
		await first.subscribe(0);
		await first.notified();
		match(await fourth.subscribe(600, as), /^SIP\/2\.0 202/);
		await fourth.notified();
		match(await again.subscribe(600, as), /^SIP\/2\.0 202/);
		match(
			header(await fourth.notified(), "Subscription-State"),
			/^terminated;reason=deactivated/,
		);
	});

	it("are told no more to a client that refuses a NOTIFY", async () => {
		const client = await connect("alice");
		await client.subscribe(600);
		await client.notified("481 Subscription Does Not Exist");
		const other = await subscribed("alice");
		await other.publish(publishOf("alice", note(1)));
		match(await client.subscribe(600), /^SIP\/2\.0 481/);
		deepEqual(
			client.sip.waiting.filter((text) => text.startsWith("NOTIFY")),
			[],
		);
	});

	it("are told no more to a user whom policy lets in no more", async () => {
		const client = await subscribed("alice");
		await node.chat.rooms.setPolicy(
			{ ...alice, administrator: true },
			{ scope: alice.uri, enabled: false, admit: false },
		);
		match(
			header(await client.notified(), "Subscription-State"),
			/^terminated;reason=rejected/,
		);
	});

	it("name the followed rooms, whoever wrote them, as far as one may see those", async () => {
		const client = await connect("alice");
		const foreign = `<publication categoryName="roomSetting" instance="5" container="1" version="0" expireType="static"><settings xmlns="urn:other"><room uri="MA-CHAN://EXAMPLE.COM/${operations}" note="true"/><room>ma-chan://elsewhere.test/${lobby}</room></settings></publication>`;
		await client.publish(publishOf("alice", foreign, follows(6, board)));
		const { rooms } = node.chat;
		const names = async () =>
			(await rooms.followed(alice)).map(({ room }) => room.name);
		deepEqual(await names(), ["Operations"]);
		await rooms.follow(alice, lobby);
		deepEqual(await names(), ["Lobby", "Operations"]);
		const own = (await rooms.presence(alice)).find(({ data }) =>
			data.includes(`example.com/${lobby}`),
		);
		deepEqual(
			[own?.name, own?.container, own?.version, own?.expireType, own?.data],
			[
				"roomSetting",
				1,
				1,
				"static",
				`<propertyList ${dataXmlns}><property name="RoomUri" type="string"><value>ma-chan://example.com/${lobby}</value></property></propertyList>`,
			],
		);
		await rooms.unfollow(alice, operations);
		await rooms.unfollow(alice, operations);
		deepEqual(await names(), ["Lobby"]);
	});

	it("that are changed by a command are told to the subscribers", async () => {
		const client = await subscribed("alice");
		await node.chat.rooms.follow(alice, lobby);
		match(categoriesOf(await client.notified()), new RegExp(lobby));
		await node.chat.rooms.unfollow(alice, lobby);
		match(
			categoriesOf(await client.notified()),
			/^<category name="roomSetting" instance="\d+" container="1"\/>$/,
		);
	});
});

describe("presence documents, with digest", () => {
	it("are published and subscribed to only by who shows who he is and is enabled", async () => {
		const node = await startChatNode();
		const client = await presenceClient(node.server("tcp"), "alice");
		try {
			match(
				await client.publish(publishOf("alice", note(1))),
				/^SIP\/2\.0 407/,
			);
			match(await client.subscribe(600), /^SIP\/2\.0 407/);
		} finally {
			client.close();
			await node.close();
		}
	});

	it("are refused to those whom policy does not enable", async () => {
		const node = await startChatNode({ service: { authentication: "open" } });
		const client = await presenceClient(node.server("tcp"), "alice");
		try {
			await node.database("users").update({ enabled: false });
			match(
				await client.publish(publishOf("alice", note(1))),
				/^SIP\/2\.0 403 Not enabled/,
			);
			match(await client.subscribe(600), /^SIP\/2\.0 403 Not enabled/);
		} finally {
			client.close();
			await node.close();
		}
	});
});
