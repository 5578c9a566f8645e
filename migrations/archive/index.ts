/** Every change of the compliance database's schema, in order. */
import type { Migration } from "../index.ts";
import * as archive from "./0001_archive.ts";
import * as turns from "./0002_turns.ts";
import * as deletions from "./0003_deletions.ts";

/** Names are kept in the database: never rename, reorder or edit what was released. */
export const archiveMigrations: readonly Migration[] = [
	{ name: "0001_archive", ...archive },
	{ name: "0002_turns", ...turns },
	{ name: "0003_deletions", ...deletions },
];
