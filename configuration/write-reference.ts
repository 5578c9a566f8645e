/** `npm run docs:settings`: writes the tables of the settings into docs/settings.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { withSettings } from "./reference.ts";

const page = new URL("../docs/settings.md", import.meta.url);
writeFileSync(page, withSettings(readFileSync(page, "utf8")));
