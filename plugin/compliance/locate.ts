/** Where the module of an adapter is, seen from where the service was started: a path, or a package that is installed there. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** As `import` does; `require` is none of them. */
const conditions: ReadonlySet<string> = new Set([
	"node",
	"import",
	"module-sync",
	"default",
]);

/** An URL for `import`; undefined when nothing of that name is there. Throws what else is wrong with the package. */
export function locate(use: string): string | undefined {
	if (/^(\.{0,2}\/|[a-z]:\\)/i.test(use)) {
		return pathToFileURL(resolve(use)).href;
	}
	const here = createRequire(join(process.cwd(), "package.json"));
	const file = exportedFile(use, here.resolve.paths(use) ?? []);
	if (file !== undefined) return pathToFileURL(file).href;
	try {
		return pathToFileURL(here.resolve(use)).href;
	} catch (error) {
		const isMissing =
			error instanceof Error &&
			"code" in error &&
			error.code === "MODULE_NOT_FOUND";
		if (isMissing) return undefined;
		throw error;
	}
}

/** What the package's `exports` say; `createRequire` knows only those for `require`, and some packages have none. */
function exportedFile(
	use: string,
	folders: readonly string[],
): string | undefined {
	const [, name = "", path = ""] =
		/^((?:@[^/]+\/)?[^/]+)(\/.+)?$/.exec(use) ?? [];
	const home = folders
		.map((folder) => join(folder, name))
		.find((folder) => existsSync(join(folder, "package.json")));
	if (home === undefined) return undefined;
	const text = readFileSync(join(home, "package.json"), "utf8");
	const { exports } = JSON.parse(text) as { readonly exports?: unknown };
	const target = chosen(entryOf(exports, `.${path}`));
	return target === undefined ? undefined : join(home, target);
}

/** Whole names only: a pattern is left to `createRequire`. */
function entryOf(exports: unknown, path: string): unknown {
	if (typeof exports !== "object" || exports === null) {
		return path === "." ? exports : undefined;
	}
	if (Object.hasOwn(exports, path)) {
		return (exports as Readonly<Record<string, unknown>>)[path];
	}
	const isShort = !Object.keys(exports).some((key) => key.startsWith("."));
	return path === "." && isShort ? exports : undefined;
}

/** The first condition that fits, in the package's order. */
function chosen(entry: unknown): string | undefined {
	if (typeof entry === "string") return entry;
	if (typeof entry !== "object" || entry === null) return undefined;
	for (const [condition, value] of Object.entries(entry)) {
		const found = conditions.has(condition) ? chosen(value) : undefined;
		if (found !== undefined) return found;
	}
	return undefined;
}
