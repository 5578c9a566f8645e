/** A whole node with its web door, and browsers that speak with it over real sockets. */
import { type IncomingHttpHeaders, request } from "node:http";
import { pino } from "pino";
import { createWeb, type Web, webSchema } from "../../web/index.ts";
import {
	type ChatNode,
	type ChatNodeOptions,
	startChatNode,
} from "../support/chat-node.ts";

export interface Site {
	readonly node: ChatNode;
	readonly web: Web;
	/** A browser without cookies. */
	browser(): Browser;
	/** … that is signed in as a user of the demo. */
	signedIn(user: string): Promise<Browser>;
	close(): Promise<void>;
}

export interface Answer {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly text: string;
	/** The body, where it is JSON. */
	readonly json: unknown;
}

export interface Asking {
	readonly headers?: Readonly<Record<string, string>>;
	/** Sent as JSON; a text is sent as it is. */
	readonly body?: unknown;
}

export interface Browser {
	readonly cookies: Map<string, string>;
	csrfToken: string;
	/** As a page of the site asks: with cookies, Origin and the token. `undefined` takes a header away. */
	ask(method: string, path: string, asking?: Asking): Promise<Answer>;
	signIn(user: string, password: string): Promise<Answer>;
}

export interface SiteOptions {
	readonly settings?: Readonly<Record<string, unknown>>;
	readonly node?: ChatNodeOptions;
	readonly existing?: ChatNode;
	readonly now?: () => Date;
	readonly patience?: Parameters<typeof createWeb>[0]["patience"];
}

export async function startSite({
	settings = {},
	node: nodeOptions = {},
	existing,
	now = () => new Date(),
	patience,
}: SiteOptions = {}): Promise<Site> {
	const node = existing ?? (await startChatNode(nodeOptions));
	const web = await createWeb({
		chat: node.chat,
		settings: webSchema.parse({ port: 0, ...settings }),
		domain: "example.com",
		sipServerUrl: node.server("ws"),
		log: pino(
			{ level: "debug" },
			{ write: (line: string) => (node.logged as string[]).push(line) },
		),
		now,
		...(patience !== undefined && { patience }),
	});
	const browser = () => newBrowser(web.address);
	return {
		node,
		web,
		browser,
		async signedIn(user) {
			const one = browser();
			const answer = await one.signIn(user, `${user}-pw`);
			if (answer.status !== 200) throw new Error(answer.text);
			return one;
		},
		async close() {
			await web.close();
			if (existing === undefined) await node.close();
		},
	};
}

function newBrowser(address: string): Browser {
	const cookies = new Map<string, string>();
	const browser: Browser = {
		cookies,
		csrfToken: "",
		async ask(method, path, { headers = {}, body } = {}) {
			const text =
				body === undefined || typeof body === "string"
					? body
					: JSON.stringify(body);
			const answer = await exchange(address, method, path, text, {
				...(cookies.size > 0 && {
					cookie: [...cookies]
						.map(([name, value]) => `${name}=${value}`)
						.join("; "),
				}),
				...(method !== "GET" && { origin: address }),
				...(browser.csrfToken !== "" && { "x-csrf-token": browser.csrfToken }),
				...(body !== undefined && { "content-type": "application/json" }),
				...headers,
			});
			for (const line of answer.headers["set-cookie"] ?? []) {
				const [pair = ""] = line.split(";");
				const [name = "", value = ""] = pair.split("=");
				if (value === "") cookies.delete(name);
				else cookies.set(name, value);
			}
			return answer;
		},
		async signIn(user, password) {
			const body = { user, password };
			const answer = await browser.ask("POST", "/api/session", { body });
			if (answer.status === 200) {
				const { csrfToken } = answer.json as { csrfToken: string };
				browser.csrfToken = csrfToken;
			}
			return answer;
		},
	};
	return browser;
}

function exchange(
	address: string,
	method: string,
	path: string,
	body: string | undefined,
	headers: Readonly<Record<string, string>>,
): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const { hostname, port } = new URL(address);
		const asked = request(
			{ hostname, port, method, path, headers, agent: false },
			(response) => {
				let text = "";
				response.setEncoding("utf8");
				response.on("data", (chunk) => {
					text += chunk;
				});
				response.on("end", () => {
					const isJson = /json/.test(response.headers["content-type"] ?? "");
					resolve({
						status: response.statusCode ?? 0,
						headers: response.headers,
						text,
						json: isJson && text !== "" ? JSON.parse(text) : undefined,
					});
				});
			},
		);
		asked.on("error", reject);
		asked.end(body);
	});
}
