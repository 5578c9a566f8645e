/** A folder for what an adapter writes, and what is in it afterwards. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Folder {
	readonly path: string;
	names(): readonly string[];
	read(name: string): string;
	remove(): void;
}

export function temporaryFolder(): Folder {
	const path = mkdtempSync(join(tmpdir(), "persistent-chat-adapter-"));
	return {
		path,
		names: () => readdirSync(path).sort(),
		read: (name) => readFileSync(join(path, name), "utf8"),
		remove: () => rmSync(path, { recursive: true, force: true }),
	};
}
