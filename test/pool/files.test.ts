/** An upload whose process is killed between each two steps: nothing acknowledged is lost, nothing half is had, and it goes on. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Actor, FileId, RoomId } from "../../plugin/rooms/types.ts";
import { refused } from "../contracts/samples.ts";
import {
	type FreshDatabase,
	freshMysql,
	freshSqlite,
} from "../support/databases.ts";
import {
	addCategory,
	type Domain,
	openDomain,
	operator,
} from "../support/domain.ts";
import {
	streamOf,
	type TestFiles,
	testFiles,
	textOf,
} from "../support/file-bytes.ts";
import { start } from "../support/processes.ts";
import type { FileTask } from "./file-process.ts";

const program = new URL("file-process.ts", import.meta.url).pathname;
/** More than there are: the last rounds come to their end. */
const maxMoments = 40;

for (const [name, fresh] of [
	["SQLite", freshSqlite],
	["MariaDB", freshMysql],
] as const) {
	describe(`an upload that is killed, on ${name}`, function () {
		this.timeout(180_000);
		let database: FreshDatabase;
		let files: TestFiles;
		let domain: Domain;
		let alice: Actor;
		let room: RoomId;

		before(async () => {
			database = await fresh();
			files = await testFiles();
			domain = await openDomain({ database, files: files.bytes });
			alice = await domain.person("alice");
			const category = await addCategory(domain, { files: true });
			const made = await domain.rooms.createRoom(operator, {
				name: "Room",
				category: category.id,
				privacy: "open",
			});
			room = made.room.id;
		});
		after(async () => {
			await domain?.close();
			await files?.drop();
		});

		/** Whether it was told that the file is kept. */
		async function runUntil(
			killAt: number,
			upload: FileId,
			text: string,
		): Promise<{ readonly finished: boolean; readonly killed: boolean }> {
			const task: FileTask = {
				...{ actor: alice, upload, text, killAt },
				database: database.description,
				directory: files.directory,
			};
			const { child, ended } = start(
				process.execPath,
				["--import", "tsx", program, JSON.stringify(task)],
				{ stdio: ["ignore", "pipe", "inherit"] },
			);
			let output = "";
			child.stdout?.on("data", (piece) => {
				output += piece;
			});
			const status = await ended;
			return { finished: output === "finished", killed: status === null };
		}

		async function had(id: FileId): Promise<string> {
			const wanted = { room, file: id };
			const { bytes, ended } = await domain.rooms.download(alice, wanted);
			const text = await textOf(bytes);
			await ended;
			return text;
		}

		async function goOn(id: FileId, text: string): Promise<void> {
			const upload = await domain.rooms
				.upload(alice, id)
				.catch(() => undefined);
			if (upload !== undefined && upload.received < text.length) {
				const { received } = upload;
				const rest = streamOf(text.slice(received));
				await domain.rooms.continueUpload(alice, id, received, rest);
			}
			await domain.rooms.finishUpload(alice, id);
		}

		it("is whole or not there, can be finished, and is recorded once, whenever that was", async () => {
			let rounds = 0;
			for (let killAt = 1; killAt < maxMoments; killAt += 1) {
				const text = `content of round ${killAt} `.repeat(30);
				const { id } = await domain.rooms.beginUpload(alice, {
					...{ room, name: `${killAt}.txt` },
					bytes: text.length,
				});
				const { finished, killed } = await runUntil(killAt, id, text);
				const [there] = await domain.rooms.files(alice, room, { limit: 1 });
				if (finished || there?.id === id) assert.equal(await had(id), text);
				else await refused("no-such-file", had(id));
				await goOn(id, text);
				assert.equal(await had(id), text);
				const uploaded = (await domain.owed()).flatMap((event) =>
					event.type === "uploaded" ? [event] : [],
				);
				assert.deepEqual(
					uploaded.map(({ file }) => [file.name, file.sha256]),
					[[`${killAt}.txt`, createHash("sha256").update(text).digest("hex")]],
				);
				rounds += 1;
				if (!killed) break;
			}
			assert.ok(rounds > 10 && rounds < maxMoments, `${rounds} rounds`);
			const incoming = await readdir(join(files.directory, "incoming"));
			assert.deepEqual(incoming, []);
		});
	});
}
