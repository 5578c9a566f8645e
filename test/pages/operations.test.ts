/** The operations page: an administrator sees what happens as it happens, others are refused in words. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import type { ChatClient } from "../../client/index.ts";
import type { Principal } from "../../plugin/rooms/types.ts";
import { operator } from "../support/domain.ts";
import { takingAdapter } from "../support/taking-adapter.ts";
import { until } from "../support/until.ts";
import { type Site, startSite } from "../web/site.ts";
import { checkAccess, fits, narrowPx } from "./accessible.ts";
import {
	buildPages,
	clientOf,
	type Opened,
	openPage,
	type Screen,
	startBrowser,
} from "./chat-browser.ts";
import { picture } from "./picture.ts";

describe("The operations page", () => {
	let site: Site;
	let browser: Browser;
	let bob: ChatClient;
	let lobby: string;
	let directory: string;
	const adapter = takingAdapter();

	before(async () => {
		buildPages();
		directory = mkdtempSync(join(tmpdir(), "persistent-chat-page-"));
		site = await startSite({
			node: {
				service: { files: { directory: join(directory, "files") } },
				compliance: {
					adapters: [
						{ use: adapter.factory, name: "records", runIntervalMs: 100 },
					],
					files: join(directory, "copies"),
					signingKey: join(directory, "key.pem"),
				},
			},
			patience: {
				headersMs: 10_000,
				bodyMs: 10_000,
				operations: { sampleEveryMs: 200, lookEveryMs: 200 },
			},
		});
		await site.node.chat.rooms.setAdministrators(operator, [
			"sip:dave@example.com" as Principal,
		]);
		browser = await startBrowser();
		bob = await clientOf(site, "bob");
		lobby = (await bob.roomNamed("Lobby"))?.uri ?? "";
		await bob.join(lobby);
	});
	after(async () => {
		await bob?.close();
		await browser?.close();
		await site?.close();
		rmSync(directory, { recursive: true });
	});

	async function opened(name: string, screen?: Screen): Promise<Opened> {
		const address = `${site.web.address}/operations`;
		const made = await openPage(browser, address, screen);
		await made.page.getByLabel("Name", { exact: true }).fill(name);
		await made.page.getByLabel("Password").fill(`${name}-pw`);
		await made.page.getByRole("button", { name: "Sign in" }).click();
		return made;
	}

	async function shown(screen?: Screen): Promise<Opened> {
		const made = await opened("dave", screen);
		await made.page
			.getByRole("heading", { name: "Nodes of the pool" })
			.waitFor();
		await newest(made.page, "Posts a second").waitFor();
		return made;
	}

	const measure = (page: Page, title: string) =>
		page.locator(".measure", {
			has: page.getByRole("heading", { name: title, exact: true }),
		});
	const newest = (page: Page, title: string) =>
		measure(page, title).locator(".newest");

	it("shows posts a second go up when somebody posts, and the chart in words", async () => {
		const { page, complaints, asked } = await shown();
		await bob.post(lobby, "one more");
		const chart = measure(page, "Posts a second").getByRole("img");
		await until(
			async () =>
				/at most [1-9]/.test((await chart.getAttribute("aria-label")) ?? ""),
			{ what: "a post in the chart" },
		);
		match(
			(await chart.getAttribute("aria-label")) ?? "",
			/^Posts a second, the last five minutes: now \d.*\/s, at most \d/,
		);
		ok(
			/L/.test((await chart.locator(".line").getAttribute("d")) ?? ""),
			"a line is drawn",
		);
		await measure(page, "Posts a second").getByText("As numbers").click();
		const cell = measure(page, "Posts a second").locator("tbody td").nth(1);
		match((await cell.textContent()) ?? "", /^[1-9].*\/s$/);
		deepEqual(
			complaints.filter((said) => !/status of 401/.test(said)),
			[],
		);
		ok(asked.every((url) => new URL(url).hostname === "127.0.0.1"));
		await page.context().close();
	});

	it("says which adapter fails and why, and when it has caught up", async () => {
		const { page } = await shown();
		adapter.before = () => {
			throw new Error("The disk is full");
		};
		await bob.post(lobby, "not to be had on paper");
		await page.getByText(/Has failed .*The disk is full/).waitFor();
		const row = page.locator(".judged li", { hasText: "records" });
		match((await row.textContent()) ?? "", /^! Degraded/);
		await page.getByRole("status").filter({ hasText: "records" }).waitFor();
		match((await row.textContent()) ?? "", /Waiting: [1-9]/);
		adapter.before = () => {};
		await row.getByText("Has everything.").waitFor();
		await page.context().close();
	});

	it("shows what is not in use as that, and the watchdog and registrations beside the SIP server", async () => {
		const { page } = await shown();
		const part = (name: string) =>
			page.locator(".judged li", {
				has: page.getByText(name, { exact: true }),
			});
		for (const name of ["Redis", "Registration"]) {
			const text = (await part(name).textContent()) ?? "";
			match(text, /– Not in use.*Not used\./);
		}
		await part("Watchdog").getByText("through the SIP port").waitFor();
		await page.context().close();
	});

	it("refuses whoever is no administrator, says who he is, and shows him the way to the chat alone", async () => {
		const { page } = await opened("alice");
		await page.getByText("Only administrators may do that.").waitFor();
		await page.getByText("You are signed in as Alice").waitFor();
		equal(await page.locator(".measure").count(), 0);
		const way = page.getByRole("link", { name: "Operations" });
		equal(await way.count(), 0);
		await page.getByRole("link", { name: "To the chat" }).click();
		await page.getByRole("heading", { name: "Chat", exact: true }).waitFor();
		await page.context().close();
	});

	it("is found from the chat by administrators", async () => {
		const { page } = await shown();
		await page.getByRole("link", { name: "Chat" }).click();
		await page.getByRole("heading", { name: "Chat", exact: true }).waitFor();
		await page.getByRole("link", { name: "Operations" }).click();
		await newest(page, "Posts a second").waitFor();
		await page.context().close();
	});

	it("says so when nothing comes any more, and when one is no administrator any more", async () => {
		const { page } = await shown();
		const { rooms } = site.node.chat;
		await rooms.setAdministrators(operator, []);
		await page.getByText("Only administrators may do that.").waitFor({
			timeout: 15_000,
		});
		await rooms.setAdministrators(operator, [
			"sip:dave@example.com" as Principal,
		]);
		await page.context().close();
	});

	it("fits a screen of 320 pixels without scrolling sideways", async () => {
		const { page } = await shown({ width: narrowPx, height: 568 });
		for (const numbers of await page.getByText("As numbers").all()) {
			await numbers.click();
		}
		await fits(page);
		await page.context().close();
	});

	it("can be used by keyboard alone", async () => {
		const { page } = await shown();
		const summary = measure(page, "Posts a second").getByText("As numbers");
		await until(
			async () => {
				await page.keyboard.press("Tab");
				return summary.evaluate((one) => one.matches(":focus"));
			},
			{ what: "the numbers" },
		);
		await page.keyboard.press("Enter");
		await measure(page, "Posts a second").getByRole("table").waitFor();
		await page.context().close();
	});

	for (const dark of [false, true]) {
		it(`keeps nobody out who does not see or point, ${dark ? "dark" : "light"}`, async () => {
			const { page } = await shown({ dark });
			await measure(page, "Posts a second").getByText("As numbers").click();
			await checkAccess(page, "operations");
			await page.context().close();
		});
	}

	it("has its picture", async () => {
		const { page } = await shown({ width: 1100, height: 1000 });
		const moments: string[] = [];
		const wanted = process.env.SCREENSHOTS === "1" ? 20 : 1;
		for (let number = 0; moments.length < wanted; number += 1) {
			await bob.post(lobby, `Report ${number}`);
			// One more while it is the same moment, then fewer and fewer.
			await until(
				async () => {
					const now = (await page.locator(".state + p").textContent()) ?? "";
					const isNew = now !== moments.at(-1);
					if (isNew) moments.push(now);
					return isNew || number % 7 < moments.length % 7;
				},
				{ what: "another moment" },
			);
		}
		await page.getByText("Fine: everything works.").waitFor();
		await picture(page, "operations");
		await page.context().close();
	});
});
