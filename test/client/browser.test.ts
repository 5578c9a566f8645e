import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** The modules that a module imports values from, itself included. */
function reached(file: string, seen = new Map<string, string[]>()) {
	if (seen.has(file)) return seen;
	const outside: string[] = [];
	seen.set(file, outside);
	const statements = readFileSync(file, "utf8").matchAll(
		/^(?:import|export)\s(?!type\b)[^;]*?from\s"([^"]+)";/gm,
	);
	for (const [, from = ""] of statements) {
		if (from.startsWith(".")) reached(join(dirname(file), from), seen);
		else outside.push(from);
	}
	return seen;
}

describe("What a browser loads of the client", () => {
	const modules = reached("client/browser.ts");

	it("needs nothing of Node", () => {
		const outside = new Set([...modules.values()].flat());
		assert.deepEqual([...outside], ["fast-xml-parser"]);
	});

	it("has none of the SIP stack in it", () => {
		const files = [...modules.keys()].map((file) => relative(".", file));
		assert.ok(files.includes("client/chat-client.ts"));
		assert.deepEqual(
			files.filter((file) =>
				/^(?:sip-stack|client\/node|client\/terminal)/.test(file),
			),
			[],
		);
	});
});
