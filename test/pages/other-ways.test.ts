/** Signing in in a real browser without a password: by the operator's OpenID provider, which is another site. */
import { deepEqual, equal } from "node:assert/strict";
import type { Browser } from "playwright-core";
import {
	type OpenIdProvider,
	openIdClient,
	startOpenIdProvider,
} from "../support/open-id-provider.ts";
import { type Site, startSite } from "../web/site.ts";
import { buildPages, openPage, startBrowser } from "./chat-browser.ts";

describe("The page where one signs in", () => {
	let provider: OpenIdProvider;
	let site: Site;
	let browser: Browser;

	before(async () => {
		buildPages();
		provider = await startOpenIdProvider();
		const openId = { issuer: provider.issuer, ...openIdClient };
		site = await startSite({
			settings: { openId: { ...openId, label: "Sign in with Example" } },
		});
		browser = await startBrowser();
	});
	after(async () => {
		await browser?.close();
		await site?.close();
		await provider?.close();
	});

	it("offers the provider, and has who comes back from it signed in", async () => {
		provider.claims = { preferred_username: "alice" };
		const { page, complaints } = await openPage(browser, site.web.address);
		await page.getByRole("button", { name: "Sign in with Example" }).click();
		await page.getByRole("heading", { name: "Chat", exact: true }).waitFor();
		equal(new URL(page.url()).origin, site.web.address);
		const names = (await page.context().cookies()).map(({ name }) => name);
		deepEqual(names, ["chat-session"]);
		await page.reload();
		await page.getByRole("heading", { name: "Chat", exact: true }).waitFor();
		deepEqual(
			complaints.filter((said) => !/401/.test(said)),
			[],
		);
		await page.context().close();
	});

	it("brings back to the place that one was at, and to no other site", async () => {
		provider.claims = { preferred_username: "bob" };
		const lobby = "?room=00000000-0000-4000-8000-000000000001";
		const { page } = await openPage(browser, `${site.web.address}/${lobby}`);
		await page.getByRole("button", { name: "Sign in with Example" }).click();
		await page.getByRole("heading", { name: "Lobby", level: 2 }).waitFor();
		equal(new URL(page.url()).search, lobby);
		await page.evaluate(
			'sessionStorage.setItem("place-before-sign-in", "//evil.example/")',
		);
		await page.reload();
		await page.getByRole("heading", { name: "Lobby", level: 2 }).waitFor();
		equal(new URL(page.url()).origin, site.web.address);
		await page.context().close();
	});

	it("says in a sentence why the provider has brought nobody", async () => {
		provider.claims = { preferred_username: "nobody-here" };
		const { page } = await openPage(browser, site.web.address);
		await page.getByRole("button", { name: "Sign in with Example" }).click();
		await page
			.getByRole("alert")
			.filter({ hasText: "persistent chat does not. Ask" })
			.waitFor();
		equal(new URL(page.url()).hash, "");
		await page.context().close();
	});

	it("does not offer what is not configured", async () => {
		const plain = await startSite({ existing: site.node });
		try {
			const { page } = await openPage(browser, plain.web.address);
			await page.waitForLoadState("networkidle");
			equal(await page.getByRole("button").count(), 1);
			await page.context().close();
		} finally {
			await plain.close();
		}
	});
});
