/** Listening on a Unix domain socket that is one's own: what a killed process left is taken over, what lives is left alone. */
import { mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { connect, type Server } from "node:net";
import { dirname } from "node:path";

/** The socket cannot be had; the message says why, and what would be right. */
export class SocketUnavailable extends Error {
	override readonly name = "SocketUnavailable";
}

const setting =
	"with PERSISTENT_CHAT_OPERATOR_SOCKET (operator.socket)" as const;

/** What the shortest of today's systems has room for, in bytes. */
const maxPathBytes = 103;

/** Only the user who runs this process (and root) can connect. Throws `SocketUnavailable`. */
export async function listen(server: Server, path: string): Promise<void> {
	if (Buffer.byteLength(path) > maxPathBytes) {
		throw new SocketUnavailable(
			`The path of a socket has at most ${maxPathBytes} bytes; ${path} is longer. Give another ${setting}.`,
		);
	}
	try {
		mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
		await bindOrTakeOver(server, path);
	} catch (error) {
		if (error instanceof SocketUnavailable) throw error;
		throw new SocketUnavailable(
			`The socket of the operator's command cannot be made: ${error instanceof Error ? error.message : error}. Give a path in a directory of this user's ${setting}, or none.`,
			{ cause: error },
		);
	}
}

async function bindOrTakeOver(server: Server, path: string): Promise<void> {
	try {
		await bind(server, path);
	} catch (error) {
		if (codeOf(error) !== "EADDRINUSE") throw error;
		if (!statSync(path).isSocket()) throw error;
		if (await answers(path)) throw inUse(path);
		await discard(path);
		try {
			await bind(server, path);
		} catch (later) {
			throw codeOf(later) === "EADDRINUSE" ? inUse(path) : later;
		}
	}
}

function inUse(path: string): SocketUnavailable {
	return new SocketUnavailable(
		`Another process has the socket ${path}. Stop it, or give this one a socket of its own ${setting}.`,
	);
}

/** Removes a dead process's socket, unless another process was quicker and it is that one's by now. */
async function discard(path: string): Promise<void> {
	const aside = `${path}.${process.pid}`;
	try {
		renameSync(path, aside);
	} catch (error) {
		if (codeOf(error) === "ENOENT") return;
		throw error;
	}
	if (await answers(aside)) {
		renameSync(aside, path);
		throw inUse(path);
	}
	rmSync(aside, { force: true });
}

function bind(server: Server, path: string): Promise<void> {
	return new Promise((resolve, reject) => {
		server.once("error", reject);
		// The socket is made within `listen`: from its first moment nobody else can open it.
		const umask = process.umask(0o177);
		try {
			server.listen(path, () => {
				server.off("error", reject);
				resolve();
			});
		} finally {
			process.umask(umask);
		}
	});
}

function answers(path: string): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(path);
		const end = (answer: boolean) => {
			socket.destroy();
			resolve(answer);
		};
		socket.once("connect", () => end(true));
		// Refused: nobody listens. Anything else is not known to be a leftover.
		socket.once("error", (error) => end(codeOf(error) !== "ECONNREFUSED"));
	});
}

function codeOf(error: unknown): unknown {
	return error instanceof Error && "code" in error ? error.code : undefined;
}
