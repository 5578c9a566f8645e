/** The Rooms page keeps nobody out, fits small screens, and what strangers write stays text. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import type { RoomId } from "../../plugin/rooms/types.ts";
import { operator } from "../support/domain.ts";
import { rooms } from "../support/people.ts";
import { type Site, startSite } from "../web/site.ts";
import { checkAccess, fits, narrowPx } from "./accessible.ts";
import {
	buildPages,
	type Opened,
	openPage,
	type Screen,
	startBrowser,
} from "./chat-browser.ts";
import { demoCategory } from "./demo-category.ts";
import {
	choose,
	isSaid,
	letMakeRooms,
	save,
	signInAtRooms,
} from "./rooms-browser.ts";

const operations = rooms.operations.split("/").at(-1) as RoomId;

describe("The Rooms page of strangers", () => {
	let site: Site;
	let browser: Browser;

	before(async () => {
		buildPages();
		site = await startSite();
		await letMakeRooms(site, "alice", "bob");
		browser = await startBrowser();
	});
	after(async () => {
		await browser?.close();
		await site?.close();
	});

	for (const dark of [false, true]) {
		const light = dark ? "dark" : "light";
		it(`keeps nobody out who does not see or point, ${light}`, async () => {
			const { page } = await opened("bob", { dark });
			await isSaid(page, "1 room");
			await checkAccess(page, "list");
			await choose(page, "Operations");
			await checkAccess(page, "form");
			await find(page, "a");
			await checkAccess(page, "people found");
			await page.keyboard.press("Escape");
			await changedByAnother(page, `Changed, ${light}`);
			await checkAccess(page, "collision");
			await removeAlice(page);
			await checkAccess(page, "losses");
			await page.keyboard.press("Escape");
			await page.getByRole("button", { name: "Discard changes" }).click();
			await page.getByRole("link", { name: "New room" }).click();
			await page.getByRole("heading", { name: "New room" }).waitFor();
			await checkAccess(page, "new room");
			await page.context().close();
		});
	}

	it("fits a screen of 320 pixels without scrolling sideways", async () => {
		const long = "w".repeat(200);
		await site.node.chat.rooms.changeRoom(operator, operations, {
			properties: { description: long },
		});
		const { page } = await opened("bob", { width: narrowPx, height: 568 });
		await isSaid(page, "1 room");
		await fits(page);
		await choose(page, "Operations");
		await fits(page);
		await find(page, "a");
		await fits(page);
		await page.keyboard.press("Escape");
		await changedByAnother(page, `${long}!`);
		await fits(page);
		await removeAlice(page);
		await fits(page);
		await page.keyboard.press("Escape");
		await page.getByRole("button", { name: "Discard changes" }).click();
		await page.getByRole("button", { name: "All rooms" }).click();
		await page.getByRole("link", { name: "New room" }).click();
		await page.getByRole("heading", { name: "New room" }).waitFor();
		await fits(page);
		await page.context().close();
	});

	it("can be used by keyboard alone", async () => {
		const { page } = await openPage(browser, `${site.web.address}/rooms?new`);
		await page.getByLabel("Password").waitFor();
		await page.keyboard.type("alice");
		await page.keyboard.press("Tab");
		await page.keyboard.type("alice-pw");
		await page.keyboard.press("Enter");
		await page.getByRole("heading", { name: "New room" }).waitFor();
		await page.keyboard.press("Tab");
		await page.keyboard.type("By keyboard");
		await tabTo(page, "Who enters");
		await page.keyboard.press("ArrowDown");
		await tabTo(page, "Add to the members");
		await page.keyboard.type("a");
		await page.getByRole("option", { name: /^Bob/ }).waitFor();
		await page.keyboard.press("ArrowDown");
		await page.keyboard.press("Enter");
		await page.keyboard.type("a");
		await page.getByRole("option", { name: /^Alice/ }).waitFor();
		await page.keyboard.press("Control+a");
		// What was found for other words is not meant.
		await page.keyboard.type("dave");
		await page.keyboard.press("Enter");
		await page.getByRole("heading", { name: "Members (3)" }).waitFor();
		await tabTo(page, "Remove Dave from the members");
		await page.keyboard.press("Enter");
		await page.getByRole("heading", { name: "Members (2)" }).waitFor();
		await tabTo(page, "Make the room");
		await page.keyboard.press("Enter");
		await isSaid(page, "The room is made.");
		const made = page.getByRole("button", {
			name: "Remove Bob from the members",
		});
		await made.waitFor();
		equal(await page.getByRole("radio", { name: /^Open/ }).isChecked(), true);
		await page.context().close();
	});

	it("interprets nothing of what is in names and descriptions", async () => {
		const name = "<script>document.title=1</script>";
		await site.node.chat.rooms.createRoom(operator, {
			name,
			description: "<img src=x onerror=document.title=1>",
			category: demoCategory,
			privacy: "open",
		});
		const { page, complaints, asked } = await opened("bob");
		await page.getByRole("radio", { name: "All" }).click();
		await page.getByRole("link", { name: "document.title" }).click();
		await page.getByRole("heading", { name, level: 2 }).waitFor();
		await page.getByText("<img src=x onerror").waitFor();
		equal(await page.title(), `${name} · Rooms`);
		equal(await page.locator(".rooms-page :is(script, img)").count(), 0);
		deepEqual(
			complaints.filter((said) => !/status of 401/.test(said)),
			[],
		);
		ok(asked.every((url) => new URL(url).hostname === "127.0.0.1"));
		await page.context().close();
	});

	async function opened(name: string, screen: Screen = {}): Promise<Opened> {
		const address = `${site.web.address}/rooms`;
		const made = await openPage(browser, address, screen);
		await signInAtRooms(made.page, name);
		return made;
	}

	/** The description is another when one saves one's own. */
	async function changedByAnother(page: Page, text: string): Promise<void> {
		await site.node.chat.rooms.changeRoom(operator, operations, {
			properties: { description: text },
		});
		await page.getByLabel("Description").fill("Mine");
		await save(page);
		await page.getByRole("region", { name: /^Somebody else/ }).waitFor();
	}
});

async function find(page: Page, words: string): Promise<void> {
	await page.getByRole("combobox", { name: "Add to the members" }).fill(words);
	await page.getByRole("option", { name: /^Carol/ }).waitFor();
}

async function removeAlice(page: Page): Promise<void> {
	await page
		.getByRole("button", { name: "Remove Alice from the members" })
		.click();
	await save(page);
	await page.getByRole("dialog").waitFor();
}

/** By the key, until something of this name has the focus, or is around what has. */
async function tabTo(page: Page, name: string): Promise<void> {
	const field = page
		.getByRole("combobox", { name })
		.or(page.getByRole("button", { name }))
		.or(page.getByRole("group", { name }));
	for (let presses = 0; presses < 40; presses += 1) {
		const isThere = await field.evaluate(
			(element) =>
				element.matches(":focus") || element.querySelector(":focus") !== null,
		);
		if (isThere) return;
		await page.keyboard.press("Tab");
	}
	ok(false, `Tab does not come to ${name}`);
}
