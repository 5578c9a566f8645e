/** The bytes of files: uploads in a directory of this machine, whole contents there or in a bucket. */
import { join } from "node:path";
import type { Logger } from "pino";
import { bucketStore } from "./bucket.ts";
import type { FileBytes } from "./bytes.ts";
import { directoryStore } from "./directory.ts";
import { icapServiceOf } from "./icap/messages.ts";
import { scanByIcap } from "./icap/scan-by-icap.ts";
import { isNoRoom, noRoom } from "./no-room.ts";
import type { FilesAtWork } from "./options.ts";
import { createScan } from "./scan.ts";
import { scanByCommand } from "./scan-by-command.ts";
import type { Scanner } from "./scanner.ts";
import { createSpool } from "./spool.ts";
import { createThumbnails } from "./thumbnails.ts";

export type { ByteRange, FileBytes, FileStore } from "./bytes.ts";
export { ContentMissing } from "./bytes.ts";

export interface OpenFiles extends FileBytes {
	/** Throws when files can neither be taken nor given now. */
	answer(): Promise<void>;
}

/** A content that nobody has: whoever can say so answers. */
const nothing = { sha256: "0".repeat(64), bytes: 0 };

export function openFiles(options: FilesAtWork, log: Logger): OpenFiles {
	const { directory, scanMs } = options;
	const spool = createSpool(join(directory, "incoming"));
	const store =
		options.s3 === undefined
			? directoryStore(join(directory, "contents"))
			: bucketStore(options.s3);
	const thumbnails = createThumbnails(
		join(directory, "thumbnails"),
		store,
		log,
	);
	const scan = createScan({
		scanners: scannersOf(options, log),
		withinMs: scanMs,
		log,
	});
	async function inRoom<T>(work: () => Promise<T>): Promise<T> {
		try {
			return await work();
		} catch (error) {
			if (!isNoRoom(error)) throw error;
			log.error({ err: error }, "no room for files");
			throw noRoom(error);
		}
	}

	return {
		async answer() {
			await spool.answer();
			await store.has(nothing);
		},
		received: spool.received,
		append: (...given) => inRoom(() => spool.append(...given)),
		examine: spool.examine,
		discard: spool.discard,
		idle: spool.idle,
		scan: (id) => scan(spool.pathOf(id)),
		async keep(id, content) {
			const here = (await spool.received(id)) === content.bytes;
			const path = spool.pathOf(id);
			if (here) await inRoom(() => store.keep(content, path));
			else if (!(await store.has(content))) {
				throw new Error(`The bytes of upload ${id} are gone`);
			}
		},
		open: store.open,
		thumbnail: thumbnails.of,
		async remove(content) {
			await store.remove(content);
			await thumbnails.remove(content);
		},
	};
}

function scannersOf(
	{ scanCommand, scanIcap, scanMs }: FilesAtWork,
	log: Logger,
): readonly Scanner[] {
	const services = (scanIcap ?? []).flatMap(
		(each) => icapServiceOf(each) ?? [],
	);
	// One that hangs leaves the others time.
	const attemptMs = Math.ceil(scanMs / Math.max(1, services.length));
	return [
		...(scanCommand === undefined ? [] : [scanByCommand(scanCommand)]),
		...(services.length === 0
			? []
			: [scanByIcap({ services, attemptMs, log })]),
	];
}
