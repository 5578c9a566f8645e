/** Hands a batch to the adapter, with its time limit, and only while that is this node's to do. */
import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import type { Logger } from "pino";
import { type ComplianceAdapter, Undeliverable } from "./adapter.ts";
import { type Archive, LeaseLost, type Tenure } from "./archive.ts";
import type { ArchivedEvent, FileReference } from "./archived.ts";
import type { ComplianceFiles } from "./files.ts";
import type { AdapterSetting } from "./options.ts";
import type { Holding } from "./tenure.ts";

export interface DelivererOptions {
	readonly setting: AdapterSetting;
	readonly adapter: ComplianceAdapter;
	readonly archive: Pick<Archive, "present">;
	readonly files: ComplianceFiles;
	readonly holding: Holding;
	readonly log: Logger;
	/** The service stops. */
	readonly closing: AbortSignal;
}

/** Resolves when the adapter has taken the batch. Throws `LeaseLost`, and what the adapter throws. */
export type Deliver = (
	piece: readonly ArchivedEvent[],
	tenure: Tenure,
	which: { readonly attempt: number; readonly replay: boolean },
) => Promise<void>;

/** An adapter that is aborted and does not end: said after this, and waited for. */
const abortedMs = 10_000;
/** How often a delivery under way looks whether it is still this node's. */
const lookMs = 250;

export function createDeliverer({
	setting,
	adapter,
	archive,
	files,
	holding,
	log,
	closing,
}: DelivererOptions): Deliver {
	const deliver: Deliver = async (piece, { holder }, { attempt, replay }) => {
		const first = piece[0]?.position ?? 0;
		const isMine = () => holding.tenure()?.holder === holder;
		// Whoever was asleep meanwhile finds out before he delivers, not only where he writes.
		if (!isMine()) throw new LeaseLost("Another node may deliver by now.");
		const aborting = abortAfter(setting.deliverTimeoutMs, closing);
		const looking = setInterval(() => {
			if (!isMine()) aborting.abort(new LeaseLost("Another node delivers."));
		}, lookMs);
		const stuck = setTimeout(
			() => log.error({}, "aborted, but the adapter does not end"),
			setting.deliverTimeoutMs + abortedMs,
		);
		try {
			// An array of its own, and events that nobody changes: what was delivered is read from them afterwards.
			await adapter.deliver(piece.map(frozen), {
				key: keyOf(setting.name, piece),
				attempt,
				replay,
				signal: aborting.signal,
				log,
				present: (room) => archive.present(room, first),
				open: (file) => openOf(files, file, piece),
			});
		} finally {
			clearInterval(looking);
			clearTimeout(stuck);
			aborting.clear();
		}
	};
	/** What is new and what comes once more wait for each other: an adapter has one batch at a time. */
	let last: Promise<unknown> = Promise.resolve();
	return (...batch) => {
		const mine = last.then(() => deliver(...batch));
		last = mine.catch(() => {});
		return mine;
	};
}

/** Throws `Undeliverable` for what was archived without its bytes, unless they have been found since. */
async function openOf(
	files: ComplianceFiles,
	file: FileReference,
	piece: readonly ArchivedEvent[],
): Promise<Readable> {
	try {
		return await files.open(file);
	} catch (error) {
		const missing = piece.filter(
			(event) =>
				"file" in event &&
				event.file.sha256 === file.sha256 &&
				event.file.missing !== undefined,
		);
		if (missing.length === 0) throw error;
		throw new Undeliverable(
			`The file ${file.sha256} was gone before it could be copied for compliance.`,
			missing.map(({ id }) => id),
		);
	}
}

/** With all that is in it; what is frozen is so whole. */
function frozen<T>(value: T): T {
	if (typeof value !== "object" || value === null) return value;
	if (Object.isFrozen(value)) return value;
	for (const each of Object.values(value)) frozen(each);
	return Object.freeze(value);
}

/** Of the ids of the events, so that the same ones have the same key. */
function keyOf(name: string, piece: readonly ArchivedEvent[]): string {
	const ids = piece.map(({ id }) => id).join("\n");
	const digest = createHash("sha256").update(ids).digest("hex").slice(0, 32);
	return `${name}-${digest}`;
}

function abortAfter(
	timeoutMs: number,
	outer: AbortSignal,
): { readonly signal: AbortSignal; abort(why: Error): void; clear(): void } {
	const controller = new AbortController();
	const abort = () => controller.abort(outer.reason);
	const timer = setTimeout(
		() =>
			controller.abort(
				new Error(`The delivery took longer than ${timeoutMs} ms.`),
			),
		timeoutMs,
	);
	if (outer.aborted) abort();
	outer.addEventListener("abort", abort);
	return {
		signal: controller.signal,
		abort: (why) => controller.abort(why),
		clear() {
			clearTimeout(timer);
			outer.removeEventListener("abort", abort);
		},
	};
}
