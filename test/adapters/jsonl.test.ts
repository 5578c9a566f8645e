import { deepEqual, equal, rejects } from "node:assert/strict";
import {
	appendFileSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import jsonl from "../../adapters/jsonl/index.ts";
import type { ArchivedEvent } from "../../plugin/compliance/adapter.ts";
import { complianceAdapterContract } from "../contracts/compliance-adapter.ts";
import { delivery } from "./delivery.ts";
import { archived, oneOfEach, posted } from "./events.ts";

const context = { name: "jsonl", log: delivery().log };

function eventsIn(directory: string): readonly ArchivedEvent[] {
	return readdirSync(directory)
		.sort()
		.flatMap((name) =>
			readFileSync(join(directory, name), "utf8").split("\n").slice(0, -1),
		)
		.map((line) => JSON.parse(line) as ArchivedEvent);
}

/** Sorted; without what names the start of the service. */
function namesIn(directory: string): readonly string[] {
	return readdirSync(directory)
		.sort()
		.map((name) => name.replace(/-[0-9a-f]{8}(?=\.jsonl$)/, ""));
}

/** Of the one file whose name begins so. */
function pathIn(directory: string, beginning: string): string {
	const [name = "", ...more] = readdirSync(directory).filter((each) =>
		each.startsWith(beginning),
	);
	deepEqual(more, []);
	return join(directory, name);
}

function temporaryDirectory(): string {
	return mkdtempSync(join(tmpdir(), "persistent-chat-jsonl-"));
}

complianceAdapterContract("jsonl", {
	factory: jsonl,
	exactlyOnce: true,
	targetFails: true,
	open: async () => {
		const parent = temporaryDirectory();
		const directory = join(parent, "compliance");
		const away = join(parent, "away");
		return {
			adapter: await jsonl({ directory }, context),
			texts: async () =>
				eventsIn(directory)
					.filter((event) => event.type === "posted")
					.map(({ message }) => message.text),
			fail: async () => renameSync(directory, away),
			mend: async () => renameSync(away, directory),
			close: async () => rmSync(parent, { recursive: true }),
		};
	},
	refusedOptions: [
		{
			options: { directory: 7 },
			says: /^Error: tested\.directory: must be the path of a directory$/,
		},
		{ options: { directory: "" }, says: /tested\.directory: must be the path/ },
		{ options: { fileBytes: 10 }, says: /tested\.fileBytes: must be 1000/ },
		{
			options: { directory: "/dev/null/x" },
			says: /cannot be written to \/dev\/null\/x/,
		},
	],
});

describe("jsonl files", () => {
	let directory: string;
	const open = (fileBytes = 1_000_000) =>
		jsonl({ directory, fileBytes }, context);

	beforeEach(() => {
		directory = temporaryDirectory();
	});

	afterEach(() => {
		rmSync(directory, { recursive: true });
	});

	it("hold each event whole, a line each, with position and evidence", async () => {
		const adapter = await open();
		await adapter.deliver(oneOfEach(), delivery());
		const text = readFileSync(pathIn(directory, "jsonl-2026-03-02"), "utf8");
		equal(
			text,
			oneOfEach()
				.map((event) => `${JSON.stringify(event)}\n`)
				.join(""),
		);
	});

	it("begin anew each UTC day, and are not stepped back from", async () => {
		const adapter = await open();
		const days = ["2026-03-02T23:59:59.999Z", "2026-03-03T00:00:00.000Z"];
		const times = [...days, "2026-03-02T23:59:00.000Z"];
		await adapter.deliver(
			archived(times.map((at) => ({ ...posted(at), at }))),
			delivery(),
		);
		deepEqual(namesIn(directory), [
			"jsonl-2026-03-02-000000000001.jsonl",
			"jsonl-2026-03-03-000000000002.jsonl",
		]);
		deepEqual(
			eventsIn(directory).map(({ at }) => at),
			times,
		);
	});

	it("begin anew when they are full, also across batches and restarts", async () => {
		for (const first of [1, 3, 5]) {
			const adapter = await open(1_000);
			const texts = ["x".repeat(600), "y".repeat(600)];
			await adapter.deliver(
				archived(
					texts.map((text) => posted(text)),
					first,
				),
				delivery(),
			);
		}
		deepEqual(
			namesIn(directory),
			[1, 2, 3, 4, 5, 6].map(
				(number) => `jsonl-2026-03-02-00000000000${number}.jsonl`,
			),
		);
	});

	it("keep sorting as they were written when positions begin anew", async () => {
		const adapter = await open(1_000);
		const big = (letter: string) => posted(letter.repeat(1_000));
		await adapter.deliver(archived([big("a")], 50), delivery());
		await adapter.deliver(archived([big("b")], 1), delivery());
		await adapter.deliver(archived([big("c")], 2), delivery());
		deepEqual(
			eventsIn(directory).map(({ position }) => position),
			[50, 1, 2],
		);
	});

	it("are each of one start: an incomplete line of another is left alone, and its event is in the next file", async () => {
		const batch = archived([posted("one"), posted("two")]);
		await (await open()).deliver(batch.slice(0, 1), delivery());
		const file = pathIn(directory, "jsonl-2026-03-02");
		appendFileSync(file, JSON.stringify(batch[1]).slice(0, -1));
		const before = readFileSync(file, "utf8");
		const again = delivery();
		await (await open()).deliver(batch, again);
		equal(readFileSync(file, "utf8"), before);
		deepEqual(eventsIn(directory), batch);
		deepEqual(again.lines, []);
	});

	it("stay whole when another node takes over while the old one is still writing", async () => {
		const [old, next] = [await open(), await open()];
		const batch = archived(["one", "two", "three"].map((text) => posted(text)));
		await old.deliver(batch.slice(0, 1), delivery());
		const oldFile = pathIn(directory, "jsonl-2026-03-02");
		const line = `${JSON.stringify(batch[1])}\n`;
		appendFileSync(oldFile, line.slice(0, 100));
		await next.deliver(batch, delivery({ attempt: 2 }));
		appendFileSync(oldFile, line.slice(100));
		await next.deliver(archived([posted("four")], 4), delivery());
		equal(
			readFileSync(oldFile, "utf8"),
			batch
				.slice(0, 2)
				.map((event) => `${JSON.stringify(event)}\n`)
				.join(""),
		);
		deepEqual(
			eventsIn(directory).map(({ position }) => position),
			[1, 2, 2, 3, 4],
		);
		await old.deliver(archived([posted("five")], 5), delivery());
		deepEqual(namesIn(directory), [
			"jsonl-2026-03-02-000000000001.jsonl",
			"jsonl-2026-03-02-000000000002.jsonl",
			"jsonl-2026-03-02-000000000005.jsonl",
		]);
	});

	it("lose an incomplete line of their own start, say so, and go on behind the last whole one", async () => {
		const adapter = await open();
		const batch = archived([posted("one"), posted("two")]);
		await adapter.deliver(batch.slice(0, 1), delivery());
		const file = pathIn(directory, "jsonl-2026-03-02");
		appendFileSync(file, JSON.stringify(batch[1]).slice(0, -1));
		const again = delivery();
		await adapter.deliver(batch, again);
		deepEqual(eventsIn(directory), batch);
		equal(namesIn(directory).length, 1);
		deepEqual(again.lines, [
			{
				level: "warn",
				fields: {
					directory,
					file: basename(file),
					bytes: JSON.stringify(batch[1]).length - 1,
				},
				message: "An incomplete last line was cut off",
			},
		]);
	});

	it("go on after a crash in the first line of a new file", async () => {
		const adapter = await open(1_000);
		const batch = archived([posted("x".repeat(1_000)), posted("two")]);
		await adapter.deliver(batch.slice(0, 1), delivery());
		writeFileSync(
			join(directory, "jsonl-2026-03-02-000000000002.jsonl"),
			'{"ver',
		);
		await adapter.deliver(batch, delivery());
		deepEqual(eventsIn(directory), batch);
	});

	it("hold a repeat once when only its beginning had been written", async () => {
		const batch = archived([posted("one"), posted("two"), posted("three")]);
		await (await open()).deliver(batch.slice(0, 2), delivery());
		await (await open()).deliver(batch, delivery({ attempt: 2 }));
		deepEqual(eventsIn(directory), batch);
	});

	it("are found at the end of lines longer than what is read at a time", async () => {
		const batch = archived([posted("x".repeat(200_000)), posted("two")]);
		await (await open()).deliver(batch.slice(0, 1), delivery());
		await (await open()).deliver(batch, delivery({ attempt: 2 }));
		deepEqual(eventsIn(directory), batch);
	});

	it("get a replay in a file of its own, whole, and again the same", async () => {
		const adapter = await open();
		const batch = archived([posted("one"), posted("two")]);
		await adapter.deliver(batch, delivery());
		for (const attempt of [1, 2]) {
			await adapter.deliver(batch, delivery({ replay: true, attempt }));
		}
		deepEqual(namesIn(directory), [
			"jsonl-2026-03-02-000000000001.jsonl",
			"jsonl-replay-000000000001-000000000002.jsonl",
		]);
		equal(
			readFileSync(
				join(directory, "jsonl-replay-000000000001-000000000002.jsonl"),
				"utf8",
			),
			readFileSync(pathIn(directory, "jsonl-2026-03-02"), "utf8"),
		);
	});

	it("are not gone on with when the last line is none of ours", async () => {
		const file = join(directory, "jsonl-2026-03-02-000000000001.jsonl");
		writeFileSync(file, "something else\n");
		const adapter = await open();
		await rejects(
			adapter.deliver(archived([posted("one")]), delivery()),
			/The last line of .*jsonl-2026-03-02-000000000001\.jsonl is no event of this adapter: move the file elsewhere/,
		);
		equal(readFileSync(file, "utf8"), "something else\n");
	});

	it("of two adapters may be in one directory, also when one begins with the name of the other", async () => {
		const named = (name: string) => jsonl({ directory }, { ...context, name });
		const [one, two] = [await named("archive"), await named("archive-2026")];
		const batch = archived([posted("one"), posted("two")]);
		await one.deliver(batch.slice(0, 1), delivery());
		await two.deliver(batch.slice(0, 1), delivery());
		await one.deliver(batch, delivery({ attempt: 2 }));
		await two.deliver(batch, delivery({ attempt: 2 }));
		deepEqual(namesIn(directory), [
			"archive-2026-03-02-000000000001.jsonl",
			"archive-2026-2026-03-02-000000000001.jsonl",
		]);
		deepEqual(eventsIn(directory), [...batch, ...batch]);
	});

	it("leave other files in the directory alone", async () => {
		writeFileSync(join(directory, "notes.txt"), "half a line");
		const adapter = await open();
		await adapter.deliver(archived([posted("one")]), delivery());
		equal(readFileSync(join(directory, "notes.txt"), "utf8"), "half a line");
		deepEqual(namesIn(directory), [
			"jsonl-2026-03-02-000000000001.jsonl",
			"notes.txt",
		]);
	});
});
