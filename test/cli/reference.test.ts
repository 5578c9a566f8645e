/** docs/commands.md has every command, as the table of commands has it. */
import { equal } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { commands } from "../../cli/commands/index.ts";
import { withReference } from "../../cli/reference.ts";

describe("docs/commands.md", () => {
	it("is the table of commands: npm run docs:commands writes it", () => {
		const path = new URL("../../docs/commands.md", import.meta.url);
		const page = readFileSync(path, "utf8");
		equal(withReference(page, commands), page);
	});

	it("has no command whose example is of another", () => {
		for (const { words, examples } of commands) {
			for (const example of examples) {
				equal(
					example.split(" ").slice(0, words.length).join(" "),
					words.join(" "),
				);
			}
		}
	});
});
