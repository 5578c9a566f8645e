/** Contents in a bucket of S3, or of what speaks like it: an object each, named by the SHA-256 of what is in it. */
import { createReadStream } from "node:fs";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { pipeline } from "node:stream/promises";
import type { FileContent } from "../rooms/types.ts";
import { ContentMissing, type FileStore, sumOf } from "./bytes.ts";
import { emptySha256, type SigningKeys, signed } from "./signature.ts";

export interface BucketOptions extends SigningKeys {
	/** `https://s3.example.com` */
	readonly endpoint: string;
	readonly bucket: string;
	/** Before each name: `chat/`. */
	readonly prefix: string;
}

/** Nothing was heard for so long. */
const silenceMs = 30_000;

interface Asked {
	readonly method: "GET" | "HEAD" | "PUT" | "DELETE";
	readonly content: FileContent;
	readonly headers?: Readonly<Record<string, string>>;
	/** The file whose bytes are the body: those of the content. */
	readonly path?: string;
}

export function bucketStore(
	options: BucketOptions,
	now: () => Date = () => new Date(),
): FileStore {
	const base = new URL(options.endpoint);

	async function ask({
		method,
		content,
		headers = {},
		path,
	}: Asked): Promise<IncomingMessage> {
		const sum = sumOf(content);
		const at = `/${options.bucket}/${options.prefix}${sum}`;
		const given = {
			...headers,
			host: base.host,
			...(path !== undefined && { "content-length": String(content.bytes) }),
		};
		const all = signed(
			{
				...{ method, path: at, headers: given },
				bodySha256: path === undefined ? emptySha256 : sum,
			},
			options,
			now(),
		);
		const send = base.protocol === "https:" ? requestHttps : requestHttp;
		const { hostname, port } = base;
		const request = send({ hostname, port, method, path: at, headers: all });
		request.setTimeout(silenceMs, () =>
			request.destroy(new Error("The bucket does not answer")),
		);
		const answered = new Promise<IncomingMessage>((resolve, reject) => {
			request.once("response", resolve);
			request.once("error", reject);
		});
		if (path === undefined) request.end();
		else {
			// An answer may come before all is sent: then it says why not.
			pipeline(createReadStream(path), request).catch(() => request.destroy());
		}
		return answered;
	}

	async function has(content: FileContent): Promise<boolean> {
		const { status, headers } = await whole(
			ask({ method: "HEAD", content }),
			[200, 404],
		);
		return (
			status === 200 && headers["content-length"] === String(content.bytes)
		);
	}

	return {
		has,
		async keep(content, path) {
			if (await has(content)) return;
			await whole(ask({ method: "PUT", content, path }), [200]);
		},
		async open(content, range) {
			const response = await ask({
				...{ method: "GET", content },
				...(range && {
					headers: { range: `bytes=${range.first}-${range.last}` },
				}),
			});
			const expected = range === undefined ? 200 : 206;
			if (response.statusCode === expected) return response;
			const isGone =
				response.statusCode === 404 &&
				(await firstOf(response)).includes("NoSuchKey");
			response.destroy();
			if (isGone) throw new ContentMissing("The bucket has no such object");
			throw refusalOf(response);
		},
		async remove(content) {
			await whole(ask({ method: "DELETE", content }), [200, 204, 404]);
		},
	};
}

/** The answer, when all of it is here and it is one of those. */
async function whole(
	asked: Promise<IncomingMessage>,
	statuses: readonly number[],
) {
	const response = await asked;
	const { statusCode: status = 0, headers } = response;
	for await (const _ of response);
	if (!statuses.includes(status)) throw refusalOf(response);
	return { status, headers };
}

/** A bucket that is not there is 404 too: the text says which. */
async function firstOf(response: IncomingMessage): Promise<string> {
	let text = "";
	for await (const piece of response) {
		text += String(piece);
		if (text.length > 4_096) break;
	}
	return text;
}

function refusalOf({ statusCode }: IncomingMessage): Error {
	return new Error(`The bucket answers ${statusCode}`);
}
