/** `npm run bench -- files [--bytes 1073741824]`: one large file through the web door, in and out; its memory stays flat. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { startSite } from "../test/web/site.ts";
import { row } from "./measure.ts";

const { values } = parseArgs({
	options: { bytes: { type: "string", default: String(2 ** 30) } },
});
const bytes = Number(values.bytes);
const room = "00000000-0000-4000-8000-000000000001";
const mebibyte = 2 ** 20;
/** However large the file is. */
const mostGrowthBytes = 128 * mebibyte;

const directory = mkdtempSync(join(tmpdir(), "bench-files-"));
const site = await startSite({
	node: { service: { files: { directory }, limits: { fileBytes: bytes } } },
});
const alice = await site.signedIn("alice");
const cookie = [...alice.cookies].map((pair) => pair.join("=")).join("; ");
const { hostname, port, origin } = new URL(site.web.address);

/** Bytes that differ from piece to piece, made as they are wanted. */
async function* content(): AsyncIterable<Buffer> {
	const piece = Buffer.alloc(64 * 1024);
	for (let left = bytes; left > 0; left -= piece.length) {
		piece.writeDoubleBE(left);
		yield Buffer.from(piece.subarray(0, Math.min(left, piece.length)));
	}
}

async function send(id: string): Promise<void> {
	const asked = request({
		...{ hostname, port, method: "PATCH", path: `/api/uploads/${id}` },
		headers: {
			cookie,
			origin,
			"x-csrf-token": alice.csrfToken,
			"upload-offset": "0",
			"content-length": String(bytes),
		},
	});
	const answered = new Promise<number>((resolve, reject) => {
		asked.on("response", (response) => {
			response.resume();
			response.on("end", () => resolve(response.statusCode ?? 0));
		});
		asked.on("error", reject);
	});
	await pipeline(Readable.from(content()), asked);
	assert.equal(await answered, 200);
}

function receive(id: string): Promise<string> {
	const hash = createHash("sha256");
	const path = `/api/rooms/${room}/files/${id}`;
	return new Promise((resolve, reject) => {
		const asked = request(
			{ hostname, port, path, headers: { cookie } },
			(response) => {
				response.on("data", (piece) => hash.update(piece));
				response.on("error", reject);
				response.on("end", () => resolve(hash.digest("hex")));
			},
		);
		asked.on("error", reject);
		asked.end();
	});
}

/** How long it took, and by how much resident memory was ever larger than before. */
async function measured(name: string, work: () => Promise<void>) {
	const before = process.memoryUsage.rss();
	let most = before;
	const timer = setInterval(() => {
		most = Math.max(most, process.memoryUsage.rss());
	}, 20);
	const start = performance.now();
	try {
		await work();
	} finally {
		clearInterval(timer);
	}
	const seconds = (performance.now() - start) / 1_000;
	const growth = most - before;
	console.log(
		row(
			name,
			`${seconds.toFixed(1)} s`,
			`${(bytes / mebibyte / seconds).toFixed(0)} MiB/s`,
			`${(growth / mebibyte).toFixed(0)} MiB`,
			`${((100 * growth) / bytes).toFixed(1)} %`,
		),
	);
	return growth;
}

try {
	const begun = await alice.ask("POST", `/api/rooms/${room}/files`, {
		body: { name: "large.bin", bytes },
	});
	const { id } = begun.json as { id: string };
	let sent = "";
	let had = "";
	console.log(row("step", "time", "rate", "memory grew by", "of the file"));
	const growths = [
		await measured("sent", () => send(id)),
		await measured("finished", async () => {
			const { json } = await alice.ask("POST", `/api/uploads/${id}/finish`);
			sent = (json as { file: { sha256: string } }).file.sha256;
		}),
		await measured("had", async () => {
			had = await receive(id);
		}),
	];
	assert.equal(had, sent);
	assert.ok(Math.max(...growths) < mostGrowthBytes, "memory is flat");
} finally {
	await site.close();
	rmSync(directory, { recursive: true, force: true });
}
