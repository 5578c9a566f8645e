/** A node with too much to do: who is refused, how it is told, and that nothing is lost or kept twice. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import {
	nodeAgent,
	type SipAgent,
	type SipDialog,
	SipRefused,
} from "../../client/index.ts";
import type { RoomId } from "../../plugin/rooms/types.ts";
import { startB2bua } from "../support/b2bua.ts";
import {
	type ChatNode,
	type ChatNodeOptions,
	startChatNode,
} from "../support/chat-node.ts";
import { rooms, signIn } from "../support/people.ts";
import { until } from "../support/until.ts";
import { startSite } from "../web/site.ts";

const lobby = rooms.lobby.slice(-36) as RoomId;
const channel = "sip:GC-1-PersistentChatService-1@example.com";
const chanid = `<chanid key="0" domain="example.com" value="${lobby}"/>`;
const xccos = (envid: number, inner: string) =>
	`<xccos ver="1" envid="${envid}" xmlns="urn:parlano:xml:ns:xccos">${inner}</xccos>`;
const command = (envid: number, id: string, data = "") =>
	xccos(envid, `<cmd id="cmd:${id}" seqid="1"><data>${data}</data></cmd>`);
const post = (envid: number) =>
	xccos(
		envid,
		`<grpchat id="grpchat" seqid="1" chanUri="${rooms.lobby}" author="sip:alice@example.com"><chat>text ${envid}</chat></grpchat>`,
	);

describe("with too much to do", () => {
	let pressure = 0;
	let node: ChatNode;
	let agent: SipAgent;
	let dialog: SipDialog;
	const heard: string[] = [];

	const measures = [
		{ name: "test", posts: 1, commands: 2, read: () => pressure },
	];
	const options = (service: ChatNodeOptions["service"] = {}) => ({
		measures,
		service,
	});
	const becomes = async (its: number, level: string) => {
		pressure = its;
		await until(() => node.chat.load.state().level === level, {
			what: level,
			withinMs: 10_000,
		});
	};
	const told = (pattern: RegExp) =>
		until(() => heard.find((body) => pattern.test(body)), {
			what: `${pattern}`,
		});

	async function comes(server: string): Promise<void> {
		heard.length = 0;
		const user = "sip:alice@example.com";
		agent = await nodeAgent({ server, user, password: "alice-pw" })({
			onLost: () => {},
		});
		dialog = await agent.invite(channel, {
			onInfo: (body) => heard.push(body),
			onEnd: () => {},
		});
		await dialog.sendInfo(command(1, "join", chanid));
		await told(/rpl:join/);
	}

	beforeEach(() => {
		pressure = 0;
	});
	afterEach(async () => {
		await agent.close();
		await node.close();
	});

	it("posts are refused first; commands, sign-ins and the web next; what answers, leaves or ends never", async () => {
		node = await startChatNode(options());
		const site = await startSite({ existing: node });
		const browser = await site.signedIn("alice");
		await comes(node.server("tcp"));

		await becomes(1, "posts");
		const refused = await dialog.sendInfo(post(2));
		deepEqual([refused.status, refused.retryAfterSeconds], [503, 5]);
		match(refused.reason, /^Too much at once/);
		equal((await dialog.sendInfo(command(3, "getserverinfo"))).status, 200);
		await told(/envid="3"/);
		equal((await browser.ask("GET", "/api/session")).status, 200);

		await becomes(2, "commands");
		equal((await dialog.sendInfo(command(4, "getserverinfo"))).status, 503);
		await rejects(
			agent.invite(channel, { onInfo: () => {}, onEnd: () => {} }),
			(error) => error instanceof SipRefused && error.status === 503,
		);
		const asked = await browser.ask("GET", "/api/session");
		deepEqual([asked.status, asked.headers["retry-after"]], [503, "5"]);
		match(asked.text, /"reason":"too-busy"/);
		equal((await browser.ask("GET", "/health/live")).status, 200);
		match(
			(await browser.ask("GET", "/metrics")).text,
			/persistent_chat_load_level 2[\s\S]*persistent_chat_load_refused_total\{type="post"\} 1/,
		);
		const part = command(5, "part", `<chanib uri="${rooms.lobby}"/>`);
		equal((await dialog.sendInfo(part)).status, 200);
		await told(/rpl:part[\s\S]*code="200"/);
		equal((await browser.ask("DELETE", "/api/session")).status, 204);
		deepEqual(await node.database("messages").select(), []);
		await dialog.bye();
		await site.close();
	});

	it("a client sends the same post again, and it is kept once, when there is less", async () => {
		node = await startChatNode(options());
		await comes(node.server("tcp"));
		const bob = await signIn(
			node,
			"bob",
			"tcp",
			{},
			{
				limits: { longestRetryMs: 300, retries: 100 },
			},
		);
		await bob.chat.join(rooms.lobby);
		await becomes(1, "posts");
		const posting = bob.chat.post(rooms.lobby, "hello");
		await until(() => node.chat.load.state().refused.get("post"), {
			what: "a refusal",
		});
		pressure = 0;
		const receipt = await posting;
		equal((await receipt.echo()).text, "hello");
		equal((await node.database("messages")).length, 1);
		equal(bob.messages.length, 1);
		await bob.chat.close();
	});

	it("because the database does not come, posts are refused while it does not, and what waited is kept once it does", async () => {
		node = await startChatNode(options({ overload: { databaseWaitMs: 200 } }));
		await comes(node.server("tcp"));
		// It has one connection.
		const held = await node.database.transaction();
		const waiting = dialog.sendInfo(post(2));
		await until(() => node.chat.load.state().level === "commands", {
			what: "commands to be refused",
		});
		const bob = nodeAgent({
			server: node.server("tcp"),
			user: "sip:bob@example.com",
			password: "bob-pw",
		})({ onLost: () => {} });
		const other = await bob;
		await rejects(
			other.invite(channel, { onInfo: () => {}, onEnd: () => {} }),
			(error) => error instanceof SipRefused && error.status === 503,
		);
		await other.close();
		await held.rollback();
		equal((await waiting).status, 200);
		equal((await node.database("messages")).length, 1);
	});

	it("behind a B2BUA it is told in XML, and every INFO is answered 200", async () => {
		node = await startChatNode(
			options({
				trustedPeers: [{ address: "127.0.0.1", behaves: "b2bua" }],
			}),
		);
		const b2bua = await startB2bua({ service: node.server("tcp") });
		await comes(b2bua.server);
		await becomes(2, "commands");
		equal((await dialog.sendInfo(post(2))).status, 200);
		match(
			await told(/envid="2"/),
			/<rpl id="rpl:grpchat" seqid="1"><commandid seqid="1" envid="2"\/><resp code="503">/,
		);
		equal((await dialog.sendInfo(command(3, "getserverinfo"))).status, 200);
		match(await told(/envid="3"/), /rpl:getserverinfo[\s\S]*code="503"/);
		await b2bua.settled();
		deepEqual([...new Set(b2bua.ignored)], [200]);
		await agent.close();
		await b2bua.close();
	});
});
