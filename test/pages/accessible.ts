/** That a page keeps nobody out: by axe, and on the narrowest screen. */
import { deepEqual, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

export const narrowPx = 320;

/** Nothing has to be scrolled sideways on a screen of 320 pixels. */
export async function fits(page: Page): Promise<void> {
	const widths = await page
		.locator("html, dialog[open], dialog[open] .sheet")
		.evaluateAll((all) => all.map(({ scrollWidth }) => scrollWidth));
	ok(Math.max(...widths) <= narrowPx, `it is ${Math.max(...widths)} wide`);
}

/** Nothing serious is found. By axe, which is put in from outside: the page's own policy would not load it. */
export async function checkAccess(page: Page, view: string): Promise<void> {
	const source = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
	await page.evaluate(readFileSync(source, "utf8"));
	const found = await page.evaluate(async () => {
		const { violations } = await (
			globalThis as unknown as {
				axe: {
					run(): Promise<{
						violations: {
							id: string;
							impact: string;
							nodes: { html: string; failureSummary: string }[];
						}[];
					}>;
				};
			}
		).axe.run();
		return violations
			.filter(({ impact }) => impact === "serious" || impact === "critical")
			.map(
				({ id, nodes }) =>
					`${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`,
			);
	});
	deepEqual(found, [], `in the view ${view}`);
}
