/** The command's side of the operator's socket. */
import { type IncomingMessage, request } from "node:http";
import type {
	OperationName,
	ParametersOf,
	ResultOf,
} from "../operations/index.ts";
import {
	lineSchema,
	operatorHeader,
	protocolVersion,
	versionHeader,
} from "./protocol.ts";

/** The service said no, and why. */
export class Refused extends Error {
	override readonly name = "Refused";
	readonly reason: string;

	constructor(reason: string, message: string) {
		super(message);
		this.reason = reason;
	}
}

/** Nobody answers at the socket, or not to the end; the message says what to do. */
export class Unreachable extends Error {
	override readonly name = "Unreachable";
}

/** Asks for one operation. Throws `Refused`, `Unreachable`. */
export type Ask = <Name extends OperationName>(
	name: Name,
	parameters: ParametersOf<Name>,
	progress?: (done: number) => void,
) => Promise<ResultOf<Name>>;

/** `operator`: the name of the operating-system user. */
export function connectTo(path: string, operator: string): Ask {
	return async (name, parameters, progress) => {
		const body = JSON.stringify(parameters);
		const answer = await post(path, operator, name, body);
		const version = answer.headers[versionHeader];
		if (version !== protocolVersion) {
			answer.destroy();
			throw otherVersion(version !== undefined);
		}
		try {
			for await (const text of linesOf(answer)) {
				const line = lineSchema.parse(JSON.parse(text));
				if ("progress" in line) progress?.(line.progress);
				else if ("result" in line) {
					return line.result as ResultOf<typeof name>;
				} else throw new Refused(line.refusal.reason, line.refusal.message);
			}
		} catch (error) {
			if (error instanceof Refused) throw error;
			throw cutOff(path, error);
		}
		throw cutOff(path);
	};
}

/** One that knows of versions has refused what it was asked. */
function otherVersion(refused: boolean): Refused {
	const outcome = refused
		? "Nothing was done."
		: "Look whether it has done what was asked.";
	return new Refused(
		"unknown-command",
		`The service that runs is of another version than this command: start it anew, or use the command that came with it. ${outcome}`,
	);
}

function post(
	path: string,
	operator: string,
	name: string,
	body: string,
): Promise<IncomingMessage> {
	return new Promise((resolve, reject) => {
		const asking = request({
			socketPath: path,
			method: "POST",
			path: `/${name}`,
			headers: {
				"Content-Type": "application/json",
				"Content-Length": Buffer.byteLength(body),
				[operatorHeader]: operator,
				[versionHeader]: protocolVersion,
			},
		});
		asking.once("error", (error) => reject(unreachable(path, error)));
		asking.once("response", resolve);
		asking.end(body);
	});
}

async function* linesOf(answer: IncomingMessage): AsyncIterable<string> {
	answer.setEncoding("utf8");
	let rest = "";
	for await (const part of answer) {
		const lines = (rest + part).split("\n");
		rest = lines.pop() ?? "";
		yield* lines;
	}
}

function unreachable(path: string, error: Error): Unreachable {
	const code = "code" in error ? error.code : undefined;
	if (code === "EACCES" || code === "EPERM") {
		return new Unreachable(
			`Only the user who runs the service may use ${path}: become that user (sudo -u …), or root.`,
			{ cause: error },
		);
	}
	if (code === "ENOENT" || code === "ECONNREFUSED") {
		return new Unreachable(
			`No service answers at ${path}. Start it with "npm start", in this directory; if it runs elsewhere or with other settings, say where its socket is with --socket PATH, or which settings it has with --config FILE.`,
			{ cause: error },
		);
	}
	return cutOff(path, error);
}

function cutOff(path: string, cause?: unknown): Unreachable {
	return new Unreachable(
		`The service at ${path} went away before it answered: look whether it has done what was asked.`,
		{ cause },
	);
}
