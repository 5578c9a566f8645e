/** What strangers write stays text, the page fits small screens, and nobody is kept out of it. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import type { ChatClient } from "../../client/index.ts";
import type { Principal } from "../../plugin/rooms/types.ts";
import { operator } from "../support/domain.ts";
import { type Site, startSite } from "../web/site.ts";
import { checkAccess, fits, narrowPx } from "./accessible.ts";
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

const hostile = [
	'<img src=x onerror="document.title=1">',
	"<script>document.title=1</script>",
	'"><svg onload=document.title=1>',
	"javascript:document.title=1",
	'https://example.com/"onmouseover=document.title=1',
	"[STORY]<b>Title</b>\n<img src=x onerror=document.title=1>",
	"\u202Egnp.exe\u2066",
];

describe("The chat page of strangers", () => {
	let site: Site;
	let browser: Browser;
	let bob: ChatClient;
	let lobby: string;

	before(async () => {
		buildPages();
		site = await startSite();
		await site.node.chat.rooms.changeCategory(operator, demoCategory, {
			creators: ["sip:bob@example.com" as Principal],
		});
		browser = await startBrowser();
		bob = await clientOf(site, "bob");
		lobby = (await bob.roomNamed("Lobby"))?.uri ?? "";
		await bob.join(lobby);
	});
	after(async () => {
		await bob?.close();
		await browser?.close();
		await site?.close();
	});

	it("interprets nothing of what is in texts, names and topics", async () => {
		const name = "<script>document.title=1</script>";
		const [category] = await bob.administration.categories();
		ok(category);
		await bob.administration.create(
			{
				name,
				description: "<img src=x onerror=document.title=1>",
				category: category.uri,
				privacy: "open",
			},
			{ managers: ["sip:bob@example.com"] },
		);
		for (const text of hostile) await bob.post(lobby, text);
		const { page, complaints, asked } = await opened("alice");
		await enterRoom(page, "Lobby");
		const texts = page.locator(".message .text");
		await texts.nth(hostile.length - 1).waitFor({ state: "attached" });
		equal(await texts.first().textContent(), hostile[0]);
		equal(await page.locator("summary").textContent(), "<b>Title</b>");
		equal(await texts.last().textContent(), "gnp.exe");
		await page.getByRole("button", { name: "Find rooms" }).click();
		await page.getByRole("dialog").getByText(name).click();
		await page.getByRole("heading", { name, level: 2 }).waitFor();
		await write(page, hostile[0] ?? "");
		await page.locator(".message .text", { hasText: "onerror" }).waitFor();
		equal(await page.title(), "Chat");
		equal(await page.locator(".chat script, .chat img, .chat b").count(), 0);
		deepEqual(realOnes(complaints), []);
		ok(asked.every((url) => new URL(url).hostname === "127.0.0.1"));
		await page.context().close();
	});

	it("has no place in its sources where text could become markup", () => {
		const folder = join(import.meta.dirname, "../../web/pages");
		const faults = readdirSync(folder, { recursive: true, encoding: "utf8" })
			.filter((file) => file.endsWith(".ts"))
			.filter((file) =>
				/innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|setHTML|\beval\(|new Function/.test(
					readFileSync(join(folder, file), "utf8"),
				),
			);
		deepEqual(faults, []);
	});

	for (const dark of [false, true]) {
		const light = dark ? "dark" : "light";
		it(`keeps nobody out who does not see or point, ${light}`, async () => {
			const first = await openPage(browser, site.web.address, { dark });
			await checkAccess(first.page, "sign-in");
			await signIn(first.page, "alice");
			await enterRoom(first.page, "Lobby");
			await checkAccess(first.page, "room");
			await first.page.getByRole("button", { name: "Find rooms" }).click();
			await first.page.getByText(/^\d+ rooms$/).waitFor();
			await checkAccess(first.page, "directory");
			await first.page.keyboard.press("Escape");
			await first.page
				.getByRole("button", { name: "Search this room" })
				.click();
			await first.page.getByLabel("Words to search for").fill("Title");
			await first.page.keyboard.press("Enter");
			await first.page.getByText(/found$/).waitFor();
			await checkAccess(first.page, "search");
			await first.page.context().close();
		});
	}

	it("fits a screen of 320 pixels without scrolling sideways", async () => {
		await bob.post(
			lobby,
			`${"x".repeat(300)} https://example.com/${"y".repeat(300)}`,
		);
		const { page } = await openPage(browser, site.web.address, {
			width: narrowPx,
			height: 568,
		});
		await fits(page);
		await signIn(page, "alice");
		await page.getByRole("button", { name: "Find rooms" }).waitFor();
		await fits(page);
		await enterRoom(page, "Lobby");
		await page.getByText("yyyyyyyy").waitFor();
		await fits(page);
		await page.getByRole("button", { name: "Who is here" }).click();
		await page.getByText("Who is here (2)").waitFor();
		await fits(page);
		await page.getByRole("button", { name: "Who is here" }).click();
		await page.getByRole("button", { name: "Search this room" }).click();
		await fits(page);
		await page.keyboard.press("Escape");
		await page.getByRole("button", { name: "All rooms" }).click();
		await page.getByRole("button", { name: "Find rooms" }).click();
		await page.getByText(/^\d+ rooms$/).waitFor();
		await fits(page);
		await page.context().close();
	});

	it("can be used by keyboard alone", async () => {
		const { page } = await openPage(browser, site.web.address);
		await page.getByLabel("Password").waitFor();
		await page.keyboard.type("dave");
		await page.keyboard.press("Tab");
		await page.keyboard.type("dave-pw");
		await page.keyboard.press("Enter");
		await page.getByRole("heading", { name: "Chat", exact: true }).waitFor();
		await page.keyboard.press("Control+k");
		await page.keyboard.type("Lobby");
		await page.getByText("1 room", { exact: true }).waitFor();
		await page.keyboard.press("Tab");
		await page.keyboard.press("Enter");
		await page.getByRole("heading", { name: "Lobby", level: 2 }).waitFor();
		await page.getByLabel("Message", { exact: true }).waitFor();
		await page.keyboard.type("By keyboard");
		await page.keyboard.press("Enter");
		await page.locator(".message .text", { hasText: "By keyboard" }).waitFor();
		await page.context().close();
	});

	it("stays signed in over a reload, in the same room, until one signs out", async () => {
		const { page } = await opened("alice");
		await enterRoom(page, "Lobby");
		await page.reload();
		await page.getByRole("heading", { name: "Lobby", level: 2 }).waitFor();
		await page.getByText("By keyboard").waitFor();
		await page.getByRole("button", { name: "Sign out" }).click();
		await page.getByLabel("Password").waitFor();
		await page.reload();
		await page.getByLabel("Password").waitFor();
		await page.context().close();
	});

	async function opened(name: string): Promise<Opened> {
		const made = await openPage(browser, site.web.address);
		await signIn(made.page, name);
		return made;
	}
});

/** What whoever is not signed in yet is answered is no fault. */
function realOnes(complaints: readonly string[]): readonly string[] {
	return complaints.filter((said) => !/status of 401/.test(said));
}
