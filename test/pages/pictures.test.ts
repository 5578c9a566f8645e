/** The pictures of the chat page in `docs/`: made anew with `SCREENSHOTS=1`; else only that every view can be shown. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import type { ChatClient } from "../../client/index.ts";
import type { Principal } from "../../plugin/rooms/types.ts";
import { operator } from "../support/domain.ts";
import { imageOf } from "../support/images.ts";
import { type Site, startSite } from "../web/site.ts";
import { checkAccess } from "./accessible.ts";
import {
	buildPages,
	choose,
	clientOf,
	enterRoom,
	openPage,
	signIn,
	startBrowser,
} from "./chat-browser.ts";
import { picture } from "./picture.ts";

const size = { width: 1100, height: 700 };

describe("Pictures of the chat page", () => {
	let directory: string;
	let site: Site;
	let browser: Browser;
	const people = new Map<string, ChatClient>();

	before(async () => {
		buildPages();
		directory = await mkdtemp(join(tmpdir(), "pictures-"));
		site = await startSite({ node: { service: { files: { directory } } } });
		browser = await startBrowser();
		await furnish();
	});
	after(async () => {
		for (const chat of people.values()) await chat.close();
		await browser?.close();
		await site?.close();
		await rm(directory, { recursive: true, force: true });
	});

	it("show signing in", async () => {
		const { page } = await openPage(browser, site.web.address, size);
		await page.getByLabel("Password").waitFor();
		await picture(page, "chat-sign-in");
		await page.context().close();
	});

	for (const dark of [false, true]) {
		it(`show a room, ${dark ? "dark" : "light"}`, async () => {
			const page = await inRoom({ ...size, dark });
			await page.locator("summary").click();
			await page.mouse.move(0, 0);
			await page
				.locator(".scroller")
				.evaluate((log) => log.scrollTo(0, log.scrollHeight));
			await picture(page, dark ? "chat-room-dark" : "chat-room");
			await page.context().close();
		});
	}

	it("show the directory, and a search", async () => {
		const page = await inRoom(size);
		await page.getByRole("button", { name: "Find rooms" }).click();
		await page.getByText(/^\d+ rooms$/).waitFor();
		await picture(page, "chat-directory");
		await page.keyboard.press("Escape");
		await page.getByRole("button", { name: "Search this room" }).click();
		await page.getByLabel("Words to search for").fill("gateway");
		await page.keyboard.press("Enter");
		await page.getByText(/found$/).waitFor();
		await picture(page, "chat-search");
		await page.context().close();
	});

	it("show files", async () => {
		const page = await inRoom(size);
		const photo = await imageOf("jpeg", { width: 900, height: 560 });
		await choose(page, [
			{ name: "Power supply.jpg", body: Buffer.from(photo) },
			{ name: "Gateway 3, measured.csv", body: Buffer.alloc(48_000, "7,") },
		]);
		await page.getByText("ready to be posted").nth(1).waitFor();
		await page.getByLabel("Message", { exact: true }).press("Enter");
		await page.locator(".file-card").nth(1).waitFor();
		await page.getByRole("img", { name: /^Show/ }).waitFor();
		await page.waitForLoadState("networkidle");
		await choose(page, [
			{ name: "Invoice.pdf", body: Buffer.alloc(310_000, "1") },
		]);
		await page.getByText("ready to be posted").waitFor();
		await checkAccess(page, "files");
		await picture(page, "chat-files");
		await page.context().close();
	});

	it("show a feed", async () => {
		const page = await inRoom(size);
		await page.getByRole("button", { name: "New feed" }).click();
		await page.getByLabel("Name", { exact: true }).fill("Machines");
		await page.getByLabel("Any of these words").fill("gateway power");
		await page.getByRole("button", { name: "Keep the feed" }).click();
		await page
			.getByRole("list", { name: "Feeds" })
			.getByRole("button", { name: "Machines" })
			.click();
		await page.getByText(/^\d+ messages$/).waitFor();
		await checkAccess(page, "a feed");
		await picture(page, "chat-feed");
		await page.context().close();
	});

	it("show whom one may mention", async () => {
		const page = await inRoom(size);
		const field = page.getByLabel("Message", { exact: true });
		await field.pressSequentially("Can you look after it, @");
		await page.getByRole("option").nth(2).waitFor();
		await field.press("ArrowDown");
		await checkAccess(page, "whom one may mention");
		await page.mouse.move(0, 0);
		await picture(page, "chat-mention");
		await page.context().close();
	});

	it("show it on a telephone", async () => {
		const page = await inRoom({ width: 390, height: 700 });
		await picture(page, "chat-narrow");
		await page.context().close();
	});

	async function inRoom(screen: Parameters<typeof openPage>[2]): Promise<Page> {
		const { page } = await openPage(browser, site.web.address, screen);
		await signIn(page, "alice");
		await enterRoom(page, "Operations");
		await page.getByText("Thank you").waitFor();
		return page;
	}

	/** A morning in Operations, and something unread elsewhere. */
	async function furnish(): Promise<void> {
		const { rooms } = site.node.chat;
		for (const name of ["alice", "bob", "carol", "dave"]) {
			people.set(name, await clientOf(site, name));
		}
		const uri = async (room: string) =>
			(await as("bob").roomNamed(room))?.uri ?? "";
		const operations = await uri("Operations");
		await as("bob").administration.changeRoles(operations, {
			add: { members: ["domain:example.com"] },
		});
		for (const room of ["Lobby", "Announcements", "Operations"]) {
			await as("alice").follow(await uri(room));
		}
		for (const [name, text] of morning) {
			if (!as(name).joined.has(operations)) await as(name).join(operations);
			const alert = /is down/.test(text);
			await as(name).post(operations, text, { alert });
		}
		await as("dave").join(await uri("Lobby"));
		await as("dave").post(await uri("Lobby"), "Lunch at noon, @alice?");
		await as("dave").post(await uri("Lobby"), "Soup today.");
		await rooms.setAdministrators(operator, [
			"sip:dave@example.com" as Principal,
		]);
		await as("alice").close();
		people.delete("alice");
	}

	function as(name: string): ChatClient {
		const chat = people.get(name);
		if (chat === undefined) throw new Error(`${name} is not signed in`);
		return chat;
	}
});

const morning: readonly (readonly [name: string, text: string])[] = [
	["carol", "Good morning. The night was quiet: two calls, both closed."],
	["bob", "Thanks, Carol. I take over."],
	["bob", "Gateway 3 has answered slowly since six, I am watching it."],
	["dave", "Gateway 3 is down. Calls from the north go through gateway 4."],
	["bob", "@alice, can you look at its power supply?"],
	["bob", "The ticket: https://tickets.example.com/4711"],
	[
		"carol",
		"[STORY]What we knew about gateway 3\nIts second power supply was replaced in March.\nSince then it has been warmer than the others.",
	],
	["alice", "On my way.\nBack in ten minutes."],
	["dave", "It answers again. Thank you, Alice!"],
];
