/**
 * Brings a file to a room and kills itself, with SIGKILL, when so many steps have been done: of the store, of the bytes, or half
 * of the bytes. Writes `finished` once it was told that the file is kept.
 */
import { Readable } from "node:stream";
import { pino } from "pino";
import { type FileBytes, openFiles } from "../../plugin/files/index.ts";
import type { Actor, FileId } from "../../plugin/rooms/types.ts";
import type { DatabaseDescription, Store } from "../../plugin/store/index.ts";
import { openDomain } from "../support/domain.ts";

export interface FileTask {
	readonly database: DatabaseDescription;
	readonly directory: string;
	readonly actor: Actor;
	readonly upload: FileId;
	readonly text: string;
	/** Each step has a moment before it and one after it. */
	readonly killAt: number;
}

const task: FileTask = JSON.parse(process.argv[2] ?? "");
let moments = 0;

function moment(): void {
	moments += 1;
	if (moments === task.killAt) process.kill(process.pid, "SIGKILL");
}

async function step<T>(work: () => Promise<T>): Promise<T> {
	moment();
	const done = await work();
	moment();
	return done;
}

function throughBytes(bytes: FileBytes): FileBytes {
	return {
		...bytes,
		append: (...given) => step(() => bytes.append(...given)),
		examine: (...given) => step(() => bytes.examine(...given)),
		keep: (...given) => step(() => bytes.keep(...given)),
		discard: (...given) => step(() => bytes.discard(...given)),
	};
}

function throughStore(store: Store): Store {
	return {
		...store,
		transaction: (work) => step(() => store.transaction(work)),
	};
}

async function* halves(text: string): AsyncIterable<Buffer> {
	const half = Math.floor(text.length / 2);
	yield Buffer.from(text.slice(0, half));
	moment();
	yield Buffer.from(text.slice(half));
}

const log = pino({ level: "silent" });
const { rooms, close } = await openDomain({
	database: { description: task.database, drop: async () => {} },
	through: throughStore,
	files: throughBytes(
		openFiles({ directory: task.directory, scanMs: 1_000 }, log),
	),
});
const from = Readable.from(halves(task.text));
await rooms.continueUpload(task.actor, task.upload, 0, from);
await rooms.finishUpload(task.actor, task.upload);
process.stdout.write("finished");
await close();
