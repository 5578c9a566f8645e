/** The pages: their built files, read once; `rooms.html` is the page `/rooms`. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { DoorError } from "./errors.ts";
import { pagesFolder } from "./pages-folder.ts";
import type { Routes } from "./route.ts";

const types: Readonly<Record<string, string>> = {
	".css": "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
};

const everybody = { access: "everybody" } as const;

export const builtPageRoutes: Routes = (server) => {
	for (const file of builtFiles()) {
		const path = pathOf(file);
		const content = readFileSync(join(pagesFolder, file));
		server.get(
			path,
			{ config: everybody, schema: { hide: true } },
			async (_, reply) =>
				reply
					.header("content-type", types[extname(file)])
					.header("cache-control", cachingOf(file))
					.send(content),
		);
	}
	if (builtFiles().length > 0) return;
	server.get("/", { config: everybody, schema: { hide: true } }, async () => {
		throw new DoorError(
			"no-such-page",
			"The pages are not built here: run npm run build:pages, then start again.",
		);
	});
};

/** Only these are ever served, by their names: no path that a browser sends is looked up. */
function builtFiles(): readonly string[] {
	if (!existsSync(pagesFolder)) return [];
	return readdirSync(pagesFolder, { recursive: true, encoding: "utf8" }).filter(
		(file) => extname(file) in types,
	);
}

function pathOf(file: string): string {
	if (file === "index.html") return "/";
	return `/${file.replace(/^(\w+)\.html$/, "$1")}`;
}

/** What is in `assets` has a sum of its content in its name. */
function cachingOf(file: string): string {
	return file.startsWith("assets")
		? "public, max-age=31536000, immutable"
		: "no-cache";
}
