/** The key that signs checkpoints: made when missing, whole or not at all. */
import {
	createPrivateKey,
	createPublicKey,
	generateKeyPairSync,
	type KeyObject,
	randomUUID,
} from "node:crypto";
import {
	link,
	mkdir,
	open,
	readFile,
	rename,
	rm,
	stat,
} from "node:fs/promises";
import { dirname } from "node:path";
import type { Logger } from "pino";
import { fingerprintOf } from "./signing.ts";

/** Why the service does not start: for the operator, not a fault of this program. */
export class SigningKeyRefused extends Error {
	override readonly name = "SigningKeyRefused";
}

export interface SigningKey {
	/** Fingerprint of the public key. */
	readonly id: string;
	readonly private: KeyObject;
	readonly public: KeyObject;
}

/** `data/key.pem` → `data/key.pub.pem`. */
export function publicKeyFile(file: string): string {
	return `${file.replace(/\.pem$/, "")}.pub.pem`;
}

/** Throws `SigningKeyRefused` with what is wrong and what would be right. */
export async function openSigningKey(
	file: string,
	log: Pick<Logger, "warn">,
): Promise<SigningKey> {
	try {
		const there = await contentOf(file);
		const key = keyIn(file, there ?? (await make(file)));
		const publicKey = createPublicKey(key);
		const pem = publicKey.export({ type: "spki", format: "pem" }) as string;
		const written = writePublicKey(file, pem, log);
		// What was given may lie where nothing can be written; whoever verifies makes the public key of it.
		await (there === undefined
			? written
			: written.catch((error: unknown) =>
					log.warn(
						{ err: error, file, id: fingerprintOf(publicKey) },
						"the public key could not be written beside the signing key: have it made with openssl pkey -pubout, and kept",
					),
				));
		if (((await stat(file)).mode & 0o077) !== 0) {
			log.warn({ file }, "others than its owner may read the signing key");
		}
		return { id: fingerprintOf(publicKey), private: key, public: publicKey };
	} catch (error) {
		if (error instanceof SigningKeyRefused) throw error;
		throw new SigningKeyRefused(
			`The signing key of compliance cannot be had: ${error instanceof Error ? error.message : error}. compliance.signingKey must name a file that this service may read, or make.`,
			{ cause: error },
		);
	}
}

/** The public key that was there proves what was signed by another: it is kept under its fingerprint. */
async function writePublicKey(
	file: string,
	pem: string,
	log: Pick<Logger, "warn">,
): Promise<void> {
	const beside = publicKeyFile(file);
	const there = await contentOf(beside);
	if (there === pem) return;
	const id = fingerprintOf(createPublicKey(pem));
	if (there !== undefined) {
		const old = oldFingerprint(there);
		const kept = beside.replace(/\.pub\.pem$/, `.${old}.pub.pem`);
		await writeOver(kept, there);
		log.warn(
			{ file, was: old, is: id, kept },
			"the signing key of compliance is another one than before: give verify both public keys, and find out where the old one is",
		);
	}
	await writeOver(beside, pem);
}

function oldFingerprint(pem: string): string {
	try {
		return fingerprintOf(createPublicKey(pem));
	} catch {
		return `unreadable-${randomUUID()}`;
	}
}

function keyIn(file: string, pem: string): KeyObject {
	const key = parsed(pem);
	if (key?.asymmetricKeyType === "ed25519") return key;
	throw new SigningKeyRefused(
		`${file} (compliance.signingKey) holds no Ed25519 private key in PEM: name another file, and where none is, one is made; or make one with "openssl genpkey -algorithm ed25519".`,
	);
}

function parsed(pem: string): KeyObject | undefined {
	try {
		return createPrivateKey(pem);
	} catch {
		return undefined;
	}
}

async function contentOf(file: string): Promise<string | undefined> {
	try {
		return await readFile(file, "utf8");
	} catch (error) {
		if (error instanceof Error && "code" in error && error.code === "ENOENT") {
			return undefined;
		}
		throw error;
	}
}

/** What is in the file then: another process may have made one at the same time. */
async function make(file: string): Promise<string> {
	await mkdir(dirname(file), { recursive: true, mode: 0o700 });
	const { privateKey } = generateKeyPairSync("ed25519");
	const pem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
	const temporary = await writeBeside(file, pem, 0o600);
	try {
		await link(temporary, file);
	} catch (error) {
		const theirs = await contentOf(file);
		if (theirs === undefined) throw error;
		return theirs;
	} finally {
		await rm(temporary, { force: true });
	}
	await flush(dirname(file));
	return pem;
}

async function writeOver(file: string, content: string): Promise<void> {
	await rename(await writeBeside(file, content, 0o644), file);
	await flush(dirname(file));
}

async function writeBeside(
	file: string,
	content: string,
	mode: number,
): Promise<string> {
	const temporary = `${file}.${randomUUID()}`;
	const handle = await open(temporary, "wx", mode);
	try {
		await handle.writeFile(content);
		await handle.sync();
	} finally {
		await handle.close();
	}
	return temporary;
}

/** A new name is safe only when its directory is. */
async function flush(directory: string): Promise<void> {
	const handle = await open(directory, "r");
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}
