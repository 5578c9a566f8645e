/** AWS signature version 4 of one request, for S3 and what speaks like it. Pure. */
import { createHash, createHmac } from "node:crypto";

export interface SigningKeys {
	readonly region: string;
	readonly accessKeyId: string;
	readonly secretAccessKey: string;
}

export interface ToBeSigned {
	readonly method: string;
	/** Encoded as it is sent, from `/`; without a query. */
	readonly path: string;
	/** By their names in lower case; `host` among them. */
	readonly headers: Readonly<Record<string, string>>;
	/** SHA-256 of the body, hexadecimal. */
	readonly bodySha256: string;
}

export const emptySha256 = sha256("");

/** The headers with those that sign them. */
export function signed(
	{ method, path, headers, bodySha256 }: ToBeSigned,
	{ region, accessKeyId, secretAccessKey }: SigningKeys,
	at: Date,
): Readonly<Record<string, string>> {
	const time = at.toISOString().replace(/[-:]|\.\d+/g, "");
	const day = time.slice(0, 8);
	const all: Readonly<Record<string, string>> = {
		...headers,
		"x-amz-content-sha256": bodySha256,
		"x-amz-date": time,
	};
	const names = Object.keys(all).sort();
	const lines = names.map((name) => `${name}:${all[name]?.trim()}\n`).join("");
	const list = names.join(";");
	const request = [method, path, "", lines, list, bodySha256].join("\n");
	const scope = `${day}/${region}/s3/aws4_request`;
	const text = ["AWS4-HMAC-SHA256", time, scope, sha256(request)].join("\n");
	const key = [day, region, "s3", "aws4_request"].reduce<string | Buffer>(
		(secret, part) => hmac(secret, part),
		`AWS4${secretAccessKey}`,
	);
	const signature = hmac(key, text).toString("hex");
	return {
		...all,
		authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${list}, Signature=${signature}`,
	};
}

function sha256(text: string): string {
	return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
	return createHmac("sha256", key).update(text).digest();
}
