/** Why the service did not start, in words for the operator. */
import { SocketUnavailable } from "./cli/socket/listen.ts";
import type { Configuration } from "./configuration/index.ts";
import { DatabaseInUse } from "./lock-file.ts";
import {
	AdapterRefused,
	ChatError,
	SchemaTooNew,
	SigningKeyRefused,
} from "./plugin/index.ts";
import { WebRefused } from "./web/index.ts";

/** What is wrong at the start, and known to be no fault of this program. */
export class StartError extends Error {}

/** For the operator: what is wrong and what would be right; undefined for what is not known to be the operator's. */
export function explainStart(
	error: unknown,
	{ database, edge }: Configuration,
): string | undefined {
	if (
		error instanceof StartError ||
		error instanceof DatabaseInUse ||
		error instanceof AdapterRefused ||
		error instanceof SchemaTooNew ||
		error instanceof SigningKeyRefused ||
		error instanceof SocketUnavailable ||
		error instanceof WebRefused
	) {
		return error.message;
	}
	const sqlite = database.client === "sqlite";
	const setting = sqlite
		? `database.file (PERSISTENT_CHAT_DATABASE_FILE), which is ${database.file}`
		: "database.url (PERSISTENT_CHAT_DATABASE_URL)";
	if (error instanceof ChatError && error.reason === "unavailable") {
		return `The database cannot be had: ${causeOf(error)}. Look at ${setting}.`;
	}
	if (!(error instanceof Error && "code" in error)) return undefined;
	if (sqlite && "path" in error) {
		return `The database cannot be had: ${error.message}. Look at ${setting}.`;
	}
	switch (error.code) {
		case "EADDRINUSE":
			return `${error.message}. Another program has that port. If it is this one, stop it; else choose other ports with PERSISTENT_CHAT_EDGE_SIP_PORT, PERSISTENT_CHAT_EDGE_WS_PORT and PERSISTENT_CHAT_EDGE_CONTROL_PORT. A second service beside the first also needs a database of its own: PERSISTENT_CHAT_DATABASE_FILE.`;
		case "EACCES":
			return `${error.message}. Ports below 1024 need more rights: choose others with PERSISTENT_CHAT_EDGE_SIP_PORT and PERSISTENT_CHAT_EDGE_WS_PORT.`;
		case "EADDRNOTAVAIL":
		case "ENOTFOUND":
		case "EAI_AGAIN":
			return `${error.message}. Look at edge.host (PERSISTENT_CHAT_EDGE_HOST), which is ${edge.host}: it must be an address of this machine.`;
		default:
			return undefined;
	}
}

/** The innermost cause in its own words; some drivers give only a code. */
function causeOf(error: Error): string {
	let inner = error;
	while (inner.cause instanceof Error) inner = inner.cause;
	if (inner.message !== "") return inner.message.replace(/\.$/, "");
	return "code" in inner ? String(inner.code) : inner.name;
}
