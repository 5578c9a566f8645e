/** Where the built pages are: beside the sources in `dist/pages`, and beside us where everything is built. */
import { existsSync } from "node:fs";
import { join } from "node:path";

const above = join(import.meta.dirname, "..");

export const pagesFolder = existsSync(join(above, "package.json"))
	? join(above, "dist", "pages")
	: join(above, "pages");
