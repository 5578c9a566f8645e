/** docs/wire.md and the table of commands say the same. */
import { deepEqual } from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { commands } from "../../plugin/commands/index.ts";

const root = new URL("../../", import.meta.url);
const folder = "plugin/commands/";

interface Row {
	readonly id: string;
	readonly file: string;
}

/** The rows of the table under "Commands" whose first cell is one command. */
function documented(): readonly Row[] {
	const text = readFileSync(new URL("docs/wire.md", root), "utf8");
	const section = text.split("\n## ").find((each) => /^Commands\n/.test(each));
	return (section ?? "").split("\n").flatMap((line) => {
		const cells = line.split("|").map((cell) => cell.trim());
		const id = /^`(cmd:\w+)`$/.exec(cells[1] ?? "")?.[1];
		const file = /^`([\w-]+\.ts)`$/.exec(cells[4] ?? "")?.[1];
		return id === undefined ? [] : [{ id, file: file ?? "" }];
	});
}

describe("docs/wire.md", () => {
	const rows = documented();

	it("has a row for each command", () => {
		const ids = rows.map(({ id }) => id);
		deepEqual(
			[...commands.keys()].filter((id) => !ids.includes(id)),
			[],
			'these are in plugin/commands/index.ts, but have no row in the table "Commands" of docs/wire.md: add | `cmd:…` | what for | in `<data>` | `file.ts` | of our own choosing |',
		);
		deepEqual(
			ids.filter((id, index) => ids.indexOf(id) !== index),
			[],
			"these have two rows",
		);
	});

	it("has no row for what is no command", () => {
		deepEqual(
			rows.map(({ id }) => id).filter((id) => !commands.has(id)),
			[],
			"these rows of docs/wire.md name commands that are not in plugin/commands/index.ts",
		);
	});

	it("names the file of each command", () => {
		const wrong = rows.filter(({ id, file }) => {
			const path = new URL(`${folder}${file}`, root);
			if (file === "" || !existsSync(path)) return true;
			return !readFileSync(path, "utf8").includes(`id: "${id}"`);
		});
		deepEqual(
			wrong,
			[],
			`the fourth cell of these rows is not the file of ${folder} that has the command`,
		);
	});
});
