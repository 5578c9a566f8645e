/** `persistent-chat` (`npm run admin`): the operator's command, from its command line to its exit status. */
import { refusalText } from "../client/terminal/harmless.ts";
import {
	ConfigurationError,
	operatorSocket,
	readConfiguration,
} from "../configuration/index.ts";
import { type Called, readArguments } from "./arguments.ts";
import { createCheck } from "./check/index.ts";
import {
	type CommandContext,
	Incomplete,
	Misuse,
	NotSafe,
	NotWanted,
	Unhealthy,
	Unsound,
} from "./commands/command.ts";
import { commands } from "./commands/index.ts";
import { createOffline } from "./offline/evidence.ts";
import { progressLine } from "./progress-line.ts";
import { confirm, newPassword, passwordFrom } from "./prompt.ts";
import { connectTo, Refused, Unreachable } from "./socket/client.ts";
import { systemUser } from "./socket/protocol.ts";

const program =
	process.env.npm_lifecycle_event === "admin"
		? "npm run admin --"
		: "persistent-chat";

// Whoever reads our output may stop (`| head`): that is no fault. What cannot be written otherwise is one.
process.stdout.on("error", (error) => {
	if ("code" in error && error.code === "EPIPE") process.exit(0);
	process.stderr.write(
		`The answer could not be written: ${error.message}. What was asked for is done.\n`,
	);
	process.exit(1);
});

const argv = process.argv.slice(2);
try {
	const called = readArguments(commands, program, argv);
	if ("help" in called) {
		process.stdout.write(`${called.help}\n`);
		// Help that nobody asked for is told to scripts too.
		if (!argv.some((each) => each === "--help" || each === "-h")) {
			process.exitCode = 2;
		}
	} else await called.command.run(called.given, contextFor(called));
} catch (error) {
	process.exitCode = explain(error);
}
// Its time is over, though a server that says nothing may still be waited for.
if (argv[0] === "check") process.exit();

function contextFor(called: Called): CommandContext {
	const { SUDO_USER } = process.env;
	return {
		ask: (...asked) =>
			connectTo(socketOf(called), SUDO_USER ?? systemUser())(...asked),
		check: createCheck(process.env),
		offline: createOffline(
			{ config: called.config, environment: process.env },
			SUDO_USER ?? systemUser(),
		),
		show(result, text) {
			const shown = called.json ? JSON.stringify(result) : text();
			if (process.stderr.isTTY) process.stderr.write("\x1b[K");
			process.stdout.write(`${shown}\n`);
		},
		progress: (what) => (done, of) => {
			if (!process.stderr.isTTY) return;
			// The next line to be written, whichever that is, goes over it.
			process.stderr.write(`${progressLine(what, done, of)}\x1b[K\r`);
		},
		async confirm(question) {
			if (!called.yes) await confirm(process.stdin, process.stderr, question);
		},
		newPassword: (file) =>
			file === undefined
				? newPassword(process.stdin, process.stderr)
				: passwordFrom(process.stdin, file),
	};
}

/** Throws `Misuse` for settings with faults, or that give the service no socket. */
function socketOf({ socket, config }: Called): string {
	if (socket !== undefined) return socket;
	try {
		const path = operatorSocket(readConfiguration(config, process.env));
		if (path !== undefined) return path;
	} catch (error) {
		if (!(error instanceof ConfigurationError)) throw error;
		throw new Misuse(
			`The configuration has faults:\n  ${error.faults.join("\n  ")}\n--socket PATH goes without it.`,
			{ cause: error },
		);
	}
	throw new Misuse(
		"The service's settings give it no socket (operator.socket is none).",
	);
}

/** Says what went wrong, as JSON where that was asked for; gives the exit status. */
function explain(error: unknown): number {
	// What has been shown says it all.
	if (error instanceof Unhealthy) return error.status;
	const fault = faultOf(error);
	if (fault === undefined) throw error;
	const { status, reason, message, hint } = fault;
	const text = argv.includes("--json")
		? JSON.stringify({ reason, message })
		: `${error instanceof Refused ? refusalText(message) : message}${hint}`;
	process.stderr.write(`${text}\n`);
	return status;
}

function faultOf(error: unknown) {
	if (!(error instanceof Error)) return undefined;
	const { message } = error;
	const told = (status: number, reason: string, hint = "") => ({
		status,
		reason,
		message,
		hint,
	});
	if (error instanceof Refused) return told(1, error.reason);
	if (error instanceof NotWanted) return told(1, "not-wanted");
	if (error instanceof NotSafe) return told(1, "not-safe");
	if (error instanceof Unsound) return told(1, "unsound");
	if (error instanceof Unreachable) return told(3, "unreachable");
	if (error instanceof Incomplete) return told(4, "incomplete");
	// A file, a socket: nothing of ours.
	if ("syscall" in error) return told(1, "failed");
	if (!(error instanceof Misuse)) return undefined;
	const words = argv.slice(0, 2).filter((word) => /^[a-z]/.test(word));
	// For a monitoring system 2 is a service that has failed, and 3 that nobody knows.
	const status = argv[0] === "check" ? 3 : 2;
	return told(
		status,
		"misuse",
		`\n"${[program, ...words, "--help"].join(" ")}" says more.`,
	);
}
