import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import example from "../../adapters/example/index.ts";
import { complianceAdapterContract } from "../contracts/compliance-adapter.ts";
import { delivery } from "./delivery.ts";

const context = { name: "example", log: delivery().log };

complianceAdapterContract("example", {
	factory: example,
	open: async () => {
		const directory = mkdtempSync(join(tmpdir(), "persistent-chat-example-"));
		const file = join(directory, "archive.txt");
		return {
			adapter: await example({ file }, context),
			texts: async () =>
				readFileSync(file, "utf8")
					.split("\n")
					.slice(0, -1)
					.map((line) => (JSON.parse(line) as readonly string[])[4] ?? ""),
			close: async () => rmSync(directory, { recursive: true }),
		};
	},
	refusedOptions: [
		{ options: undefined, says: /The option file must be a path, like/ },
		{ options: { file: 7 }, says: /The option file must be a path, like/ },
		{
			options: { file: "/no/such/directory/x" },
			says: /\/no\/such\/directory/,
		},
	],
});
