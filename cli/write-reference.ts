/** `npm run docs:commands`: writes the reference of the commands into docs/commands.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { commands } from "./commands/index.ts";
import { withReference } from "./reference.ts";

const page = new URL("../docs/commands.md", import.meta.url);
writeFileSync(page, withReference(readFileSync(page, "utf8"), commands));
