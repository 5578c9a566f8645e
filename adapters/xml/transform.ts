/**
 * Puts a document through an XSLT 1.0 stylesheet, with xsltproc as a process of its own that opens no connection, writes no
 * file and ends in time. What it prints is not passed on: a stylesheet's messages may quote what people wrote.
 */
import { spawn } from "node:child_process";

export interface Transformation {
	/** Path of the stylesheet. */
	readonly stylesheet: string;
	readonly timeoutMs: number;
	/** A result that is larger is none; 512 MiB unless said. */
	readonly resultBytes?: number;
}

const mostResultBytes = 512 * 1024 * 1024;

/** What xsltproc says by its exit status, as its manual page lists it. */
const statuses: Readonly<Record<number, string>> = {
	4: "it cannot read the stylesheet",
	5: "the stylesheet has a fault",
	6: "the document has a fault",
	7: "it does not know the output method",
	8: "it was told the arguments wrongly",
	9: "no result could be made; a stylesheet may not write files of its own",
	10: "the stylesheet ended it with a message",
	11: "it could not write the result",
};

/** The result, encoded as the stylesheet says. Rejects with a sentence when there is none. */
export async function transform(
	document: string,
	{ stylesheet, timeoutMs, resultBytes = mostResultBytes }: Transformation,
	signal?: AbortSignal,
): Promise<Buffer> {
	signal?.throwIfAborted();
	const child = spawn(
		"xsltproc",
		["--nonet", "--nowrite", "--novalid", stylesheet, "-"],
		{ stdio: ["pipe", "pipe", "ignore"] },
	);
	let fault: Error | undefined;
	const stop = (why: Error) => {
		fault ??= why;
		child.kill("SIGKILL");
	};
	const timer = setTimeout(
		() => stop(failure(stylesheet, `it took longer than ${timeoutMs} ms`)),
		timeoutMs,
	);
	const abort = () => stop(new Error("Aborted.", { cause: signal?.reason }));
	signal?.addEventListener("abort", abort, { once: true });
	const result: Buffer[] = [];
	let bytes = 0;
	child.stdout.on("data", (chunk: Buffer) => {
		result.push(chunk);
		bytes += chunk.length;
		if (bytes > resultBytes) {
			stop(failure(stylesheet, `its result is above ${resultBytes} bytes`));
		}
	});
	// It may end without having read all; its exit status says why.
	child.stdin.on("error", () => undefined);
	child.stdin.end(document);
	try {
		const status = await ended(child);
		if (fault !== undefined) throw fault;
		if (status !== 0) {
			throw failure(
				stylesheet,
				statuses[status ?? -1] ?? `xsltproc ended with status ${status}`,
			);
		}
		return Buffer.concat(result);
	} finally {
		clearTimeout(timer);
		signal?.removeEventListener("abort", abort);
	}
}

function failure(stylesheet: string, why: string): Error {
	return new Error(
		`The stylesheet ${stylesheet} cannot be applied: ${why}. Try it by hand with xsltproc --nonet --nowrite.`,
	);
}

function ended(child: ReturnType<typeof spawn>): Promise<number | null> {
	return new Promise((resolve, reject) => {
		child.once("error", (cause: NodeJS.ErrnoException) => {
			reject(
				cause.code === "ENOENT"
					? new Error(
							"customConfiguration needs the program xsltproc, which is not there. Install it (Debian: apt-get install xsltproc), or leave customConfiguration out.",
							{ cause },
						)
					: cause,
			);
		});
		child.once("close", resolve);
	});
}
