#!/usr/bin/env node
/** `persistent-chat`, in a checkout of the source as in what was built of it. */
import { existsSync } from "node:fs";

const source = new URL("main.ts", import.meta.url);
const tsx = existsSync(source)
	? await import("tsx/esm/api").catch(() => undefined)
	: undefined;
if (tsx === undefined) await import("../dist/cli/main.js");
else {
	tsx.register();
	await import(source.href);
}
