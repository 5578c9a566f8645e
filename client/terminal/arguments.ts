/** The command line of the terminal chat. */
import { type FlagValue, readFlags, WrongFlags } from "./flags.ts";

export const help = `npm run chat -- --as NAME [--room ROOM] [options]

Chat in a terminal. What you type is posted when you press Enter; /help lists the commands.

  --as NAME|sip:URI   who you are: a name of the domain, or a whole address (required)
  --room ROOM         the room to join, by name or id (default: Lobby)
  --password WORD     default: the environment variable CHAT_PASSWORD, else the demo's: NAME-pw
  --server ADDRESS    sip:HOST:PORT;transport=tcp (or tls, udp), or ws://HOST:PORT; default: the
                      environment variable CHAT_SERVER, else sip:127.0.0.1:5060;transport=tcp
  --domain DOMAIN     the SIP domain of a plain NAME (default: example.com)
  --history N         how many of the last messages to show (default: 25; 0 for none)
  --no-color          no colours; so does the environment variable NO_COLOR
  --help              this text

Lines from a pipe are posted one after another; at the end of the input it leaves.
Exit status: 0 all well, 1 something was refused or nobody answered, 2 wrong arguments.`;

export interface Arguments {
	/** `sip:alice@example.com`. */
	readonly user: string;
	readonly password: string;
	readonly server: string;
	readonly room: string;
	readonly history: number;
	readonly color: boolean;
}

/** What was wrong with the command line, in words for the person who typed it. */
export class UsageError extends Error {
	override readonly name = "UsageError";
}

/** `undefined` when help was asked for. Throws `UsageError`. */
export function readArguments(
	args: readonly string[],
	environment: Readonly<Record<string, string | undefined>>,
): Arguments | undefined {
	const values = parse(args);
	if (values.help) return undefined;
	if (!values.as)
		throw new UsageError("--as says who you are, e.g. --as alice");
	const user = userUri(values.as, values.domain ?? "example.com");
	const name = user.slice(user.indexOf(":") + 1, user.indexOf("@"));
	const history = Number(values.history ?? 25);
	if (!Number.isInteger(history) || history < 0) {
		throw new UsageError("--history is a number of messages, e.g. 25");
	}
	return {
		user,
		password: values.password ?? environment.CHAT_PASSWORD ?? `${name}-pw`,
		server:
			values.server ??
			environment.CHAT_SERVER ??
			"sip:127.0.0.1:5060;transport=tcp",
		room: values.room ?? "Lobby",
		history,
		color: !values.noColor && !environment.NO_COLOR,
	};
}

const flags = {
	as: { value: "NAME" },
	room: { value: "ROOM" },
	password: { value: "WORD" },
	server: { value: "ADDRESS" },
	domain: { value: "DOMAIN" },
	history: { value: "N" },
	"no-color": {},
	help: {},
} as const;

function parse(args: readonly string[]) {
	try {
		const { values, positionals } = readFlags(args, flags);
		const [extra] = positionals;
		if (extra === undefined) return textsOf(values);
		throw new WrongFlags(
			`"${extra}" is too much: who you are is said by --as, and a name with blanks is put in quotes.`,
		);
	} catch (error) {
		if (!(error instanceof WrongFlags)) throw error;
		throw new UsageError(error.message, { cause: error });
	}
}

function textsOf(values: Readonly<Record<string, FlagValue | undefined>>) {
	const text = (flag: keyof typeof flags) => {
		const value = values[flag];
		return typeof value === "string" ? value : undefined;
	};
	return {
		as: text("as"),
		room: text("room"),
		password: text("password"),
		server: text("server"),
		domain: text("domain"),
		history: text("history"),
		noColor: values["no-color"] === true,
		help: values.help === true,
	};
}

function userUri(as: string, domain: string): string {
	const uri = /^sips?:/i.test(as)
		? as
		: `sip:${as.includes("@") ? as : `${as}@${domain}`}`;
	if (!/^sips?:[^@\s<>]+@[^@\s<>;]+$/i.test(uri)) {
		throw new UsageError(
			`"${as}" is no user: write a name such as alice, or sip:alice@example.com`,
		);
	}
	return uri;
}
