/** Feeds on the chat page: what is said with some words is found and counted, in this browser and in another one. */
import { deepEqual, equal } from "node:assert/strict";
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

	before(async () => {
		buildPages();
		site = await startSite({ node: { service: { newContentEveryMs: 100 } } });
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
		on
			.getByRole("list", { name: "Feeds" })
			.getByRole("button", { name: new RegExp(`^${name}\\b(?! again)`) });

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

	it("counts at once what is said where one follows without being there", async () => {
		const announcements = (await bob.roomNamed("Announcements"))?.uri ?? "";
		const alice = await clientOf(site, "alice");
		await alice.follow(announcements);
		await bob.join(announcements);
		await bob.post(announcements, "Nothing of interest");
		await bob.post(announcements, "A new pump comes tomorrow");
		await feed(page).getByLabel("1 unread message").waitFor();
		await alice.close();
	});

	it("is of some people, who are found as one types", async () => {
		await page.getByRole("button", { name: "New feed" }).click();
		await page.getByLabel("Name", { exact: true }).fill("Bob");
		await page.getByLabel("Any of these words").fill("pump");
		const author = page.getByRole("combobox", { name: /^Said by/ });
		await author.fill("bo");
		await page.getByRole("option", { name: /^Bob/ }).waitFor();
		await checkAccess(page, "an author that is found");
		await author.press("Enter");
		const chosen = page.getByRole("list", { name: "Said by" });
		await chosen.getByText("Bob").waitFor();
		equal(await author.inputValue(), "");
		await page.getByRole("button", { name: "Keep the feed" }).click();
		await feed(page, "Bob").click();
		await page.getByText("3 messages").waitFor();
		await page.getByRole("button", { name: "Remove" }).click();
		await feed(page, "Bob").waitFor({ state: "hidden" });
	});

	it("is kept beside the one that was made in another browser meanwhile", async () => {
		const { page: other } = await openPage(browser, site.web.address);
		await signIn(other, "alice");
		await feed(other).waitFor();
		await make(page, "Here");
		await make(other, "There");
		for (const name of ["Machines", "Here", "There"]) {
			await feed(other, name).waitFor();
		}
		await make(page, "Here again");
		await feed(page, "There").waitFor();
		const alice = await clientOf(site, "alice");
		const { content } = await alice.preference("persistent-chat.feeds", 0);
		const feeds = JSON.parse(content ?? "[]") as { name: string }[];
		const names = feeds.map((each) => each.name);
		deepEqual(names, ["Machines", "Here", "There", "Here again"]);
		await alice.close();
		await other.context().close();
	});

	it("is gone when it is removed", async () => {
		await feed(page).click();
		await page.getByRole("button", { name: "Remove" }).click();
		await feed(page).waitFor({ state: "hidden" });
		equal((await bob.preference("persistent-chat.feeds")).content, undefined);
	});

	async function make(on: Page, name: string): Promise<void> {
		await on.getByRole("button", { name: "New feed" }).click();
		await on.getByLabel("Name", { exact: true }).fill(name);
		await on.getByLabel("Any of these words").fill("kettle");
		await on.getByRole("button", { name: "Keep the feed" }).click();
		await feed(on, name).waitFor();
	}
});
