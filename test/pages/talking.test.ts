/** Two people in two real browsers talk over the chat page, against a whole node with its web door. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { operator } from "../support/domain.ts";
import { type Site, startSite } from "../web/site.ts";
import {
	buildPages,
	clientOf,
	enterRoom,
	type Opened,
	openPage,
	signIn,
	startBrowser,
	write,
} from "./chat-browser.ts";
import { demoCategory } from "./demo-category.ts";

describe("The chat page", () => {
	let site: Site;
	let browser: Browser;
	let alice: Opened;
	let bob: Opened;

	before(async () => {
		buildPages();
		site = await startSite();
		browser = await startBrowser();
		alice = await openPage(browser, site.web.address);
		bob = await openPage(browser, site.web.address);
	});
	after(async () => {
		await browser?.close();
		await site?.close();
	});

	it("says in a sentence that a password is wrong", async () => {
		await alice.page.getByLabel("Name", { exact: true }).fill("alice");
		await alice.page.getByLabel("Password").fill("wrong");
		await alice.page.getByRole("button", { name: "Sign in" }).click();
		const said = await alice.page
			.getByRole("alert")
			.filter({ hasText: /./ })
			.textContent();
		match(said ?? "", /password/i);
	});

	it("signs in, finds a room and enters it", async () => {
		await signIn(alice.page, "alice");
		await signIn(bob.page, "bob");
		await enterRoom(alice.page, "Lobby");
		await enterRoom(bob.page, "Lobby");
		match(alice.page.url(), /\?room=[\w-]+$/);
	});

	it("shows who is here", async () => {
		const people = alice.page.getByRole("complementary", { name: "People" });
		await people.getByText("Bob").waitFor();
		await people.getByText("Who is here (2)").waitFor();
	});

	it("shows each what the other writes, of several lines too", async () => {
		await write(alice.page, "Good morning");
		await bob.page.getByText("Good morning").waitFor();
		const field = bob.page.getByLabel("Message", { exact: true });
		await field.fill("One line");
		await field.press("Shift+Enter");
		await field.pressSequentially("and another");
		await field.press("Enter");
		const text = alice.page.locator(".message .text", { hasText: "One line" });
		await text.waitFor();
		equal(await text.textContent(), "One line\nand another");
	});

	it("marks what names one", async () => {
		await write(bob.page, "What does @Alice say?");
		await alice.page.locator("mark", { hasText: "@Alice" }).waitFor();
		equal(await bob.page.locator("mark").count(), 0);
	});

	it("shows a file by its name and size, to be had here", async () => {
		const link =
			"ma-filelink://example.com/r-1/f-1/night%20plan.pdf?bytes=20480";
		await write(bob.page, `Read ${link}`);
		const file = alice.page.getByRole("link", {
			name: "night plan.pdf 20 KB",
		});
		await file.waitFor();
		equal(await file.getAttribute("href"), "api/rooms/r-1/files/f-1");
	});

	it("posts an alert, and a story with a title", async () => {
		await alice.page.getByRole("button", { name: /^Alert/ }).click();
		await write(alice.page, "Water in the basement");
		await bob.page.locator(".message.alert", { hasText: "Water" }).waitFor();
		await alice.page.getByRole("button", { name: /^Story/ }).click();
		await alice.page.getByLabel("Title of the story").fill("What happened");
		const field = alice.page.getByLabel("Message", { exact: true });
		await field.fill("First this.\nThen that.");
		await field.press("Control+Enter");
		await bob.page.locator("summary", { hasText: "What happened" }).click();
		await bob.page.getByText("Then that.").waitFor();
	});

	it("counts what is unread in another room, and says so when one is named", async () => {
		await enterRoom(bob.page, "Announcements");
		await write(alice.page, "Nobody in particular");
		await write(alice.page, "@bob come back");
		const room = bob.page.getByRole("button", { name: /^Lobby/ });
		await room.getByLabel("2 unread messages, 1 for you").waitFor();
		match(await bob.page.title(), /^\(2\)/);
		await bob.page.locator(".toast", { hasText: "come back" }).waitFor();
		await room.click();
		await bob.page.locator(".messages", { hasText: "come back" }).waitFor();
		equal(await bob.page.title(), "Chat");
	});

	it("goes back and forward through rooms by the browser's own buttons", async () => {
		const lobby = bob.page.url();
		await bob.page.goBack();
		await bob.page.getByRole("heading", { name: "Announcements" }).waitFor();
		await bob.page.goForward();
		await bob.page.getByRole("heading", { name: "Lobby", level: 2 }).waitFor();
		equal(bob.page.url(), lobby);
	});

	it("goes from room to room by keyboard, and lists what the keyboard does", async () => {
		const { page } = bob;
		await page.keyboard.press("Alt+ArrowUp");
		await page.getByRole("heading", { name: "Announcements" }).waitFor();
		await page.keyboard.press("Alt+ArrowUp");
		await page.getByRole("heading", { name: "Lobby", level: 2 }).waitFor();
		await page.keyboard.press("Control+/");
		await page.getByText("The room above, the room below").waitFor();
		await page.keyboard.press("Escape");
	});

	it("tells whoever may only read that it is so", async () => {
		await enterReadOnly(alice);
		await alice.page.getByText("only its presenters post").waitFor();
		equal(
			await alice.page.getByLabel("Message", { exact: true }).isVisible(),
			false,
		);
		await alice.page.getByRole("button", { name: /^Lobby/ }).click();
	});

	it("shows an invitation at once, and enters the room from it", async () => {
		await site.node.chat.rooms.changeCategory(operator, demoCategory, {
			invitations: true,
		});
		const carol = await openPage(browser, site.web.address);
		await signIn(carol.page, "carol");
		const manager = await clientOf(site, "bob");
		const operations = await manager.roomNamed("Operations");
		ok(operations);
		await manager.administration.changeRoles(operations.uri, {
			add: { members: ["sip:carol@example.com"] },
		});
		await carol.page
			.getByText("You are invited to Operations")
			.first()
			.waitFor();
		await carol.page
			.locator(".invitation", { hasText: "Operations" })
			.getByRole("button", { name: "Join" })
			.click();
		await carol.page.getByRole("heading", { name: "Operations" }).waitFor();
		await carol.page.getByLabel("Message", { exact: true }).waitFor();
		await carol.page.context().close();
		await manager.close();
	});

	it("says whose a link is that was opened, and signs in when its button is pressed", async () => {
		const manager = await clientOf(site, "carol");
		const { url } = await manager.webLink();
		await manager.close();
		const { page } = await openPage(browser, url);
		await page.getByText("signs you in as Carol (carol@example.com)").waitFor();
		equal(new URL(page.url()).hash, "");
		equal((await page.context().cookies()).length, 0);
		await page.getByRole("button", { name: "Sign in" }).click();
		await page.getByRole("heading", { name: "Chat", exact: true }).waitFor();
		const again = await openPage(browser, url);
		await again.page
			.getByRole("alert")
			.filter({ hasText: "This link has been used" })
			.waitFor();
		await page.context().close();
		await again.page.context().close();
	});

	it("shows at once that somebody has closed his page, or gone elsewhere in it", async () => {
		const people = alice.page.getByRole("complementary", { name: "People" });
		for (const leave of [
			(page: Page) => page.goto("about:blank"),
			(page: Page) => page.close(),
		]) {
			const carol = await openPage(browser, site.web.address);
			await signIn(carol.page, "carol");
			await enterRoom(carol.page, "Lobby");
			await people.getByText("Carol").waitFor();
			await leave(carol.page);
			await people.getByText("Carol").waitFor({ state: "detached" });
			await carol.page.context().close();
		}
	});

	it("asked nobody else, and kept to its policy", () => {
		for (const { asked, complaints } of [alice, bob]) {
			const hosts = new Set(asked.map((url) => new URL(url).hostname));
			deepEqual([...hosts], ["127.0.0.1"]);
			deepEqual(
				complaints.filter((said) => !/401/.test(said)),
				[],
			);
		}
	});

	async function enterReadOnly({ page }: Opened): Promise<void> {
		await page.getByRole("button", { name: "Find rooms" }).click();
		await page
			.getByRole("dialog")
			.getByRole("button", { name: /^Announcements/ })
			.click();
	}
});
