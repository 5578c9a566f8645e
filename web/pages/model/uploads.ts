/** Bringing files: each goes out at once, in pieces, from where the network cut it; it is told of when its author posts. */
import { explain, sizeText } from "../words.ts";
import { Refusal, type Session } from "./session.ts";
import type { RoomState, State, Upload } from "./state.ts";
import { sendPiece } from "./upload-piece.ts";

export interface Uploads {
	/** The most that a file may have. */
	readonly fileBytes: number;
	/** They go out now, and wait to be posted. */
	add(room: RoomState, files: readonly File[]): void;
	/** Those of the room are told of, in their order: each as soon as it is whole, and `said` and those before it are there. */
	post(room: RoomState, said?: Promise<void>): void;
	again(id: number): void;
	/** It is given up. */
	cancel(id: number): void;
}

/** A proxy that keeps pieces until they are whole loses so much when it is cut. */
const pieceBytes = 4 * 1024 * 1024;
const mostAtOnce = 3;
/** The site takes no more unfinished ones of one user. */
const mostUploads = 20;
const waitsMs = [500, 1_000, 2_000, 4_000, 8_000] as const;

interface Job {
	readonly id: number;
	readonly room: RoomState;
	readonly file: File;
	readonly abort: AbortController;
	/** The site's name for it, once it has begun. */
	upload?: string;
	wanted: boolean;
}

export function createUploads(
	session: Pick<Session, "ask" | "fileBytes" | "csrfToken">,
	state: State,
): Uploads {
	const { fileBytes } = session;
	const jobs = new Map<number, Job>();
	let waiting: Job[] = [];
	let running = 0;
	let lastId = 0;
	/** One of their files is being told of. */
	const telling = new Set<RoomState>();
	/** What was written with the files last posted, on its way. Never rejects. */
	const written = new Map<RoomState, Promise<void>>();

	function setStage({ id, room }: Job, change: Partial<Upload>): void {
		room.uploads = room.uploads.map((each) => {
			if (each.id !== id) return each;
			const { why: _, ...rest } = each;
			return { ...rest, ...change };
		});
		state.changed("uploads");
	}

	function start(job: Job): void {
		setStage(job, { stage: "sending" });
		waiting.push(job);
		next();
	}

	function next(): void {
		while (running < mostAtOnce) {
			const job = waiting.shift();
			if (!job) return;
			running += 1;
			void bring(job).finally(() => {
				running -= 1;
				next();
			});
		}
	}

	/** Never rejects: what went wrong is said beside the file. */
	async function bring(job: Job): Promise<void> {
		try {
			await persist(job, () => sendAll(job));
			setStage(job, { stage: job.wanted ? "queued" : "whole" });
		} catch (error) {
			fail(job, error);
		}
		void tellInOrder(job.room);
	}

	function fail(job: Job, error: unknown): void {
		if (!jobs.has(job.id)) return;
		setStage(job, { stage: "failed", why: explain(error) });
	}

	/** Others have the files in the order in which they stand: a small one waits for a large one before it. Never rejects. */
	async function tellInOrder(room: RoomState): Promise<void> {
		if (telling.has(room)) return;
		telling.add(room);
		for (;;) {
			await written.get(room);
			const job = nextToTell(room);
			if (!job) break;
			await tell(job).catch((error) => fail(job, error));
		}
		telling.delete(room);
	}

	/** The first that is still to be told of, if it is whole. What has failed keeps nobody waiting. */
	function nextToTell(room: RoomState): Job | undefined {
		const first = room.uploads.find(
			({ id, stage }) =>
				jobs.get(id)?.wanted && stage !== "failed" && stage !== "refused",
		);
		return first?.stage === "queued" ? jobs.get(first.id) : undefined;
	}

	async function tell(job: Job): Promise<void> {
		const finish = `api/uploads/${job.upload}/finish?announce=true`;
		await persist(job, () => {
			setStage(job, { stage: "checking", sent: job.file.size });
			return session.ask("POST", finish);
		});
		forget(job);
	}

	/** Again and again while the network is away. Rejects with what trying again would not change. */
	async function persist(job: Job, act: () => Promise<unknown>): Promise<void> {
		for (let attempt = 0; ; attempt += 1) {
			try {
				await act();
				return;
			} catch (error) {
				if (isFinal(job, error)) throw error;
				await demandReadable(job.file);
				setStage(job, { stage: "cut" });
				await pause(waitsMs[attempt] ?? 8_000, job.abort.signal);
				job.abort.signal.throwIfAborted();
			}
		}
	}

	async function sendAll(job: Job): Promise<void> {
		const { file, abort } = job;
		let offset = await begun(job);
		setStage(job, { stage: "sending", sent: offset });
		while (offset < file.size) {
			const before = offset;
			offset = await sendPiece(job.upload ?? "", {
				offset,
				bytes: file.slice(offset, offset + pieceBytes),
				csrfToken: session.csrfToken,
				signal: abort.signal,
				onSent: (bytes) =>
					setStage(job, { stage: "sending", sent: before + bytes }),
			});
		}
	}

	/** How many bytes the site has of it. */
	async function begun(job: Job): Promise<number> {
		if (job.upload !== undefined) {
			const path = `api/uploads/${job.upload}`;
			return (await session.ask<{ received: number }>("GET", path)).received;
		}
		const { room, file } = job;
		const path = `api/rooms/${room.uri.slice(room.uri.lastIndexOf("/") + 1)}/files`;
		const upload = { name: file.name, bytes: file.size };
		const { id } = await session.ask<{ id: string }>("POST", path, upload);
		job.upload = id;
		if (!jobs.has(job.id)) void giveUp(job);
		job.abort.signal.throwIfAborted();
		return 0;
	}

	function forget({ id, room }: Job): void {
		jobs.delete(id);
		room.uploads = room.uploads.filter((each) => each.id !== id);
		state.changed("uploads");
	}

	/** The site is told when it has seen the end of the last piece; what it is not told of it collects by itself. */
	async function giveUp({ upload }: Job): Promise<void> {
		for (const waitMs of waitsMs) {
			if (upload === undefined) return;
			try {
				await session.ask("DELETE", `api/uploads/${upload}`);
				return;
			} catch (error) {
				if (!(error instanceof Refusal && error.status === 409)) return;
				await pause(waitMs, new AbortController().signal);
			}
		}
	}

	function addOne(room: RoomState, file: File): void {
		const { name, size: bytes } = file;
		const job: Job = {
			id: ++lastId,
			room,
			file,
			abort: new AbortController(),
			wanted: false,
		};
		jobs.set(job.id, job);
		const upload = { id: job.id, name, bytes, sent: 0 };
		room.uploads = [...room.uploads, { ...upload, stage: "sending" }];
		const why = objectionTo(file, fileBytes);
		if (why !== undefined) setStage(job, { stage: "refused", why });
		else start(job);
	}

	addEventListener("beforeunload", (event) => {
		if (jobs.size > 0) event.preventDefault();
	});
	return {
		fileBytes,
		add(room, files) {
			const taken = files.slice(0, mostUploads - jobs.size);
			for (const file of taken) addOne(room, file);
			if (taken.length === files.length) return;
			const text = `At most ${mostUploads} files at a time: post these first.`;
			state.toast({ text, urgent: false });
		},
		post(room, said = Promise.resolve()) {
			written.set(room, said);
			for (const { id, stage } of room.uploads) {
				const job = jobs.get(id);
				if (!job || stage === "refused") continue;
				job.wanted = true;
				if (stage === "whole") setStage(job, { stage: "queued" });
			}
			void tellInOrder(room);
		},
		again(id) {
			const job = jobs.get(id);
			if (job) start(job);
		},
		cancel(id) {
			const job = jobs.get(id);
			if (!job) return;
			waiting = waiting.filter((each) => each !== job);
			forget(job);
			job.abort.abort();
			void giveUp(job);
			void tellInOrder(job.room);
		},
	};
}

function objectionTo({ size }: File, fileBytes: number): string | undefined {
	if (size === 0) return "It is empty.";
	if (size <= fileBytes) return undefined;
	return `It is too large: a file has at most ${sizeText(fileBytes)}.`;
}

/** A refusal stands, but for two: a piece that came too slowly, and one that the site has in part. */
function isFinal({ abort, upload }: Job, error: unknown): boolean {
	if (abort.signal.aborted) return true;
	if (!(error instanceof Refusal)) return false;
	const isCut = error.status === 408 || error.status === 409;
	return !(isCut && upload !== undefined);
}

/** Throws when the file was changed or is gone: no network would mend that. */
async function demandReadable(file: File): Promise<void> {
	try {
		await file.slice(0, 1).arrayBuffer();
	} catch (cause) {
		throw new Error("The file has changed or is gone; choose it again.", {
			cause,
		});
	}
}

/** Until the time is over, the network says that it is back, or it is given up. */
function pause(waitMs: number, signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		const end = () => {
			clearTimeout(timer);
			removeEventListener("online", end);
			signal.removeEventListener("abort", end);
			resolve();
		};
		const timer = setTimeout(end, waitMs);
		addEventListener("online", end);
		signal.addEventListener("abort", end);
	});
}
