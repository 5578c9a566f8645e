/** `npm run docs:metrics`: writes the table of the measures into docs/metrics.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { withMetrics } from "./metrics-reference.ts";

const page = new URL("../docs/metrics.md", import.meta.url);
writeFileSync(page, withMetrics(readFileSync(page, "utf8")));
