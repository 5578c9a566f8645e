/** As whom the service is checked: from a file that only its owner reads, or from the environment; never from the command line. */
import { readFileSync, statSync } from "node:fs";
import { Misuse } from "../commands/command.ts";
import type { CheckedUser } from "./transaction.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const inEnvironment = [
	["CHAT_CHECK_USER", "CHAT_CHECK_PASSWORD"],
	["CHAT_CHECK_OTHER", "CHAT_CHECK_OTHER_PASSWORD"],
] as const;

/** `file`: two lines, each a user and his password, with a blank between. Throws `Misuse`. */
export function checkedUsers(
	file: string | undefined,
	environment: Environment,
): readonly [CheckedUser, CheckedUser] {
	const [one, other] =
		file === undefined ? fromEnvironment(environment) : fromFile(file);
	if (one === undefined || other === undefined) {
		throw new Misuse(
			"Two users are checked: --credentials FILE with a line each, like sip:check-1@example.com PASSWORD; or CHAT_CHECK_USER, CHAT_CHECK_PASSWORD, CHAT_CHECK_OTHER and CHAT_CHECK_OTHER_PASSWORD in the environment.",
		);
	}
	for (const { uri } of [one, other]) {
		if (/^sips?:[^@\s<>]+@[^@\s<>;]+$/i.test(uri)) continue;
		throw new Misuse(`"${uri}" is no user: write sip:check-1@example.com.`);
	}
	return [one, other];
}

function fromEnvironment(environment: Environment): readonly CheckedUser[] {
	return inEnvironment.flatMap(([user, secret]) => {
		const uri = environment[user];
		const password = environment[secret];
		return uri === undefined || password === undefined
			? []
			: [{ uri, password }];
	});
}

function fromFile(file: string): readonly CheckedUser[] {
	const text = contentOf(file);
	return text
		.split(/\r?\n/)
		.filter((line) => line.trim() !== "" && !line.startsWith("#"))
		.map((line) => {
			// The rest of the line is the password, blanks in it and after it too.
			const [, uri = "", password = ""] = /^\s*(\S+)\s+(.*)$/.exec(line) ?? [
				"",
				line.trim(),
			];
			return { uri, password };
		});
}

const othersMayRead = 0o077;

function contentOf(file: string): string {
	try {
		if ((statSync(file).mode & othersMayRead) !== 0) {
			throw new Misuse(
				`${file} can be read by others than its owner: chmod 600 ${file}.`,
			);
		}
		return readFileSync(file, "utf8");
	} catch (error) {
		if (error instanceof Misuse) throw error;
		throw new Misuse(
			`The credentials cannot be read: ${error instanceof Error ? error.message : error}.`,
			{ cause: error },
		);
	}
}
