/** docs/compliance-adapters.md lists the events that there are with the fields that they have, and its code does what it says. */
import { deepEqual } from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type {
	AdapterFactory,
	EventRecord,
} from "../../plugin/compliance/adapter.ts";
import { delivery } from "../adapters/delivery.ts";
import { happenings } from "../adapters/events.ts";
import { complianceAdapterContract } from "../contracts/compliance-adapter.ts";

const guide = readFileSync(
	join(import.meta.dirname, "../../docs/compliance-adapters.md"),
	"utf8",
);

type Type = EventRecord["type"];
type Of<One extends Type> = EventRecord extends infer Each
	? Each extends EventRecord
		? One extends Each["type"]
			? Each
			: never
		: never
	: never;
type Common = "version" | "id" | "type" | "at" | "actor" | "room";
type Names<Fields extends PropertyKey> = Readonly<Record<Fields, true>>;

/** Every field, optional ones too: what is not here or no longer there does not compile. */
const ownFields: {
	readonly [One in Type]: Names<Exclude<keyof Of<One>, Common>>;
} = {
	joined: {},
	parted: { kicked: true, lost: true },
	posted: { message: true },
	deleted: { message: true },
	replaced: { message: true, replacement: true },
	viewed: {
		count: true,
		fromSequence: true,
		throughSequence: true,
		asked: true,
	},
	searched: { words: true, count: true, sequences: true, asked: true },
	uploaded: { file: true },
	downloaded: { file: true },
	invited: { user: true },
	"room-created": { properties: true },
	"room-changed": { before: true, after: true, movedFrom: true },
	"room-removed": { properties: true },
	"roles-changed": { role: true, added: true, removed: true },
	"category-created": { category: true },
	"category-changed": { category: true, before: true, after: true },
	"category-removed": { category: true },
	"directory-changed": { subject: true, before: true, after: true },
	unreadable: { owed: true },
};

/** `recordOf` takes the key of the attempt away. */
const message: Names<Exclude<keyof Of<"posted">["message"], "key">> = {
	room: true,
	sequence: true,
	text: true,
	alert: true,
	author: true,
	postedAt: true,
	extras: true,
	replaced: true,
};
const file: Names<keyof Of<"uploaded">["file"]> = {
	name: true,
	type: true,
	bytes: true,
	sha256: true,
	missing: true,
};
const properties: Names<keyof Of<"room-created">["properties"]> = {
	name: true,
	description: true,
	category: true,
	privacy: true,
	type: true,
	invitations: true,
	disabled: true,
	addIn: true,
	alias: true,
};
const category: Names<keyof Of<"category-created">["category"]> = {
	id: true,
	name: true,
	description: true,
	invitations: true,
	files: true,
	history: true,
	compliance: true,
	retainDays: true,
	allowed: true,
	denied: true,
	creators: true,
};
const actor: Names<keyof EventRecord["actor"]> = {
	uri: true,
	displayName: true,
	guid: true,
	email: true,
	internal: true,
	callId: true,
	administrator: true,
};
const room: Names<keyof Of<"joined">["room"]> = {
	id: true,
	uri: true,
	name: true,
	category: true,
};

/** The cells of the rows under a heading. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
	const section = guide
		.split(/\n#{2,3} /)
		.find((each) => each.startsWith(`${heading}\n`));
	return (section ?? "")
		.split("\n")
		.filter((line) => line.startsWith("| `"))
		.map((line) =>
			line
				.split("|")
				.slice(1, -1)
				.map((cell) => cell.trim()),
		);
}

function quoted(text: string): readonly string[] {
	return [...text.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
}

describe("docs/compliance-adapters.md", () => {
	it("has a row for each type of event, and for no other", () => {
		const types = rowsUnder("Types").map(
			([first = ""]) => quoted(first)[0] ?? "",
		);
		deepEqual(types.toSorted(), Object.keys(happenings).toSorted());
	});

	for (const [type, fields] of Object.entries(ownFields)) {
		it(`names the fields of ${type}`, () => {
			const [, , cell = ""] =
				rowsUnder("Types").find(([first]) => first === `\`${type}\``) ?? [];
			// A field is named at the beginning of a cell, behind a semicolon, or behind another one.
			const named = cell
				.split("; ")
				.flatMap((part) => quoted(part.split(": ")[0] ?? ""));
			deepEqual(named.toSorted(), Object.keys(fields).toSorted());
		});
	}

	for (const [heading, fields] of Object.entries({
		actor,
		room,
		message,
		file,
		properties,
		category,
	})) {
		it(`has a row for each field of ${heading}`, () => {
			deepEqual(
				rowsUnder(`\`${heading}\``)
					.map(([first = ""]) => quoted(first)[0] ?? "")
					.toSorted(),
				Object.keys(fields).toSorted(),
			);
		});
	}
});

/** The block whose first line names the file. */
function block(name: string): string {
	const found = new RegExp(`\`\`\`js ${name}\\n([^]*?)\`\`\``).exec(guide)?.[1];
	if (found === undefined) throw new Error(`The guide has no block ${name}.`);
	return found;
}

describe("the adapter in docs/compliance-adapters.md", () => {
	const directory = mkdtempSync(join(tmpdir(), "persistent-chat-guide-"));
	let myArchive: AdapterFactory;
	let count = 0;

	before(async () => {
		const module = join(directory, "my-archive.mjs");
		writeFileSync(module, block("my-archive.js"));
		({ default: myArchive } = await import(pathToFileURL(module).href));
	});

	after(() => {
		rmSync(directory, { recursive: true });
	});

	complianceAdapterContract("my-archive", {
		factory: (...given) => myArchive(...given),
		open: async () => {
			count += 1;
			const archive = join(directory, `archive-${count}.txt`);
			return {
				adapter: await myArchive(
					{ file: archive },
					{ name: "mine", log: delivery().log },
				),
				texts: async () =>
					readFileSync(archive, "utf8")
						.split("\n")
						.slice(0, -1)
						.map((line) => (JSON.parse(line) as readonly string[])[4] ?? ""),
				close: async () => rmSync(archive),
			};
		},
		refusedOptions: [{ options: {}, says: /The option file must be a path/ }],
	});
});
