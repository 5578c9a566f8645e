/** A request at the operator's socket → which operation, and its parameters. */
import type { IncomingMessage } from "node:http";
import type { z } from "zod";
import { ChatError } from "../../plugin/errors.ts";
import { faultText } from "../../plugin/faults.ts";
import { operations } from "../operations/index.ts";
import type { Operation } from "../operations/operation.ts";
import { maxBodyBytes, protocolVersion, versionHeader } from "./protocol.ts";

const maxRefusedBytes = 20 * maxBodyBytes;

export type AnyOperation = Operation<
	(typeof operations)[keyof typeof operations]["parameters"],
	unknown
>;

/** Throws `unknown-command`, `malformed`. */
export function operationOf({
	method,
	url = "",
	headers,
}: IncomingMessage): AnyOperation {
	const version = headers[versionHeader];
	if (version !== undefined && version !== protocolVersion) {
		throw new ChatError(
			"unknown-command",
			"The service that runs is of another version than this command: start it anew, or use the command that came with it.",
		);
	}
	const name = url.slice(1);
	if (!Object.hasOwn(operations, name)) {
		throw new ChatError(
			"unknown-command",
			`The service that runs knows no operation "${name.slice(0, 80)}": it is of another version than this command.`,
		);
	}
	if (method !== "POST") {
		throw new ChatError("malformed", "An operation is asked for with POST.");
	}
	return operations[name as keyof typeof operations] as AnyOperation;
}

/** Throws `malformed`, `too-large`. */
export async function parametersOf(
	{ parameters }: AnyOperation,
	request: IncomingMessage,
) {
	const checked = parameters.safeParse(parse(await bodyOf(request)));
	if (checked.success) return checked.data;
	const faults = checked.error.issues.slice(0, 10).map(sentenceOf);
	throw new ChatError("malformed", faults.join(" "));
}

function sentenceOf(issue: z.core.$ZodIssue): string {
	const { path, code } = issue;
	const isWhole = path.length === 0 && code !== "unrecognized_keys";
	const what = isWhole ? "What is asked for" : nameOf(path);
	return `${what} ${faultText(issue)}.`.trimStart();
}

/** `"members.add"`, or the fourth entry of it. */
function nameOf(path: readonly PropertyKey[]): string {
	const last = path.at(-1);
	if (last === undefined) return "";
	if (typeof last !== "number") return `"${path.join(".")}"`;
	return `Entry ${last + 1} of "${path.slice(0, -1).join(".")}"`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	let bytes = 0;
	try {
		for await (const chunk of request) {
			bytes += chunk.length;
			if (bytes <= maxBodyBytes) chunks.push(chunk);
			// Read on for a while: who is still sending would not hear why he is refused.
			else if (bytes > maxRefusedBytes) break;
		}
	} catch (error) {
		throw new ChatError("malformed", "The request broke off.", {
			cause: error,
		});
	}
	if (bytes > maxBodyBytes) {
		throw new ChatError(
			"too-large",
			`An operation takes at most ${maxBodyBytes} bytes of parameters; do it in several.`,
		);
	}
	return Buffer.concat(chunks).toString("utf8");
}

function parse(body: string): unknown {
	try {
		return JSON.parse(body);
	} catch (error) {
		throw new ChatError("malformed", "The parameters must be a JSON object.", {
			cause: error,
		});
	}
}
