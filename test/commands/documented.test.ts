/** docs/wire.md names the commands, notices and refusals that the code has, and no others. */
import { deepEqual } from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { commands } from "../../plugin/commands/index.ts";
import { refusals } from "../../plugin/xccos/replies.ts";

const root = new URL("../../", import.meta.url);
const folder = "plugin/commands/";

interface Row {
	readonly id: string;
	readonly file: string;
}

/** Refusals that no conversation can show. */
const unspoken: ReadonlySet<string> = new Set([
	// Of a token that is brought by HTTP.
	"ERROR_INVALID_TOKEN",
	// Categories are removed by administrators at other doors.
	"OPERATION_FAILED",
	// A fault.
	"ERROR_INTERNAL",
]);

/** The cells of each line of the tables under a heading, from 1. */
function cellsUnder(heading: string): readonly (readonly string[])[] {
	const text = readFileSync(new URL("docs/wire.md", root), "utf8");
	const section = text
		.split(/\n#{2,3} /)
		.find((each) => each.startsWith(`${heading}\n`));
	return (section ?? "")
		.split("\n")
		.filter((line) => line.startsWith("|"))
		.map((line) => line.split("|").map((cell) => cell.trim()));
}

/** The ids of notices that are written in the sources, as strings. */
function noticesInCode(): ReadonlySet<string> {
	const ids = readdirSync(new URL("plugin/", root), { recursive: true })
		.map(String)
		.filter((file) => file.endsWith(".ts"))
		.flatMap((file) => [
			...readFileSync(new URL(`plugin/${file}`, root), "utf8").matchAll(
				/"(ntc:\w+)"/g,
			),
		]);
	return new Set(ids.map(([, id = ""]) => id));
}

/** The rows of the table under "Commands" whose first cell is one command. */
function documented(): readonly Row[] {
	return cellsUnder("Commands").flatMap((cells) => {
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

	it("has a row for each notice, and for no other", () => {
		const named = cellsUnder("Notices").flatMap(([, first = ""]) =>
			[...first.matchAll(/`(ntc:\w+)`/g)].map(([, id = ""]) => id),
		);
		deepEqual(named.toSorted(), [...noticesInCode()].toSorted());
	});

	it("has a row for each refusal, with its code, and for no other", () => {
		const named = cellsUnder("Refusals")
			.map(([, code, name]) => `${code} ${name}`)
			.filter((row) => row.includes("`"));
		const inCode = Object.values(refusals).map(
			({ code, name }) => `${code} \`${name}\``,
		);
		deepEqual(named.toSorted(), [...new Set(inCode)].toSorted());
	});

	it("has a conversation for each refusal that a command can bring about", () => {
		const folder = new URL("test/conversations/", root);
		const heard = readdirSync(folder)
			.filter((file) => file.endsWith(".chat"))
			.map((file) => readFileSync(new URL(file, folder), "utf8"))
			.join();
		const silent = Object.values(refusals)
			.filter(({ code, name }) => !heard.includes(`code="${code}">${name}`))
			.map(({ name }) => name);
		deepEqual(
			[...new Set(silent)].filter((name) => !unspoken.has(name)),
			[],
			"these are in docs/wire.md, and no .chat of test/conversations hears them",
		);
	});
});
