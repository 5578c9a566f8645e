/** A MESSAGE to the service asks for a link to sign in: who gets one, and where it goes. */
import { doesNotMatch, equal, match } from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { type AddressInfo, createServer } from "node:net";
import type { UserUri } from "../../plugin/index.ts";
import {
	type ChatNode,
	type ChatNodeOptions,
	startChatNode,
} from "../support/chat-node.ts";
import { bodyOf, header, RawSip } from "../support/raw-sip.ts";
import { until } from "../support/until.ts";

const pool = "sip:persistentchat@example.com";
const md5 = (text: string) => createHash("md5").update(text).digest("hex");

describe("a MESSAGE that asks for a link to sign in", () => {
	let node: ChatNode;
	const open: RawSip[] = [];

	async function start(service: ChatNodeOptions["service"] = {}) {
		node = await startChatNode({ service });
		node.chat.webDoorAt("https://chat.example.com/");
	}
	afterEach(async () => {
		for (const sip of open.splice(0)) sip.close();
		await node.close();
	});
	async function connected(): Promise<RawSip> {
		const sip = await RawSip.open(node.server("tcp"));
		open.push(sip);
		return sip;
	}
	const contactOf = (sip: RawSip) =>
		`sip:raw-${sip.localPort}@127.0.0.1:${sip.localPort};transport=tcp`;

	/** The final answer; with `name`, challenges are answered with his password. */
	async function ask(
		sip: RawSip,
		method: "MESSAGE" | "REGISTER",
		more: {
			readonly name?: string;
			readonly as?: string;
			readonly uri?: string;
			readonly type?: string;
			readonly body?: string;
			/** Where it listens, says its Via. */
			readonly port?: number;
			readonly headers?: readonly string[];
		} = {},
	): Promise<string> {
		const { name, as = name ?? "alice", type = "text/plain" } = more;
		const { port = sip.localPort } = more;
		const isMessage = method === "MESSAGE";
		const uri = more.uri ?? (isMessage ? pool : "sip:example.com");
		const send = async (authorization: readonly string[]) => {
			const id = randomUUID();
			sip.send(
				[
					`${method} ${uri} SIP/2.0`,
					`Via: SIP/2.0/TCP 127.0.0.1:${port};branch=z9hG4bK${id}`,
					`From: <sip:${as}@example.com>;tag=1`,
					`To: <${isMessage ? uri : `sip:${as}@example.com`}>`,
					`Call-ID: ${id}`,
					`CSeq: 1 ${method}`,
					"Max-Forwards: 70",
					"User-Agent: UCCAPI/4.0.0",
					...(isMessage ? [`Content-Type: ${type}`] : []),
					...(isMessage ? [] : [`Contact: <${contactOf(sip)}>`]),
					...(more.headers ?? []),
					...authorization,
				].join("\n"),
				isMessage ? (more.body ?? "web") : "",
			);
			return sip.receive(new RegExp(`^SIP/2.0 [2-6][^]*Call-ID: ${id}`));
		};
		const first = await send([]);
		if (name === undefined || !first.startsWith("SIP/2.0 407")) return first;
		const nonce = /nonce="([^"]+)"/.exec(first)?.[1] ?? "";
		const ha1 = md5(`${name}:example.com:${name}-pw`);
		const response = md5(`${ha1}:${nonce}:${md5(`${method}:${uri}`)}`);
		return send([
			`Proxy-Authorization: Digest username="${name}", realm="example.com", nonce="${nonce}", uri="${uri}", response="${response}"`,
		]);
	}

	async function signsIn(token: string): Promise<UserUri | undefined> {
		const held = await node.chat.signInLinks.redeem(token);
		return held?.user.uri;
	}

	it("is answered by another one, to where its user has registered", async () => {
		await start();
		const sip = await connected();
		match(await ask(sip, "REGISTER", { name: "alice" }), /^SIP\/2\.0 200/);
		match(await ask(sip, "MESSAGE", { name: "alice" }), /^SIP\/2\.0 202/);
		const told = await sip.receive(/^MESSAGE /);
		match(told, new RegExp(`^MESSAGE ${contactOf(sip)} SIP/2.0`));
		match(header(told, "From"), /^<sip:persistentchat@example\.com>/);
		match(header(told, "To"), /^<sip:alice@example\.com>/);
		match(header(told, "Content-Type"), /^text\/plain/);
		const text =
			/^Open this to sign in, once, before \d\d:\d\d UTC:\nhttps:\/\/chat\.example\.com\/#sign-in=([\w-]{43})\nKeep it to yourself\.$/;
		match(bodyOf(told), text);
		sip.answer(told, "200 OK");
		const token = text.exec(bodyOf(told))?.[1] ?? "";
		equal(await signsIn(token), "sip:alice@example.com");
		equal(await signsIn(token), undefined);
		doesNotMatch(node.logged.join("\n"), new RegExp(token));
	});

	it("goes to the device that it came from, of several", async () => {
		await start();
		const [first, second] = [await connected(), await connected()];
		await ask(first, "REGISTER", { name: "alice" });
		await ask(second, "REGISTER", { name: "alice" });
		match(await ask(first, "MESSAGE", { name: "alice" }), /^SIP\/2\.0 202/);
		first.answer(await first.receive(/^MESSAGE /), "200 OK");
		equal(second.waiting.length, 0);
	});

	it("is challenged, and refused with another one's password or name", async () => {
		await start();
		const sip = await connected();
		await ask(sip, "REGISTER", { name: "alice" });
		const stranger = await connected();
		match(await ask(stranger, "MESSAGE", { as: "alice" }), /^SIP\/2\.0 407/);
		const other = await ask(stranger, "MESSAGE", { name: "bob", as: "alice" });
		match(other, /^SIP\/2\.0 403 From names somebody else/);
		equal(sip.waiting.length, 0);
		equal((await node.database("sign_in_links")).length, 0);
	});

	it("never sends it to what the request names", async () => {
		await start();
		const [home, mallory] = [await connected(), await connected()];
		await ask(home, "REGISTER", { name: "alice" });
		const away = await connected();
		const answer = await ask(away, "MESSAGE", {
			name: "alice",
			headers: [
				`Contact: <${contactOf(mallory)}>`,
				`Reply-To: <${contactOf(mallory)}>`,
				`P-Asserted-Identity: <sip:bob@example.com>`,
			],
		});
		match(answer, /^SIP\/2\.0 202/);
		home.answer(await home.receive(/^MESSAGE /), "200 OK");
		equal(mallory.waiting.length, 0);
	});

	it("is refused to who is nowhere, or turned off", async () => {
		await start();
		const sip = await connected();
		match(
			await ask(sip, "MESSAGE", { name: "bob" }),
			/^SIP\/2\.0 480 Register/,
		);
		await node.store.transaction((tx) =>
			tx.policies.set({
				scope: "sip:bob@example.com" as UserUri,
				enabled: false,
				admit: false,
			}),
		);
		match(
			await ask(sip, "MESSAGE", { name: "bob" }),
			/^SIP\/2\.0 403 Not enabled/,
		);
		equal((await node.database("sign_in_links")).length, 0);
	});

	it("is answered once in ten seconds", async () => {
		await start();
		const sip = await connected();
		await ask(sip, "REGISTER", { name: "alice" });
		match(await ask(sip, "MESSAGE", { name: "alice" }), /^SIP\/2\.0 202/);
		sip.answer(await sip.receive(/^MESSAGE /), "200 OK");
		const again = await ask(sip, "MESSAGE", { name: "alice" });
		match(again, /^SIP\/2\.0 503 You were given a link a moment ago/);
		equal(header(again, "Retry-After"), "10");
	});

	it("says web, as plain text, to the service; nothing else is read", async () => {
		await start();
		const sip = await connected();
		match(
			await ask(sip, "MESSAGE", { body: "hello" }),
			/^SIP\/2\.0 488 Say web/,
		);
		match(await ask(sip, "MESSAGE", { body: "" }), /^SIP\/2\.0 488/);
		match(await ask(sip, "MESSAGE", { type: "text/html" }), /^SIP\/2\.0 415/);
		match(await ask(sip, "MESSAGE", { body: " /Web\r\n" }), /^SIP\/2\.0 407/);
	});

	it("of somebody whom a trusted peer asserts goes back by that peer, to his address", async () => {
		await start({ trustedPeers: ["127.0.0.1"], registrar: false });
		const listener = createServer();
		await new Promise<void>((resolve) =>
			listener.listen(0, "127.0.0.1", resolve),
		);
		const { port } = listener.address() as AddressInfo;
		const taken = new Promise<string>((resolve) =>
			listener.once("connection", (socket) =>
				socket.once("data", (bytes) => {
					resolve(String(bytes));
					socket.destroy();
				}),
			),
		);
		const answer = await ask(await connected(), "MESSAGE", {
			as: "alice",
			port,
			headers: ["P-Asserted-Identity: <sip:alice@example.com>"],
		});
		match(answer, /^SIP\/2\.0 202/);
		match(await taken, /^MESSAGE sip:alice@example\.com SIP\/2\.0/);
		listener.close();
	});

	it("that its user does not take is noted, without the link", async () => {
		await start();
		const sip = await connected();
		await ask(sip, "REGISTER", { name: "alice" });
		await ask(sip, "MESSAGE", { name: "alice" });
		const told = await sip.receive(/^MESSAGE /);
		sip.answer(told, "488 Not Here");
		await until(() => node.logged.some((line) => line.includes("not taken")), {
			what: "a line in the log",
		});
		doesNotMatch(node.logged.join("\n"), /sign-in=/);
	});
});
