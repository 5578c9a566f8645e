/** What keeps contents by their sums: one contract, a directory and a bucket. */
import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bucketStore } from "../../plugin/files/bucket.ts";
import { directoryStore } from "../../plugin/files/directory.ts";
import type { FileStore } from "../../plugin/files/index.ts";
import { signed } from "../../plugin/files/signature.ts";
import {
	type BucketServer,
	bucketKeys,
	startBucket,
} from "../support/bucket-server.ts";
import { textOf } from "../support/file-bytes.ts";

interface Opened {
	readonly store: FileStore;
	close(): Promise<void>;
}

function contentOf(text: string) {
	const sha256 = createHash("sha256").update(text).digest("hex");
	return { sha256, bytes: Buffer.byteLength(text) };
}

const open: Readonly<Record<string, (directory: string) => Promise<Opened>>> = {
	"a directory": async (directory) => ({
		store: directoryStore(join(directory, "contents")),
		close: async () => {},
	}),
	"a bucket": async () => {
		const server = await startBucket();
		return { store: bucketStore(optionsOf(server)), close: server.close };
	},
};

function optionsOf({ endpoint }: BucketServer) {
	return { ...bucketKeys, endpoint, bucket: "files", prefix: "chat/" };
}

for (const [name, openStore] of Object.entries(open)) {
	describe(`contents in ${name}`, () => {
		let directory: string;
		let opened: Opened;
		before(async () => {
			directory = await mkdtemp(join(tmpdir(), "contents-"));
			await mkdir(join(directory, "contents"));
			opened = await openStore(directory);
		});
		after(async () => {
			await opened.close();
			await rm(directory, { recursive: true, force: true });
		});

		async function keep(text: string) {
			const path = join(directory, randomUUID());
			await writeFile(path, text);
			await opened.store.keep(contentOf(text), path);
			return contentOf(text);
		}

		it("are had as they were kept, whole and in part, and kept again without harm", async () => {
			const { store } = opened;
			const text = `0123456789 ${randomUUID()}`;
			const content = await keep(text);
			await keep(text);
			assert.equal(await store.has(content), true);
			assert.equal(await textOf(await store.open(content)), text);
			const part = await store.open(content, { first: 2, last: 4 });
			assert.equal(await textOf(part), "234");
		});

		it("are gone when they are removed, also twice", async () => {
			const { store } = opened;
			const content = await keep(randomUUID());
			await store.remove(content);
			await store.remove(content);
			assert.equal(await store.has(content), false);
			await assert.rejects(store.open(content));
		});

		it("are of one length: another one is not what was asked for", async () => {
			const { store } = opened;
			const content = await keep(randomUUID());
			assert.equal(await store.has({ ...content, bytes: 1 }), false);
		});

		it("are named by nothing but a sum", async () => {
			const { store } = opened;
			for (const sha256 of ["", "../x", "A".repeat(64), `${"a".repeat(64)}/`]) {
				await assert.rejects(store.open({ sha256, bytes: 1 }), /SHA-256/);
			}
		});
	});
}

describe("a bucket", () => {
	let server: BucketServer;
	let directory: string;
	before(async () => {
		server = await startBucket();
		directory = await mkdtemp(join(tmpdir(), "bucket-"));
	});
	after(async () => {
		await server.close();
		await rm(directory, { recursive: true, force: true });
	});

	async function fileOf(text: string) {
		const path = join(directory, randomUUID());
		await writeFile(path, text);
		return path;
	}

	it("is brought each content once", async () => {
		const store = bucketStore(optionsOf(server));
		const content = contentOf("once");
		await store.keep(content, await fileOf("once"));
		await store.keep(content, await fileOf("once"));
		const puts = server.asked.filter((each) => each.startsWith("PUT "));
		assert.deepEqual(puts, [`PUT /files/chat/${content.sha256}`]);
	});

	it("refuses another secret, another clock, and other bytes than their sum says", async () => {
		const content = contentOf("the text");
		const options = optionsOf(server);
		const secret = bucketStore({ ...options, secretAccessKey: "guess" });
		const late = bucketStore(options, () => new Date(0));
		for (const store of [secret, late]) {
			await assert.rejects(store.open(content), /answers 403/);
		}
		const path = await fileOf("the t_xt");
		await assert.rejects(
			bucketStore(options).keep(content, path),
			/answers 403/,
		);
		assert.equal(await bucketStore(options).has(content), false);
	});

	it("that is away is a fault, and nothing is kept", async () => {
		const gone = await startBucket();
		await gone.close();
		const store = bucketStore(optionsOf(gone));
		await assert.rejects(store.keep(contentOf("x"), await fileOf("x")));
	});
});

describe("a signature", () => {
	it("is that of the published example", () => {
		// GET /test.txt of "examplebucket", first ten bytes, as Amazon's documentation has it.
		const { authorization } = signed(
			{
				method: "GET",
				path: "/test.txt",
				headers: {
					host: "examplebucket.s3.amazonaws.com",
					range: "bytes=0-9",
				},
				bodySha256: createHash("sha256").update("").digest("hex"),
			},
			{
				region: "us-east-1",
				accessKeyId: "AKIAIOSFODNN7EXAMPLE",
				secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
			},
			new Date("2013-05-24T00:00:00Z"),
		);
		assert.match(
			authorization ?? "",
			/Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41$/,
		);
	});
});
