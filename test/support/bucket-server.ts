/**
 * As much of S3 as we use, over real sockets and strict: signatures are checked by an account of their own, bodies by their sum and
 * length, and an object is there whole or not at all.
 */
import { createHash, createHmac } from "node:crypto";
import {
	createServer,
	type IncomingMessage,
	type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

export const bucketKeys = {
	region: "eu-north-1",
	accessKeyId: "AKIDEXAMPLE",
	secretAccessKey: "a secret/of+forty=characters",
};

export interface BucketServer {
	readonly endpoint: string;
	readonly objects: Map<string, Buffer>;
	/** Methods and names, in order. */
	readonly asked: string[];
	close(): Promise<void>;
}

export async function startBucket(): Promise<BucketServer> {
	const objects = new Map<string, Buffer>();
	const asked: string[] = [];
	const server = createServer((request, response) => {
		asked.push(`${request.method} ${request.url}`);
		answer(objects, request, response).catch(() => response.destroy());
	});
	await new Promise<void>((resolve) =>
		server.listen(0, "127.0.0.1", () => resolve()),
	);
	const { port } = server.address() as AddressInfo;
	return {
		endpoint: `http://127.0.0.1:${port}`,
		objects,
		asked,
		close: () =>
			new Promise((resolve) => {
				server.closeAllConnections();
				server.close(() => resolve());
			}),
	};
}

async function answer(
	objects: Map<string, Buffer>,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const pieces: Buffer[] = [];
	for await (const piece of request) pieces.push(piece);
	const body = Buffer.concat(pieces);
	const end = (status: number, headers = {}, sent?: Buffer) =>
		response.writeHead(status, headers).end(sent);
	if (!isSigned(request, body)) return void end(403);
	const name = request.url ?? "";
	const object = objects.get(name);
	switch (request.method) {
		case "PUT":
			if (request.headers["content-length"] === undefined) return void end(411);
			objects.set(name, body);
			return void end(200);
		case "DELETE":
			objects.delete(name);
			return void end(204);
		case "HEAD":
		case "GET":
			if (object === undefined) {
				return void end(404, {}, Buffer.from("<Code>NoSuchKey</Code>"));
			}
			return void send(object, request, end);
		default:
			return void end(405);
	}
}

function send(
	object: Buffer,
	{ method, headers }: IncomingMessage,
	end: (status: number, headers: object, sent?: Buffer) => void,
): void {
	const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "") ?? [];
	const part =
		first === undefined
			? object
			: object.subarray(Number(first), Number(last) + 1);
	end(
		first === undefined ? 200 : 206,
		{ "content-length": part.length },
		method === "GET" ? part : undefined,
	);
}

const pattern =
	/^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/;

function isSigned(
	{ method, url, headers }: IncomingMessage,
	body: Buffer,
): boolean {
	const found = pattern.exec(headers.authorization ?? "");
	if (found === null) return false;
	const [, id, day = "", region = "", list = "", signature] = found;
	const names = list.split(";");
	const time = String(headers["x-amz-date"]);
	const hash = createHash("sha256").update(body).digest("hex");
	const awayMs = Math.abs(Date.now() - timeOf(time));
	const sound =
		id === bucketKeys.accessKeyId &&
		region === bucketKeys.region &&
		time.startsWith(`${day}T`) &&
		awayMs < 900_000 &&
		headers["x-amz-content-sha256"] === hash &&
		["host", "x-amz-content-sha256", "x-amz-date"].every((name) =>
			names.includes(name),
		);
	if (!sound) return false;
	const canonical = `${method}\n${url}\n\n${names
		.map((name) => `${name}:${headers[name]}\n`)
		.join("")}\n${list}\n${hash}`;
	const digest = createHash("sha256").update(canonical).digest("hex");
	const scope = `${day}/${region}/s3/aws4_request`;
	const dayKey = mac(`AWS4${bucketKeys.secretAccessKey}`, day);
	const key = mac(mac(mac(dayKey, region), "s3"), "aws4_request");
	const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${digest}`;
	return mac(key, text).toString("hex") === signature;
}

/** `20260301T120000Z` */
function timeOf(text: string): number {
	const iso = text.replace(
		/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
		"$1-$2-$3T$4:$5:$6Z",
	);
	return Date.parse(iso);
}

function mac(key: string | Buffer, text: string): Buffer {
	return createHmac("sha256", key).update(text).digest();
}
