/** What a browser has to fetch before it shows a page, as it travels. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { pagesFolder } from "../../web/pages-folder.ts";
import { type Site, startSite } from "../web/site.ts";
import { buildPages } from "./chat-browser.ts";

const pageBytes = 200_000;

interface Fetched {
	readonly encoding: string | undefined;
	readonly vary: string | undefined;
	readonly bytes: Buffer;
}

describe("Each page", () => {
	let site: Site;
	before(async function () {
		this.timeout(60_000);
		buildPages();
		site = await startSite();
	});
	after(() => site?.close());

	/** What the wire carried: nothing unpacks it. */
	function fetched(path: string, accepted?: string): Promise<Fetched> {
		return new Promise((resolve, reject) => {
			const headers =
				accepted === undefined ? {} : { "accept-encoding": accepted };
			request(new URL(path, site.web.address), { headers }, (response) => {
				buffer(response).then((bytes) => {
					equal(response.statusCode, 200, path);
					const { vary } = response.headers;
					const encoding = response.headers["content-encoding"];
					resolve({ encoding, vary, bytes });
				}, reject);
			})
				.on("error", reject)
				.end();
		});
	}

	it("weighs less than 200 KB on its way, with nothing inline and nothing from elsewhere", async () => {
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
			ok(files.length > 2, `${page} loads nothing`);
			for (const accepted of ["gzip, deflate, br", "gzip"]) {
				let bytes = 0;
				for (const file of ["", ...files.map(([, path = ""]) => path)]) {
					bytes += (await fetched(`/${file}`, accepted)).bytes.length;
				}
				ok(bytes < pageBytes, `${page}: ${bytes} bytes by ${accepted}`);
			}
		}
	});

	it("comes as the browser takes it, and whole to who takes nothing else", async () => {
		const script = readdirSync(join(pagesFolder, "assets")).find((file) =>
			file.endsWith(".js"),
		);
		const whole = readFileSync(join(pagesFolder, "assets", script ?? ""));
		for (const [accepted, encoding, open] of [
			["gzip, deflate, br, zstd", "br", brotliDecompressSync],
			["gzip;q=0.5", "gzip", gunzipSync],
			["br;q=0, GZIP", "gzip", gunzipSync],
			["br;q=0,gzip; q=0.0", undefined, (bytes: Buffer) => bytes],
			["identity", undefined, (bytes: Buffer) => bytes],
			[undefined, undefined, (bytes: Buffer) => bytes],
		] as const) {
			const found = await fetched(`/assets/${script}`, accepted);
			equal(found.encoding, encoding, accepted);
			equal(found.vary, "accept-encoding");
			deepEqual(open(found.bytes), whole);
		}
	});
});
