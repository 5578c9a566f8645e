/** The chat page while the server itself is stopped and started again: on the same database, at the same address. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { type FreshDatabase, freshSqlite } from "../support/databases.ts";
import { until } from "../support/until.ts";
import { type Site, startSite } from "../web/site.ts";
import {
	buildPages,
	clientOf,
	enterRoom,
	openPage,
	signIn,
	startBrowser,
	write,
} from "./chat-browser.ts";

const burst = Array.from({ length: 12 }, (_, index) => `Line ${index + 1}`);

describe("A restart of the server, for the chat page", () => {
	let database: FreshDatabase;
	let site: Site;
	let browser: Browser;
	let alice: Page;
	let bob: Page;

	before(async () => {
		buildPages();
		database = await freshSqlite();
		site = await startSite({ node: { existing: database } });
		browser = await startBrowser();
		alice = await inLobby("alice");
		bob = await inLobby("bob");
	});
	after(async () => {
		await browser?.close();
		await site?.close();
		await database?.drop();
	});

	const field = (page: Page) => page.getByLabel("Message", { exact: true });
	const text = (page: Page, words: string) =>
		page.locator(".message:not(.outgoing) .text", {
			hasText: new RegExp(`^${words}$`),
		});

	it("loses nothing and doubles nothing: what was said before, while it was away and since", async () => {
		await write(bob, "Said before");
		await text(alice, "Said before").waitFor();
		await field(alice).fill("Half a thought");

		const port = Number(new URL(site.web.address).port);
		await site.close();
		for (const page of [alice, bob]) {
			await page.getByText("The connection is lost").waitFor();
		}
		await write(bob, "Written while it was away");
		await bob.getByText("Goes out when the connection is back").waitFor();
		site = await startSite({
			node: { existing: database },
			settings: { port },
		});
		await sayAs("carol", "Said before they were back");

		for (const page of [alice, bob]) {
			for (const words of [
				"Said before",
				"Written while it was away",
				"Said before they were back",
			]) {
				await text(page, words).waitFor({ timeout: 20_000 });
				equal(await text(page, words).count(), 1, words);
			}
		}
		equal(await bob.locator(".outgoing").count(), 0);
		deepEqual((await kept()).sort(), [
			"Said before",
			"Said before they were back",
			"Written while it was away",
		]);
		equal(await field(alice).inputValue(), "Half a thought");
	});

	it("says of each message that it cut off that it is unsure, and keeps none twice", async () => {
		const port = Number(new URL(site.web.address).port);
		for (const line of burst) await write(bob, line);
		await site.close();
		await bob.getByText("The connection is lost").waitFor();
		site = await startSite({
			node: { existing: database },
			settings: { port },
		});
		await bob
			.getByText("The connection is lost")
			.waitFor({ state: "hidden", timeout: 20_000 });
		await until(
			async () =>
				(await bob.locator(":is(.sending, .waiting)").count()) === 0 &&
				(await shownOrUnsure()).length >= burst.length,
			{ what: "each line kept, or said to be unsure" },
		);
		const unsure = await bob.locator(".unsure .text").allTextContents();
		const held = (await kept()).filter((said) => said.startsWith("Line "));
		equal(new Set(held).size, held.length, "nothing twice");
		for (const line of burst) {
			ok(held.includes(line) !== unsure.includes(line), line);
		}
	});

	it("leaves what one writes through a reload too, until it is posted", async () => {
		await alice.reload();
		await field(alice).waitFor();
		equal(await field(alice).inputValue(), "Half a thought");
		await field(alice).press("Enter");
		await text(bob, "Half a thought").waitFor();
		await alice.reload();
		await field(alice).waitFor();
		equal(await field(alice).inputValue(), "");
	});

	it("has nothing more of what one wrote when one signs out", async () => {
		await field(alice).fill("For nobody else");
		await alice.getByRole("button", { name: "Sign out" }).click();
		await alice.getByLabel("Password").waitFor();
		equal(
			await alice.evaluate(() =>
				Object.keys(Reflect.get(globalThis, "sessionStorage")).join(),
			),
			"",
		);
		await signIn(alice, "alice");
		await enterRoom(alice, "Lobby");
		equal(await field(alice).inputValue(), "");
	});

	async function inLobby(name: string): Promise<Page> {
		const { page } = await openPage(browser, site.web.address);
		await signIn(page, name);
		await enterRoom(page, "Lobby");
		return page;
	}

	async function sayAs(name: string, said: string): Promise<void> {
		const chat = await clientOf(site, name);
		const lobby = (await chat.roomNamed("Lobby"))?.uri ?? "";
		await chat.join(lobby);
		await chat.post(lobby, said);
		await chat.close();
	}

	async function kept(): Promise<string[]> {
		const chat = await clientOf(site, "carol");
		const lobby = (await chat.roomNamed("Lobby"))?.uri ?? "";
		await chat.join(lobby);
		const messages = await chat.history(lobby, 50);
		await chat.close();
		return messages.map((message) => message.text);
	}

	async function shownOrUnsure(): Promise<string[]> {
		const all = await bob.locator(".message .text").allTextContents();
		return all.filter((said) => said.startsWith("Line "));
	}
});
