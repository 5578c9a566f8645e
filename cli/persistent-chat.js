#!/usr/bin/env node
/** `persistent-chat`, in a checkout of the source as in the package. */
import { existsSync } from "node:fs";

const source = new URL("main.ts", import.meta.url);
if (existsSync(source)) {
	const { register } = await import("tsx/esm/api");
	register();
	await import(source.href);
} else await import("../dist/cli/main.js");
