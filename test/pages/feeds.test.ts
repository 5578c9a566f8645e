/** Feeds on the chat page: what is said with some words is found and counted, in this browser and in another one. */
import { equal } from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import type { ChatClient } from "../../client/index.ts";
import { type Site, startSite } from "../web/site.ts";
import { checkAccess } from "./accessible.ts";
import {
	buildPages,
	clientOf,
	enterRoom,
	openPage,
	signIn,
	startBrowser,
} from "./chat-browser.ts";

describe("A feed on the chat page", () => {
	let site: Site;
	let browser: Browser;
	let page: Page;
	let bob: ChatClient;
	let lobby: string;

	before(async function () {
		this.timeout(60_000);
		buildPages();
		site = await startSite();
		browser = await startBrowser();
		bob = await clientOf(site, "bob");
		lobby = (await bob.roomNamed("Lobby"))?.uri ?? "";
		await bob.join(lobby);
		await bob.post(lobby, "The gateway was warm");
		({ page } = await openPage(browser, site.web.address));
		await signIn(page, "alice");
		await enterRoom(page, "Lobby");
		await page.getByRole("button", { name: "Follow this room" }).click();
	});
	after(async () => {
		await bob?.close();
		await browser?.close();
		await site?.close();
	});

	const feed = (on: Page, name = "Machines") =>
		on.getByRole("list", { name: "Feeds" }).getByRole("button", { name });

	it("is made of a name and words", async () => {
		await page.getByRole("button", { name: "New feed" }).click();
		await page.getByLabel("Name", { exact: true }).fill("Machines");
		await page.getByLabel("Any of these words").fill("gateway pump");
		await checkAccess(page, "a new feed");
		await page.getByRole("button", { name: "Keep the feed" }).click();
		await feed(page).waitFor();
	});

	it("counts what is said with one of them, and nothing else", async () => {
		await bob.post(lobby, "Gateways are something else");
		await bob.post(lobby, "The pump has stopped");
		await feed(page).getByLabel("1 unread message").waitFor();
	});

	it("follows one to another browser", async () => {
		const { page: other } = await openPage(browser, site.web.address);
		await signIn(other, "alice");
		await feed(other).getByLabel("1 unread message").waitFor();
		await other.context().close();
	});

	it("shows what was said before too, and leads to where it was", async () => {
		await feed(page).click();
		await page.getByText("2 messages").waitFor();
		const found = page.getByRole("dialog").locator(".choice");
		equal(
			await found.first().locator(".description").textContent(),
			"The pump has stopped",
		);
		await bob.post(lobby, "The pump runs again");
		await page.getByText("3 messages").waitFor();
		await found.last().click();
		await page.locator(".message.sought", { hasText: "warm" }).waitFor();
		await feed(page)
			.getByLabel(/unread/)
			.waitFor({ state: "hidden" });
	});

	it("is gone when it is removed", async () => {
		await feed(page).click();
		await page.getByRole("button", { name: "Remove" }).click();
		await feed(page).waitFor({ state: "hidden" });
		equal((await bob.preference("persistent-chat.feeds")).content, undefined);
	});
});
