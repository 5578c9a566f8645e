/** What a browser has to fetch before it shows a page, as it travels. */
import { equal, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pagesFolder } from "../../web/pages-folder.ts";

const pageBytes = 200_000;

/** Less than 200 KB gzipped, in files of our own. */
export function checkWeight(page: string): void {
	const html = readFileSync(join(pagesFolder, page), "utf8");
	equal(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/i.test(html), false);
	equal(/(?:src|href)="(?!\.\/)/.test(html), false);
	const files = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)];
	const bytes = [page, ...files.map(([, file = ""]) => file)]
		.map((file) => readFileSync(join(pagesFolder, file)))
		.reduce((sum, content) => sum + gzipSync(content).length, 0);
	ok(files.length > 2, "it loads nothing");
	ok(bytes < pageBytes, `${bytes} bytes`);
}
