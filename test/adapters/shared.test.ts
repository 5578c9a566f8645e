/** What adapters share: conversations of a batch, copies of files, secrets. */
import { equal } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pino } from "pino";
import { conversationsOf } from "../../adapters/conversations.ts";
import { readSecret } from "../../adapters/secret.ts";
import {
	copyFiles,
	copyName,
	transfersOf,
} from "../../adapters/transferred-files.ts";
import {
	archived,
	happenings,
	lobby,
	posted,
	report,
	reportBytes,
} from "./events.ts";

describe("what adapters share", () => {
	let directory: string;
	beforeEach(() => {
		directory = mkdtempSync(join(tmpdir(), "persistent-chat-shared-"));
	});
	afterEach(() => rmSync(directory, { recursive: true }));

	it("begins another conversation in another category of the same name", () => {
		const category = { ...lobby.category, id: "another" };
		const batch = archived([
			posted("one"),
			posted("two", { room: { ...lobby, category } }),
		]);
		equal(conversationsOf(batch).length, 2);
	});

	it("opens a file once however often it was moved", async () => {
		const opened: Readable[] = [];
		const open = async () => {
			const stream = Readable.from([Buffer.from(reportBytes)]);
			opened.push(stream);
			return stream;
		};
		const transfers = transfersOf(
			archived([happenings.uploaded, happenings.downloaded]),
		);
		const { signal } = new AbortController();
		await copyFiles(directory, "x", transfers, {
			...{ open, signal },
			log: pino({ level: "silent" }),
		});
		equal(opened.length, 1);
	});

	it("takes no ending of 100 letters from a file's name", () => {
		const name = `a.${"b".repeat(100)}`;
		equal(copyName("x", { ...report, name }), `x.${report.sha256}`);
	});

	it("keeps the spaces of a secret", () => {
		const file = join(directory, "secret");
		writeFileSync(file, " a secret \n");
		equal(readSecret(`file:${file}`, 1), " a secret ");
	});
});
