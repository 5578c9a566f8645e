/** Writing on the chat page: names suggested while one types, one's own messages told from others', files only where they may be. */
import { equal, ok } from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import type { ChatClient } from "../../client/index.ts";
import { operator } from "../support/domain.ts";
import { type Site, startSite } from "../web/site.ts";
import { checkAccess } from "./accessible.ts";
import {
	buildPages,
	clientOf,
	enterRoom,
	openPage,
	signIn,
	startBrowser,
	write,
} from "./chat-browser.ts";
import { demoCategory } from "./demo-category.ts";

describe("Writing on the chat page", () => {
	let site: Site;
	let browser: Browser;
	let page: Page;
	const others: ChatClient[] = [];

	before(async () => {
		buildPages();
		site = await startSite();
		browser = await startBrowser();
		for (const name of ["bob", "carol"]) {
			const chat = await clientOf(site, name);
			others.push(chat);
			await chat.join((await chat.roomNamed("Lobby"))?.uri ?? "");
		}
		({ page } = await openPage(browser, site.web.address));
		await signIn(page, "alice");
		await enterRoom(page, "Lobby");
		await page.getByText("Who is here (3)").waitFor();
	});
	after(async () => {
		for (const chat of others) await chat.close();
		await browser?.close();
		await site?.close();
	});

	const field = () => page.getByLabel("Message", { exact: true });
	const options = () =>
		page
			.getByRole("listbox", { name: "People to mention" })
			.getByRole("option");
	const own = (words: string) =>
		page.locator(".message.own:not(.outgoing)", { hasText: words });

	it("suggests who is here when one types @, and not oneself", async () => {
		await field().pressSequentially("Ask @");
		await options().nth(1).waitFor();
		const names = await options().locator("bdi").allTextContents();
		equal(names.join(), "Bob,Carol");
		await checkAccess(page, "suggestions of people");
	});

	it("narrows them as one types on, and takes the one that one goes to", async () => {
		await field().pressSequentially("ca");
		await options().nth(1).waitFor({ state: "hidden" });
		equal(await page.locator("[aria-selected=true]").count(), 0);
		await field().press("ArrowDown");
		equal(
			await field().getAttribute("aria-activedescendant"),
			await options().first().getAttribute("id"),
		);
		await field().press("Enter");
		equal(await field().inputValue(), "Ask @Carol ");
		equal(await options().count(), 0);
		await field().pressSequentially("about it");
		await field().press("Enter");
		await own("Ask @Carol about it").waitFor();
	});

	it("posts by Enter as ever when none of them was chosen", async () => {
		await field().pressSequentially("Thanks @bo");
		await options().first().waitFor();
		await field().press("Enter");
		await own("Thanks @bo").waitFor();
		equal(await field().inputValue(), "");
		equal(await options().count(), 0);
	});

	it("takes one by a click too, in the middle of a text, and closes them by Escape", async () => {
		await field().fill("Hello  and good night");
		for (let step = 0; step < " and good night".length; step += 1) {
			await field().press("ArrowLeft");
		}
		await field().pressSequentially("@b");
		await options().first().click();
		equal(await field().inputValue(), "Hello @Bob and good night");
		await field().fill("@c");
		await options().first().waitFor();
		await field().press("Escape");
		equal(await options().count(), 0);
		equal(await field().inputValue(), "@c");
		await field().fill("");
	});

	it("tells one's own messages from others', not by colour alone", async () => {
		const bob = others[0];
		ok(bob);
		const lobby = (await bob.roomNamed("Lobby"))?.uri ?? "";
		await bob.post(lobby, "Mine, says Bob");
		await write(page, "Mine, says Alice");
		await own("Mine, says Alice").getByText("you", { exact: true }).waitFor();
		await page.locator(".message", { hasText: "says Bob" }).waitFor();
		equal(await own("says Bob").count(), 0);
	});

	it("offers files only where they may be posted, and says so to who drops one", async () => {
		const files = page.getByRole("button", { name: /^Bring files/ });
		await files.waitFor();
		await site.node.chat.rooms.changeCategory(operator, demoCategory, {
			files: false,
		});
		await page.reload();
		await page.getByLabel("Message", { exact: true }).waitFor();
		await files.waitFor({ state: "hidden" });
		await field().evaluate((text) => {
			const { DataTransfer, DragEvent } = globalThis as unknown as {
				DataTransfer: new () => { items: { add(file: File): void } };
				DragEvent: new (kind: string, about: object) => Event;
			};
			const dataTransfer = new DataTransfer();
			dataTransfer.items.add(new File(["x"], "x.txt"));
			const about = { bubbles: true, cancelable: true, dataTransfer };
			text.dispatchEvent(new DragEvent("drop", about));
		});
		await page
			.locator(".toast", { hasText: "No files can be posted in this room" })
			.waitFor();
		equal(await page.locator(".upload").count(), 0);
	});
});
