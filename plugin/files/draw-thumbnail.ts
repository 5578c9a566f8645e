/** Has a thumbnail drawn by a process of its own, which is ended when it takes too long. */
import { spawn } from "node:child_process";
import { extname } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Logger } from "pino";

const withinMs = 15_000;
/** No thumbnail has as many: what says more is not what we started. */
const mostBytes = 256 * 1024;
/** How it ends when this is no image that it draws. */
const notDrawn = 3;

const own = import.meta.filename;
const script = own.replace(/[^/\\]*$/, `thumbnail-process${extname(own)}`);

/** `hopeless`: it says of the image that it cannot be drawn; `failed`: it could not be started, was ended, or took too long. */
export type NotDrawn = "hopeless" | "failed";

/** Throws what reading `image` throws. `command` does the work of `thumbnail-process.ts`. */
export async function drawThumbnail(
	image: Readable,
	log: Logger,
	[program, ...parameters]: readonly [string, ...string[]] = [
		process.execPath,
		...loader(),
		script,
	],
): Promise<Buffer | NotDrawn> {
	const child = spawn(program, parameters, {
		stdio: ["pipe", "pipe", "ignore"],
		// It has no business with what the operator told this one.
		env: {},
	});
	const timer = setTimeout(() => child.kill("SIGKILL"), withinMs);
	const pieces: Buffer[] = [];
	let bytes = 0;
	child.stdout.on("data", (piece: Buffer) => {
		bytes += piece.length;
		if (bytes > mostBytes) child.kill("SIGKILL");
		else pieces.push(piece);
	});
	const ended = new Promise<number | string>((resolve) => {
		child.on("error", (error) => resolve(error.message));
		child.on("close", (code, signal) => resolve(code ?? signal ?? "ended"));
	});
	let unread: unknown;
	let isDeaf = false;
	child.stdin.once("error", () => {
		isDeaf = true;
	});
	image.once("error", (error) => {
		// It is destroyed too when the process reads no more.
		if (!isDeaf) unread = error;
		child.kill("SIGKILL");
	});
	// What ends without reading all of it says why by its exit code.
	await pipeline(image, child.stdin).catch(() => {});
	const outcome = await ended;
	clearTimeout(timer);
	if (unread !== undefined) throw unread;
	if (outcome === 0 && bytes > 0) return Buffer.concat(pieces);
	if (outcome === notDrawn) return "hopeless";
	log.warn({ outcome }, "a thumbnail could not be drawn");
	return "failed";
}

/** Where sources run as they are, they do so there too. */
function loader(): readonly string[] {
	return script.endsWith(".ts") ? process.execArgv : [];
}
