/** The certificate that this door shows, and the one that takes its place when its files have been renewed: nobody starts anew for that. */
import { readFileSync } from "node:fs";
import type { Server as PlainServer } from "node:http";
import { Server as TlsServer } from "node:https";
import { createSecureContext } from "node:tls";
import type { Logger } from "pino";
import { WebRefused, wordsOf } from "./errors.ts";
import { oldestTls, type Tls } from "./server.ts";

/** The paths of PEM files. */
export interface TlsFiles {
	readonly cert: string;
	readonly key: string;
}

/** Throws `WebRefused`. */
export function readTls(files: TlsFiles): Tls {
	try {
		const pair = {
			cert: readFileSync(files.cert),
			key: readFileSync(files.key),
		};
		createSecureContext(pair);
		return pair;
	} catch (cause) {
		throw new WebRefused(
			`HTTPS cannot be served: ${wordsOf(cause)}. Look at web.tls.cert and web.tls.key (PERSISTENT_CHAT_WEB_TLS_CERT, PERSISTENT_CHAT_WEB_TLS_KEY): PEM files that belong together.`,
			{ cause },
		);
	}
}

/** Until the answer is called. What cannot be read, as between the writing of two files, leaves the old one in place. */
export function renewTls(
	server: PlainServer | TlsServer,
	{
		files,
		everyMs,
		log,
	}: {
		readonly files: TlsFiles | undefined;
		readonly everyMs: number;
		readonly log: Logger;
	},
): () => void {
	if (files === undefined || !(server instanceof TlsServer)) return () => {};
	let shown = readTls(files);
	const looking = setInterval(() => {
		try {
			const found = readTls(files);
			if (found.cert.equals(shown.cert) && found.key.equals(shown.key)) return;
			server.setSecureContext({ ...found, minVersion: oldestTls });
			shown = found;
			log.info("the certificate of the web door was renewed");
		} catch (error) {
			log.warn(
				{ err: error },
				"the certificate of the web door cannot be renewed; the old one is shown",
			);
		}
	}, everyMs);
	return () => clearInterval(looking);
}
