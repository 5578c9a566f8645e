/** The database goes away under a running node: posts are refused and heard by nobody, and all is well when it is back. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { nodeAgent } from "../../client/index.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { freshMysql } from "../support/databases.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { type MariadbService, startMariadb } from "../support/services.ts";
import { until } from "../support/until.ts";

describe("a node whose database goes away", function () {
	this.timeout(120_000);
	let server: MariadbService;
	let node: ChatNode;
	const people: Person[] = [];

	before(async () => {
		server = await startMariadb({ durable: true });
		const existing = await freshMysql(server.url);
		node = await startChatNode({ existing });
	});
	after(async () => {
		await Promise.all(people.map(({ chat }) => chat.close()));
		await node?.close();
		await server?.stop();
	});

	it("refuses posts with 503 and Retry-After, tells nobody, and takes the same post when it is back", async () => {
		const bob = await signIn(node, "bob");
		people.push(bob);
		await bob.chat.join(rooms.lobby);
		const heard: string[] = [];
		const agent = await nodeAgent({
			server: node.server("tcp"),
			user: "sip:alice@example.com",
			password: "alice-pw",
		})({ onLost: () => {} });
		const dialog = await agent.invite(
			"sip:GC-1-PersistentChatService-1@example.com",
			{ onInfo: (body) => heard.push(body), onEnd: () => {} },
		);
		await dialog.sendInfo(
			'<xccos ver="1" envid="1" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:join" seqid="1"><data><chanid key="0" domain="example.com" value="00000000-0000-4000-8000-000000000001"/></data></cmd></xccos>',
		);
		await until(() => heard.length === 1, { what: "the join's reply" });
		const post = `<xccos ver="1" envid="2" xmlns="urn:parlano:xml:ns:xccos"><grpchat id="grpchat" seqid="1" chanUri="${rooms.lobby}" author="sip:alice@example.com"><chat>the secret plan</chat></grpchat></xccos>`;

		await server.kill();
		const away = await dialog.sendInfo(post);
		equal(away.status, 503);
		ok((away.retryAfterSeconds ?? 0) > 0);
		await until(() => heard.length === 2, { what: "the refusal in XML" });
		ok(/rpl:grpchat.*code="503"/.test(heard[1] ?? ""), heard[1]);
		deepEqual(bob.messages, []);

		await server.startAgain();
		await until(async () => (await dialog.sendInfo(post)).status === 200, {
			what: "the post to be taken",
			withinMs: 30_000,
		});
		deepEqual(
			(await bob.heard(1)).map(({ text }) => text),
			["the secret plan"],
		);
		equal((await bob.chat.history(rooms.lobby, 10)).length, 1);
		await dialog.bye();
		await agent.close();
	});

	it("parts those who leave meanwhile as soon as it is back", async () => {
		const carol = await signIn(node, "carol");
		await carol.chat.join(rooms.lobby);
		const [bob] = people;
		await until(() => bob?.comings.includes("+Carol"), { what: "carol" });
		await server.kill();
		await carol.chat.close();
		await server.startAgain();
		await until(() => bob?.comings.includes("-Carol"), {
			what: "carol's leave",
			withinMs: 60_000,
		});
	});

	it("that refuses what it is given fails the post, and what was written stays out of the log", async () => {
		const [alice] = people;
		ok(alice);
		await node.database.schema.renameTable("outbox", "outbox_elsewhere");
		const refused = alice.chat.post(rooms.lobby, "the most secret plan");
		await rejects(refused, /ERROR_INTERNAL|500/);
		await node.database.schema.renameTable("outbox_elsewhere", "outbox");
		ok(node.logged.some((line) => line.includes("request failed")));
	});

	it("has written no message text, password or token to its log", () => {
		const log = node.logged.join("\n");
		ok(log.length > 0);
		for (const secret of [
			"secret plan",
			"most secret",
			"alice-pw",
			"response=",
		]) {
			ok(!log.includes(secret), secret);
		}
	});
});
