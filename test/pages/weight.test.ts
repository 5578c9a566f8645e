/** What a browser has to fetch before it shows a page, as it travels. */
import { equal, ok } from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pagesFolder } from "../../web/pages-folder.ts";
import { buildPages } from "./chat-browser.ts";

const pageBytes = 200_000;

describe("Each page", () => {
	before(() => {
		buildPages();
	});

	it("weighs less than 200 KB, with nothing inline and nothing from elsewhere", () => {
		const pages = readdirSync(pagesFolder).filter((file) =>
			file.endsWith(".html"),
		);
		ok(pages.includes("rooms.html"));
		for (const page of pages) {
			const html = readFileSync(join(pagesFolder, page), "utf8");
			const isInline = /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/i;
			equal(isInline.test(html), false, page);
			equal(/(?:src|href)="(?!\.\/)/.test(html), false, page);
			const files = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)];
			const bytes = [page, ...files.map(([, file = ""]) => file)]
				.map((file) => gzipSync(readFileSync(join(pagesFolder, file))).length)
				.reduce((sum, weight) => sum + weight, 0);
			ok(files.length > 2, `${page} loads nothing`);
			ok(bytes < pageBytes, `${page}: ${bytes} bytes`);
		}
	});
});
