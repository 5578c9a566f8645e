/** The key that signs checkpoints, on the disk. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import {
	chmodSync,
	closeSync,
	mkdtempSync,
	openSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { fingerprintOf } from "../../plugin/compliance/signing.ts";
import { openSigningKey } from "../../plugin/compliance/signing-key.ts";

describe("The signing key", () => {
	const directory = mkdtempSync(join(tmpdir(), "persistent-chat-key-"));
	after(() => rmSync(directory, { recursive: true }));
	const warnings: string[] = [];
	const log = pino(
		{ level: "warn" },
		{ write: (line: string) => warnings.push(line) },
	);

	it("is made once, also by many at the same time, for its owner only", async () => {
		const file = join(directory, "new", "key.pem");
		const keys = await Promise.all(
			Array.from({ length: 8 }, () => openSigningKey(file, log)),
		);
		equal(new Set(keys.map(({ id }) => id)).size, 1);
		equal(statSync(file).mode & 0o777, 0o600);
		deepEqual(readdirSync(join(directory, "new")).sort(), [
			"key.pem",
			"key.pub.pem",
		]);
		const beside = readFileSync(join(directory, "new", "key.pub.pem"), "utf8");
		equal(fingerprintOf(createPublicKey(beside)), keys[0]?.id);
		equal((await openSigningKey(file, log)).id, keys[0]?.id);
		deepEqual(warnings, []);
	});

	it("is taken from where nothing can be written, and that is told", async () => {
		const { privateKey, publicKey } = generateKeyPairSync("ed25519");
		const given = join(directory, "given.pem");
		writeFileSync(
			given,
			privateKey.export({ type: "pkcs8", format: "pem" }) as string,
			{ mode: 0o600 },
		);
		const handle = openSync(given, "r");
		try {
			const key = await openSigningKey(`/proc/self/fd/${handle}`, log);
			equal(key.id, fingerprintOf(publicKey));
		} finally {
			closeSync(handle);
		}
		match(warnings.splice(0).join(""), /could not be written beside/);
	});

	it("that is none of Ed25519 is refused, and left alone", async () => {
		const file = join(directory, "other.pem");
		const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 });
		for (const content of [
			"",
			"no key",
			rsa.privateKey.export({ type: "pkcs8", format: "pem" }) as string,
			generateKeyPairSync("ed25519").publicKey.export({
				type: "spki",
				format: "pem",
			}) as string,
		]) {
			writeFileSync(file, content);
			await rejects(openSigningKey(file, log), {
				name: "SigningKeyRefused",
				message: /holds no Ed25519 private key.*name another file/,
			});
			equal(readFileSync(file, "utf8"), content);
		}
	});

	it("that cannot be read or made is refused by name of its setting", async () => {
		writeFileSync(join(directory, "file"), "");
		await rejects(openSigningKey(join(directory, "file", "key.pem"), log), {
			name: "SigningKeyRefused",
			message: /compliance\.signingKey/,
		});
	});

	it("that is gone is made anew loudly, and the old public key is kept", async () => {
		const file = join(directory, "lost", "key.pem");
		const before = await openSigningKey(file, log);
		const old = readFileSync(join(directory, "lost", "key.pub.pem"), "utf8");
		rmSync(file);
		warnings.length = 0;
		const after = await openSigningKey(file, log);
		const kept = `key.${before.id}.pub.pem`;
		equal(readFileSync(join(directory, "lost", kept), "utf8"), old);
		match(warnings.join(), new RegExp(`${before.id}.*${after.id}`));
		match(warnings.join(), /another one than before/);
		warnings.length = 0;
	});

	it("that others may read is said to be so", async () => {
		const file = join(directory, "open.pem");
		await openSigningKey(file, log);
		chmodSync(file, 0o644);
		await openSigningKey(file, log);
		match(warnings.join(), /others than its owner/);
	});
});
