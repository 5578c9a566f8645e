/** What nobody needs any more of files goes; what a killed node has not recorded is recorded. */
import { recordDownload } from "./files.ts";
import type { FileContent } from "./types.ts";
import { bytesOf, type RoomsWork } from "./work.ts";

/** An upload of which nothing has come for so long is given up. */
const idleMs = 24 * 3_600_000;
/** A content that nobody has is kept so long: an upload may be about to need it. */
const unusedMs = 2 * idleMs;
/** A download has ended by then, or its node was killed. */
const longestDownloadMs = 24 * 3_600_000;
const atOnce = 500;

export interface FileKeeping {
	/** Downloads that an earlier run of this node had begun; how many. Before the first of this run. */
	recordLeftDownloads(): Promise<number>;
	/** One round; more is left for the next one. */
	collectFiles(): Promise<void>;
}

export function createFileKeeping(work: RoomsWork): FileKeeping {
	const { store, now, node } = work;
	const before = (ms: number) => new Date(now().getTime() - ms);

	async function recordDownloads(asked: {
		readonly node?: string;
		readonly before: Date;
	}): Promise<number> {
		let recorded = 0;
		for (;;) {
			const ids = await store.files.begunDownloads({ ...asked, limit: atOnce });
			for (const id of ids) await recordDownload(work, id, true);
			recorded += ids.length;
			if (ids.length < atOnce) return recorded;
		}
	}

	return {
		recordLeftDownloads: () =>
			recordDownloads({ node, before: new Date(now().getTime() + 1) }),
		async collectFiles() {
			await store.transaction((tx) => tx.files.purgeTokens(now()));
			await recordDownloads({ before: before(longestDownloadMs) });
			if (work.files === undefined) return;
			await collectUploads(work, before(idleMs));
			const unused = await store.files.unused(before(unusedMs), atOnce);
			for (const content of unused) await collect(work, content);
		},
	};
}

async function collectUploads(work: RoomsWork, since: Date): Promise<void> {
	const { store } = work;
	const bytes = bytesOf(work);
	for (const { id } of await store.files.idleUploads(since, atOnce)) {
		await store.transaction((tx) => tx.files.forget(id));
		await bytes.discard(id);
	}
	const idle = await bytes.idle(since);
	const known = await store.files.uploadsAmong(idle);
	for (const id of idle) if (!known.has(id)) await bytes.discard(id);
}

/** The bytes go while its row is locked: whoever is about to keep the same ones waits, and finds them gone. */
async function collect(work: RoomsWork, content: FileContent): Promise<void> {
	await work.store.transaction(async (tx) => {
		if (!(await tx.files.lockContent(content.sha256))) return;
		if (await tx.files.isNeeded(content.sha256)) return;
		await bytesOf(work).remove(content);
		await tx.files.removeContent(content.sha256);
	});
}
