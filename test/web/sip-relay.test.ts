/** Browsers' SIP over the web door's own port: who is let through, and what. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { type RawData, WebSocket } from "ws";
import { objectionTo } from "../../web/sip/screening.ts";
import { until } from "../support/until.ts";
import { type Browser, type Site, startSite } from "./site.ts";

const alice = "sip:alice@example.com";

/** An OPTIONS as a page sends it; the lines of `headers` come before Content-Length. */
function options({
	from = `<${alice}>;tag=1`,
	headers = [],
	body = "",
	length = String(Buffer.byteLength(body)),
}: {
	from?: string;
	headers?: readonly string[];
	body?: string;
	length?: string;
} = {}): string {
	return [
		"OPTIONS sip:persistentchat@example.com SIP/2.0",
		"Via: SIP/2.0/WS client.invalid;branch=z9hG4bKrelay",
		"Max-Forwards: 70",
		`From: ${from}`,
		"To: <sip:persistentchat@example.com>",
		"Call-ID: relay",
		"CSeq: 1 OPTIONS",
		...headers,
		`Content-Length: ${length}`,
		"",
		body,
	].join("\r\n");
}

interface Page {
	readonly socket: WebSocket;
	readonly heard: string[];
	/** Resolves with code and reason when the door has closed it. */
	readonly closed: Promise<string>;
}

function relayOf({ web }: Site): string {
	return `${web.address.replace(/^http/, "ws")}/sip`;
}

function open(
	site: Site,
	browser: Browser,
	headers: Readonly<Record<string, string>> = {},
): Page {
	const cookie = [...browser.cookies].map((pair) => pair.join("=")).join("; ");
	const socket = new WebSocket(relayOf(site), "sip", {
		headers: { cookie, origin: site.web.address, ...headers },
	});
	const heard: string[] = [];
	socket.on("message", (data: RawData) => heard.push(String(data)));
	socket.on("error", () => {});
	const closed = once(socket, "close").then(
		([code, reason]) => `${code} ${reason}`,
	);
	return { socket, heard, closed };
}

/** The status with which a WebSocket is refused. */
async function refusal(
	site: Site,
	browser: Browser,
	headers?: Readonly<Record<string, string>>,
): Promise<number> {
	const { socket } = open(site, browser, headers);
	const [, response] = await once(socket, "unexpected-response");
	response.resume();
	socket.terminate();
	return response.statusCode;
}

describe("SIP over the web door", () => {
	let site: Site;
	before(async () => {
		site = await startSite({ patience: patience({ stillSignedInMs: 50 }) });
	});
	after(() => site.close());

	async function speaking(): Promise<Page> {
		const page = open(site, await site.signedIn("alice"));
		await once(page.socket, "open");
		return page;
	}

	it("reaches the SIP server, message by message, and comes back", async () => {
		const { socket, heard, closed } = await speaking();
		socket.send(options());
		await until(() => heard.length === 1, { what: "an answer" });
		match(heard[0] ?? "", /^SIP\/2\.0 200 OK\r\n/);
		socket.send("\r\n\r\n");
		await until(() => heard.length === 2, { what: "a pong" });
		equal(heard[1], "\r\n");
		socket.close();
		await closed;
	});

	it("is said to a page in its ticket, where its policy lets it connect", async () => {
		const { json, headers } = await (await site.signedIn("alice")).ask(
			"POST",
			"/api/sip-ticket",
		);
		equal((json as { webSocketUrl: string }).webSocketUrl, relayOf(site));
		match(
			String(headers["content-security-policy"]),
			new RegExp(`connect-src 'self' ${relayOf(site)};`),
		);
	});

	it("is for pages of this site that are signed in", async () => {
		equal(await refusal(site, site.browser()), 401);
		const browser = await site.signedIn("alice");
		equal(
			await refusal(site, browser, { origin: "https://evil.example" }),
			403,
		);
		equal(
			await refusal(site, browser, { "sec-fetch-site": "cross-site" }),
			403,
		);
		const { status, text } = await browser.ask("GET", "/sip");
		equal(status, 404);
		match(text, /Only WebSockets/);
	});

	it("ends with the session, without a word from the page", async () => {
		const browser = await site.signedIn("alice");
		const { closed, socket } = open(site, browser);
		await once(socket, "open");
		await browser.ask("DELETE", "/api/session");
		equal(await closed, "1008 signed out");
	});

	const refused: readonly (readonly [string, string, string])[] = [
		[
			"an asserted identity",
			options({ headers: [`P-Asserted-Identity: <sip:bob@example.com>`] }),
			"asserts an identity",
		],
		[
			"an identity in a header of the operator's",
			options({ headers: ["X-Chat-User: bob@example.com"] }),
			"asserts an identity",
		],
		[
			"an asserted identity, written otherwise",
			options({ headers: [`p-ASSERTED-identity \t: <sip:bob@example.com>`] }),
			"asserts an identity",
		],
		[
			"an asserted identity whose name is folded",
			options({
				headers: ["P-Asserted-Identity", " : <sip:bob@example.com>"],
			}),
			"a header is not plainly written",
		],
		[
			"a header that goes on in the next line",
			options({ headers: ["Subject: a", "\tb"] }),
			"a header is not plainly written",
		],
		[
			"an asserted identity whose name is escaped",
			options({ headers: ["P%2DAsserted-Identity: <sip:bob@example.com>"] }),
			"a header is not plainly written",
		],
		[
			"somebody else's From",
			options({ from: "<sip:bob@example.com>;tag=1" }),
			"is from somebody else",
		],
		[
			"a From that hides another",
			options({ from: `"<${alice}>" <sip:bob@example.com>;tag=1` }),
			"is from somebody else",
		],
		[
			"two Froms",
			options({ headers: ["f: <sip:bob@example.com>;tag=1"] }),
			"is from somebody else",
		],
		[
			"a second message behind the first",
			`${options()}${options({ headers: ["P-Asserted-Identity: <sip:bob@example.com>"] })}`,
			"length does not agree",
		],
		["two lengths", options({ headers: ["l: 0"] }), "length does not agree"],
		[
			"a line end of LF alone",
			options({
				headers: ["X: a\nP-Asserted-Identity: <sip:bob@example.com>"],
			}),
			"line ends are not CRLF",
		],
		[
			"a message without an end",
			"OPTIONS sip:a SIP/2.0\r\n",
			"no end of headers",
		],
	];
	for (const [what, message, objection] of refused) {
		it(`does not let through ${what}`, async () => {
			const { socket, heard, closed } = await speaking();
			socket.send(message);
			equal(await closed, `1008 ${objection}`);
			deepEqual(heard, []);
		});
	}

	it("lets through what people write of such headers", () => {
		const body = `look:\nP-Asserted-Identity: <sip:bob@example.com>\r\n\r\nFrom: <sip:bob@example.com>\r\n`;
		equal(objectionTo(Buffer.from(options({ body })), alice), undefined);
		const answer = options({
			from: "<sip:persistentchat@example.com>",
		}).replace(/^OPTIONS.*/, "SIP/2.0 200 OK");
		equal(objectionTo(Buffer.from(answer), alice), undefined);
	});

	it("takes no message larger than a SIP server takes", async () => {
		const { socket, closed } = await speaking();
		socket.send(options({ body: "x".repeat(65_536) }));
		match(await closed, /^1009/);
	});

	it("is bounded for each session", async () => {
		const browser = await site.signedIn("alice");
		const pages = Array.from({ length: 16 }, () => open(site, browser));
		await Promise.all(pages.map(({ socket }) => once(socket, "open")));
		equal(await refusal(site, browser), 429);
		for (const { socket } of pages) socket.close();
		await Promise.all(pages.map(({ closed }) => closed));
	});
});

describe("SIP over the web door, without a SIP server", () => {
	it("is ended with the words that a page may come back later", async () => {
		const gone = createServer();
		gone.listen(0, "127.0.0.1");
		await once(gone, "listening");
		const { port } = gone.address() as { port: number };
		gone.close();
		const site = await startSite({
			settings: { sipServerUrl: `ws://127.0.0.1:${port}` },
		});
		const { closed } = open(site, await site.signedIn("alice"));
		equal(await closed, "1013 the SIP server is not reachable");
		ok(site.node.logged.some((line) => line.includes("SIP cannot be relayed")));
		await site.close();
	});

	it("is ended when the door closes, also where nobody answers", async () => {
		const silent = new Set<Socket>();
		const server = createServer((socket) => silent.add(socket));
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		const { port } = server.address() as { port: number };
		const site = await startSite({
			settings: { sipServerUrl: `ws://127.0.0.1:${port}` },
		});
		const { socket, closed } = open(site, await site.signedIn("alice"));
		await once(socket, "open");
		await site.close();
		equal(await closed, "1001 the service stops");
		for (const one of silent) one.destroy();
		server.close();
	});
});

function patience(more: { stillSignedInMs: number }) {
	return { headersMs: 10_000, bodyMs: 10_000, ...more };
}
