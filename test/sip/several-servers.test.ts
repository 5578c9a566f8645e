/** One node beside two SIP servers, and two nodes beside one: people meet in rooms by whatever way, and a server that dies takes its own with it. */
import { deepEqual, equal, match } from "node:assert/strict";
import { pino } from "pino";
import { nodeAgent } from "../../client/index.ts";
import {
	type ChatNode,
	type SipServer,
	secondSipServer,
	sipServer,
	startChatNode,
} from "../support/chat-node.ts";
import { freshSqlite } from "../support/databases.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { openPhone } from "../support/phone.ts";
import { startRegistrar, type TestRegistrar } from "../support/registrar.ts";
import { until } from "../support/until.ts";
import { startSite } from "../web/site.ts";

const log = pino({ level: "silent" });

describe("a node beside two SIP servers", () => {
	let other: SipServer;
	let node: ChatNode;
	let registrar: TestRegistrar;
	const people: Person[] = [];

	before(async function () {
		const second = await secondSipServer(log);
		if (second === undefined) this.skip();
		other = second;
	});
	beforeEach(async () => {
		registrar = await startRegistrar();
		node = await startChatNode({
			relayed: true,
			otherSip: [other],
			service: {
				registrations: [{ registrar: registrar.uri }],
				life: { askMs: 400, silentMs: 400, retryMs: 500, watchdogMs: 2_000 },
			},
		});
	});
	afterEach(async () => {
		node.relay?.mend();
		await Promise.all(people.splice(0).map(({ chat }) => chat.close()));
		await node.close();
		await registrar.close();
	});
	after(() => other?.close());

	async function comes(
		name: string,
		by: Pick<ChatNode, "server">,
	): Promise<Person> {
		const person = await signIn(by, name);
		people.push(person);
		await person.chat.join(rooms.lobby);
		return person;
	}
	const states = () =>
		node.chat.condition
			.sipServers()
			.map(({ connected, watchdog }) => [connected, watchdog.state]);
	const become = (...wanted: (readonly [boolean, string])[]) =>
		until(() => JSON.stringify(states()) === JSON.stringify(wanted), {
			what: JSON.stringify(wanted),
			withinMs: 20_000,
		});

	it("brings people together, and loses only those of the one that is lost, once", async () => {
		const site = await startSite({ existing: node });
		const browser = site.browser();
		const alice = await comes("alice", node);
		const bob = await comes("bob", other);
		await bob.chat.post(rooms.lobby, "by the second");
		await alice.chat.post(rooms.lobby, "by the first");
		for (const { heard } of [alice, bob]) {
			deepEqual(
				(await heard(2)).map(({ text }) => text),
				["by the second", "by the first"],
			);
		}
		await become([true, "answering"], [true, "answering"]);

		node.relay?.cut();
		await until(() => bob.comings.includes("-Alice"), { what: "her parting" });
		await become([false, "unknown"], [true, "answering"]);
		deepEqual(node.chat.condition.losses(), { connections: 1, dialogs: 1 });
		equal(node.chat.condition.dialogs(), 1);
		const { status, text } = await browser.ask("GET", "/health/ready");
		equal(status, 200);
		match(text, /1 of 2 SIP servers are away/);
		match(
			(await browser.ask("GET", "/metrics")).text,
			/server_up\{server="1"\} 0\n.*server_up\{server="2"\} 1/,
		);
		const again = await comes("carol", other);
		await bob.chat.post(rooms.lobby, "goes on");
		deepEqual(
			(await again.heard(1)).map(({ text }) => text),
			["goes on"],
		);
		equal(bob.comings.filter((each) => each === "-Alice").length, 1);
		equal((await node.database("outbox").where({ type: "parted" })).length, 1);

		node.relay?.mend();
		await become([true, "answering"], [true, "answering"]);
		await comes("dave", node);
		equal(node.chat.condition.dialogs(), 3);
		await site.close();
	});

	it("sends to a phone by the server with which it has registered", async () => {
		const phone = await openPhone(other, "alice");
		const bob = await comes("bob", node);
		match(await phone.write(rooms.lobby.slice(-36), "/join"), /^SIP\/2\.0 200/);
		match(await phone.told(), /Lobby/);
		await bob.chat.post(rooms.lobby, "to the phone");
		match(await phone.told(), /to the phone/);
		phone.close();
	});

	it("is registered by one of them, and by the next when that is lost", async () => {
		const contact = () =>
			registrar.bindings.get("sip:persistentchat@example.com") ?? "";
		const registeredBy = (server: SipServer | ChatNode) => {
			const port = /:(\d+);/.exec(server.server("tcp"))?.[1];
			return until(() => contact().includes(`:${port}`), {
				what: `registered at ${port}`,
				withinMs: 10_000,
			});
		};
		await registeredBy(node);
		node.relay?.cut();
		await registeredBy(other);
		node.relay?.mend();
		await become([true, "answering"], [true, "answering"]);
		deepEqual(
			node.chat.condition.registrations().map(({ state }) => state),
			["registered"],
		);
		await registeredBy(other);
	});

	it("a dialog of the same name on each, as a forked call has, are two", async () => {
		const alice = await comes("alice", node);
		const again = await comes("alice", other);
		await alice.chat.post(rooms.lobby, "one");
		for (const { heard } of [alice, again]) equal((await heard(1)).length, 1);
	});
});

describe("two nodes beside one SIP server", () => {
	it("share its calls, and the one that is left takes them all", async () => {
		const sip = await sipServer(log);
		const existing = await freshSqlite();
		const open = (name: string) =>
			startChatNode({ existing, sip, service: { node: name } });
		const [first, second] = [await open("one"), await open("two")];
		const dialogs = () =>
			[first, second]
				.map((node) => node.chat.condition.dialogs())
				.reduce((a, b) => a + b);
		const user = "sip:alice@example.com";
		const agent = await nodeAgent({
			...{ server: sip.server("tcp"), user, password: "alice-pw" },
		})({ onLost: () => {} });
		const call = () =>
			agent.invite("sip:GC-1-PersistentChatService-1@example.com", {
				onInfo: () => {},
				onEnd: () => {},
			});
		for (let i = 0; i < 4; i += 1) await call();
		await until(() => dialogs() === 4, { what: "four in all" });
		const kept = second.chat.condition.dialogs();
		await first.close();
		for (let i = 0; i < 3; i += 1) await call();
		await until(() => second.chat.condition.dialogs() === kept + 3, {
			what: "all by one node",
		});
		await agent.close();
		await second.close();
		await sip.close();
		await existing.drop();
	});
});
