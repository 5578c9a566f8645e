/** Builds the pages into `dist/pages`, unless they are there as these sources make them: run before each start. */
import { createHash } from "node:crypto";
import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { pagesFolder } from "../pages-folder.ts";

const root = join(import.meta.dirname, "..", "..");
const dist = join(root, "dist");
/** What the pages are made of. */
const sources = [
	"web/pages",
	"client",
	"sip-stack",
	"plugin/xccos",
	"plugin/errors.ts",
	"package-lock.json",
];
const stampName = ".sources";

/** Resolves with true when there was something to build. */
export async function buildPages(): Promise<boolean> {
	const stamp = stampOf(sources.flatMap(filesOf).sort());
	const kept = join(pagesFolder, stampName);
	if (existsSync(kept) && readFileSync(kept, "utf8") === stamp) return false;
	const { build } = await import("vite");
	mkdirSync(dist, { recursive: true });
	const made = join(dist, `pages-${process.pid}`);
	try {
		await build({
			configFile: join(import.meta.dirname, "vite.config.ts"),
			build: { outDir: made, emptyOutDir: true },
		});
		writeFileSync(join(made, stampName), stamp);
		// A second build at the same time makes the same: whoever is last stays.
		rmSync(pagesFolder, { recursive: true, force: true });
		renameSync(made, pagesFolder);
	} finally {
		rmSync(made, { recursive: true, force: true });
	}
	return true;
}

function filesOf(source: string): readonly string[] {
	if (/\.\w+$/.test(source)) return [source];
	return readdirSync(join(root, source), {
		recursive: true,
		withFileTypes: true,
	})
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name))
		.map((path) => path.slice(root.length + 1));
}

function stampOf(files: readonly string[]): string {
	const hash = createHash("sha256");
	for (const file of files) {
		const content = readFileSync(join(root, file));
		hash.update(`${file} ${content.length}\n`).update(content);
	}
	return hash.digest("hex");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
	await buildPages();
}
