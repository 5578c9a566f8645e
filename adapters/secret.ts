/** Secrets of adapters: they stand in the environment or in a file, never in the configuration. */
import { readFileSync } from "node:fs";
import { z } from "zod";

/** `env:NAME` or `file:/path`. */
export const secretSource = z
	.string("must be env:NAME or file:/path")
	.regex(/^(env:[A-Za-z_]\w*|file:.+)$/, "must be env:NAME or file:/path");

/** A line end behind what is in a file is not part of it. Throws an `Error` that names the source, never the secret. */
export function readSecret(source: string, leastCharacters: number): string {
	const secret = source.startsWith("env:")
		? fromEnvironment(source.slice("env:".length))
		: fromFile(source.slice("file:".length));
	if (secret.length >= leastCharacters) return secret;
	throw new Error(
		`The secret ${source} must have ${leastCharacters} characters or more.`,
	);
}

function fromEnvironment(name: string): string {
	const secret = process.env[name];
	if (secret !== undefined) return secret;
	throw new Error(`The environment variable ${name} must hold the secret.`);
}

function fromFile(path: string): string {
	try {
		return readFileSync(path, "utf8").replace(/\r?\n$/, "");
	} catch (cause) {
		throw new Error(`The file ${path} must hold the secret, and be readable.`, {
			cause,
		});
	}
}
