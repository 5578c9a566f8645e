/** Where clients of the SIP network are told to bring files, and that files can be brought and had there. */
import { equal, match } from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeAgent } from "../../client/index.ts";
import { until } from "../support/until.ts";
import { type FileAnswer, fileExchange } from "./file-exchange.ts";
import { type Site, startSite } from "./site.ts";

const lobby = "00000000-0000-4000-8000-000000000001";
const uri = `ma-chan://example.com/${lobby}`;

describe("the address of files", () => {
	let directory: string;
	let site: Site | undefined;

	async function start(
		settings: Readonly<Record<string, unknown>> = {},
		url?: string,
	): Promise<Site> {
		directory = await mkdtemp(join(tmpdir(), "web-file-address-"));
		const files = { directory, ...(url !== undefined && { url }) };
		site = await startSite({ settings, node: { service: { files } } });
		return site;
	}
	afterEach(async () => {
		await site?.close();
		site = undefined;
		await rm(directory, { recursive: true, force: true });
	});

	/** The replies that alice hears when she asks for a token to bring a file, and one to get one. */
	async function tokens({ node }: Site): Promise<readonly string[]> {
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
		for (const [index, command] of [
			`<cmd id="cmd:join" seqid="1"><data><chanid key="0" domain="example.com" value="${lobby}"/></data></cmd>`,
			`<cmd id="cmd:getfutok" seqid="1"><data><ftdb channelUri="${uri}" fileUrl="notes.txt"/></data></cmd>`,
			`<cmd id="cmd:getfdtok" seqid="1"><data><ftdb channelUri="${uri}" fileUrl="notes.txt"/></data></cmd>`,
		].entries()) {
			await dialog.sendInfo(
				`<xccos ver="1" envid="${index}" xmlns="urn:parlano:xml:ns:xccos">${command}</xccos>`,
			);
		}
		const replies = await until(
			() => {
				const found = heard.filter((body) => body.includes("rpl:getftok"));
				return found.length === 2 && found;
			},
			{ what: "two replies" },
		);
		await dialog.bye();
		await agent.close();
		return replies;
	}
	const addressIn = (reply: string) => /serveruri="([^"]*)"/.exec(reply)?.[1];
	const tokenIn = (reply: string) => / token="([^"]*)"/.exec(reply)?.[1];

	it("is the web door's own, where nothing is said, and works", async () => {
		const here = await start();
		const [up = "", down = ""] = await tokens(here);
		const address = `${here.web.address}/PersistentChat/MGCWebService.asmx`;
		equal(addressIn(up), address);
		equal(addressIn(down), address);
		const { exchange } = fileExchange(here);
		const { pathname } = new URL(address);
		const bearer = (reply: string) => ({
			headers: { authorization: `Bearer ${tokenIn(reply)}` },
		});
		const brought = await exchange("PUT", `${pathname}/${lobby}`, {
			...bearer(up),
			body: "some notes",
		});
		equal(brought.status, 201);
		const { file } = JSON.parse(String(brought.body)) as FileAnswer;
		const had = await exchange(
			"GET",
			`${pathname}/${lobby}/${file.id}`,
			bearer(down),
		);
		equal(had.status, 200);
		equal(String(had.body), "some notes");
	});

	it("is that of web.publicUrl, and service.files.url is over it", async () => {
		const publicUrl = "https://chat.example.com/";
		for (const reply of await tokens(await start({ publicUrl }))) {
			equal(
				addressIn(reply),
				"https://chat.example.com/PersistentChat/MGCWebService.asmx",
			);
		}
		await site?.close();
		const url = "https://files.example.com/files";
		for (const reply of await tokens(await start({ publicUrl }, url))) {
			equal(addressIn(reply), url);
		}
	});

	it("is none where the door listens everywhere and nobody says how it is reached", async () => {
		for (const reply of await tokens(await start({ host: "0.0.0.0" }))) {
			match(reply, /<resp code="503">[^<]*no address to (bring|get) files/);
		}
	});
});
