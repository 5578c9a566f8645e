/** The pages: their built files, read once, with what the build has made smaller of them; `rooms.html` is the page `/rooms`. */
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

/** By the ending that the build gives to the smaller ones; the first that a browser takes. They are the same for everybody: no secret is in them. */
const encodings = { br: ".br", gzip: ".gz" } as const;
type Encoding = keyof typeof encodings;

const everybody = { access: "everybody" } as const;

export const builtPageRoutes: Routes = (server) => {
	for (const file of builtFiles()) {
		const path = pathOf(file);
		const whole = readFileSync(join(pagesFolder, file));
		const smaller = smallerOf(file);
		server.get(
			path,
			{ config: everybody, schema: { hide: true } },
			async ({ headers }, reply) => {
				const accepted = headers["accept-encoding"];
				const [encoding, content = whole] =
					[...smaller].find(([name]) => takes(accepted, name)) ?? [];
				if (encoding) reply.header("content-encoding", encoding);
				return reply
					.header("vary", "accept-encoding")
					.header("content-type", types[extname(file)])
					.header("cache-control", cachingOf(file))
					.send(content);
			},
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

function smallerOf(file: string): ReadonlyMap<Encoding, Buffer> {
	const found = new Map<Encoding, Buffer>();
	for (const [encoding, ending] of Object.entries(encodings)) {
		const path = join(pagesFolder, `${file}${ending}`);
		if (existsSync(path)) found.set(encoding as Encoding, readFileSync(path));
	}
	return found;
}

/** Named, and not with `q=0` (RFC 9110, 12.5.3). */
function takes(
	accepted: string | string[] | undefined,
	encoding: Encoding,
): boolean {
	return String(accepted ?? "")
		.split(",")
		.map((each) =>
			each
				.trim()
				.toLowerCase()
				.split(/\s*;\s*/),
		)
		.some(
			([name, weight]) =>
				name === encoding && !/^q=0(\.0*)?$/.test(weight ?? ""),
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
