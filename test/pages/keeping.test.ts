/** What the chat page keeps and finds: history, search, its place when the network drops; and what it takes away. */
import { equal, match, ok } from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import type { ChatClient } from "../../client/index.ts";
import type { Principal } from "../../plugin/rooms/types.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { operator } from "../support/domain.ts";
import { until } from "../support/until.ts";
import { type Site, startSite } from "../web/site.ts";
import { type BreakableLine, breakableLine } from "./breakable-line.ts";
import {
	buildPages,
	clientOf,
	enterRoom,
	openPage,
	signIn,
	startBrowser,
	write,
} from "./chat-browser.ts";

const said = 180;

describe("The chat page keeps its place", () => {
	let node: ChatNode;
	let line: BreakableLine;
	let site: Site;
	let browser: Browser;
	let page: Page;
	let bob: ChatClient;
	let lobby: string;

	before(async () => {
		buildPages();
		node = await startChatNode();
		line = await breakableLine(Number(/\d+$/.exec(node.server("ws"))));
		site = await startSite({
			existing: node,
			settings: { sipWebSocketUrl: `ws://127.0.0.1:${line.port}/` },
		});
		browser = await startBrowser();
		bob = await clientOf(site, "bob");
		lobby = (await bob.roomNamed("Lobby"))?.uri ?? "";
		await bob.join(lobby);
		for (let number = 1; number <= said; number += 1) {
			await bob.post(lobby, `Report ${number} of the night`);
		}
		({ page } = await openPage(browser, site.web.address));
		await signIn(page, "alice");
		await enterRoom(page, "Lobby");
	});
	after(async () => {
		await bob?.close();
		await browser?.close();
		await line?.close();
		await site?.close();
		await node?.close();
	});

	const text = (words: string) =>
		page.locator(".message .text", { hasText: new RegExp(`^${words}$`) });

	it("begins with the newest messages, and reads on upwards to the first", async () => {
		await text(`Report ${said} of the night`).waitFor();
		equal(await text("Report 1 of the night").count(), 0);
		await until(
			async () => {
				await page.locator(".scroller").evaluate((log) => log.scrollTo(0, 0));
				return (await text("Report 1 of the night").count()) === 1;
			},
			{ what: "the first message" },
		);
		equal(await page.locator(".message").count(), said);
	});

	it("keeps what is read in its place while others write", async () => {
		await page.locator(".scroller").evaluate((log) => log.scrollTo(0, 500));
		const before = await firstSeen();
		await bob.post(lobby, "Said meanwhile");
		await text("Said meanwhile").waitFor({ state: "attached" });
		equal(await firstSeen(), before);
		await page.getByRole("button", { name: "To the newest" }).click();
		ok(await text("Said meanwhile").isVisible());
	});

	it("finds a message and shows it among those around it, at an address of its own", async () => {
		await page.getByRole("button", { name: "Search this room" }).click();
		await page.getByLabel("Words to search for").fill("Report 37");
		await page.keyboard.press("Enter");
		await page
			.getByRole("dialog")
			.getByRole("button", { name: /Report 37 of/ })
			.click();
		const found = page.locator(".message.sought");
		await found.waitFor();
		match((await found.textContent()) ?? "", /Report 37 of the night/);
		await text("Report 36 of the night").waitFor();
		match(page.url(), /&message=37$/);
		equal(await text("Said meanwhile").count(), 0);
		await page.getByRole("button", { name: "To the newest" }).click();
		await text("Said meanwhile").waitFor();
		await page.goBack();
		await page.goForward();
		await found.waitFor();
		await page.goBack();
		await text("Said meanwhile").waitFor();
	});

	it("reads on both ways from a message that was jumped to: to the first, and to what is said now", async () => {
		const address = new URL(page.url());
		address.searchParams.set("message", "90");
		await page.goto(address.href);
		await page.locator(".message.sought").waitFor();
		equal(await text("Report 1 of the night").count(), 0);
		equal(await text("Said meanwhile").count(), 0);
		await scrolledTo("top", "Report 1 of the night");
		await scrolledTo("end", "Said meanwhile");
		// What came with it stands below.
		await scroll("end");
		await page
			.getByRole("button", { name: "To the newest" })
			.waitFor({ state: "hidden" });
		equal(await page.locator(".message").count(), said + 1);
		await bob.post(lobby, "Said at the end");
		await text("Said at the end").waitFor();
	});

	it("comes back after the network has gone, with what was said and written meanwhile", async () => {
		line.cut();
		await page.getByText("The connection is lost").waitFor();
		await write(page, "Written in the dark");
		await page.getByText("Goes out when the connection is back").waitFor();
		await bob.post(lobby, "Said in the dark");
		line.mend();
		await text("Said in the dark").waitFor({ timeout: 20_000 });
		await text("Written in the dark").waitFor();
		await page.getByText("The connection is lost").waitFor({ state: "hidden" });
		await until(async () => (await page.locator(".outgoing").count()) === 0, {
			what: "the copy of what was written",
		});
		equal(await text("Written in the dark").count(), 1);
		const kept = (await bob.history(lobby, 2)).map((message) => message.text);
		equal(kept.join(), "Said in the dark,Written in the dark");
	});

	it("shows what an administrator deleted or replaced as such", async () => {
		await node.chat.rooms.setAdministrators(operator, [
			"sip:bob@example.com" as Principal,
		]);
		const [first, second] = await bob.history(lobby, 2);
		await bob.deleteMessages(lobby, [first?.sequence ?? 0]);
		await bob.replaceMessages(
			lobby,
			[second?.sequence ?? 0],
			"No secrets here",
		);
		await page.getByText("An administrator deleted this message").waitFor();
		await text("No secrets here").waitFor();
		await page.getByText("Replaced by an administrator").waitFor();
		equal(await text("Said in the dark").count(), 0);
	});

	it("shows at once who has lost his place, and lets him write no more", async () => {
		const operations = (await bob.roomNamed("Operations"))?.uri ?? "";
		await enterRoom(page, "Operations");
		await bob.administration.changeRoles(operations, {
			remove: { members: ["sip:alice@example.com"] },
		});
		await page.getByText("You are no longer in this room").waitFor();
		equal(await page.locator("#text").isVisible(), false);
		await page.getByText("You are no longer in Operations").waitFor();
	});

	it("tells of a room that changes", async () => {
		const operations = (await bob.roomNamed("Operations"))?.uri ?? "";
		await bob.administration.changeRoles(operations, {
			add: { members: ["sip:alice@example.com"] },
		});
		await page.getByRole("button", { name: /^Lobby/ }).click();
		await enterRoom(page, "Operations");
		await bob.administration.change(operations, { description: "Night shift" });
		await page.getByText("room is now described as: Night shift").waitFor();
	});

	/** As far as it takes until the words are there. */
	async function scrolledTo(side: "top" | "end", words: string): Promise<void> {
		await until(
			async () => {
				await scroll(side);
				return (await text(words).count()) === 1;
			},
			{ what: words },
		);
	}

	function scroll(side: "top" | "end"): Promise<void> {
		return page
			.locator(".scroller")
			.evaluate(
				(log, where) => log.scrollTo(0, where === "top" ? 0 : log.scrollHeight),
				side,
			);
	}

	function firstSeen(): Promise<string> {
		return page.locator(".scroller").evaluate((log) => {
			const top = log.getBoundingClientRect().top;
			const rows = [...log.querySelectorAll(".message")];
			const row = rows.find(
				(each) => each.getBoundingClientRect().bottom > top,
			);
			return `${row?.textContent} ${Math.round((row?.getBoundingClientRect().top ?? 0) - top)}`;
		});
	}
});
