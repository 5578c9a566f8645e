/** What the REST interface is, as a page for people. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Browser } from "playwright-core";
import { statuses } from "../../web/errors.ts";
import { type Site, startSite } from "../web/site.ts";
import { checkAccess, fits, narrowPx } from "./accessible.ts";
import { buildPages, openPage, startBrowser } from "./chat-browser.ts";

describe("/api/docs in a browser", () => {
	let site: Site;
	let browser: Browser;
	before(async () => {
		buildPages();
		browser = await startBrowser();
		site = await startSite();
	});
	after(async () => {
		await browser?.close();
		await site?.close();
	});

	it("shows every operation that the document has, and every refusal", async () => {
		const { page, complaints } = await openPage(
			browser,
			`${site.web.address}/api/docs`,
		);
		const { json } = await site.browser().ask("GET", "/api/docs.json");
		const { paths } = json as { paths: Record<string, object> };
		const named = Object.entries(paths).flatMap(([path, methods]) =>
			Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
		);
		ok(named.length > 30);
		deepEqual(await page.locator("section h2").allTextContents(), named);
		const rows = await page.locator("tbody").last().locator("tr").count();
		equal(rows, Object.keys(statuses).length);
		await page
			.getByRole("link", { name: "GET /api/rooms", exact: true })
			.click();
		await page.getByText("Rooms by words and by what they are.").waitFor();
		ok(await page.getByText('"all" | "any" | "phrase"').first().isVisible());
		deepEqual(complaints, []);
		await checkAccess(page, "api-docs");
		await page.setViewportSize({ width: narrowPx, height: 600 });
		await fits(page);
		await page.context().close();
	});

	it("is the document itself for programs", async () => {
		const asked = (accept: string) =>
			fetch(`${site.web.address}/api/docs`, { headers: { accept } });
		for (const accept of ["*/*", "application/json"]) {
			const answer = await asked(accept);
			equal(answer.headers.get("vary"), "accept");
			equal(((await answer.json()) as { openapi: string }).openapi, "3.1.0");
		}
	});
});
