/** `npm run chat`: the terminal chat, from its command line to its exit status. */
import {
	ChatClient,
	ChatRefused,
	nodeAgent,
	type OpenAgent,
	SipRefused,
	SipUnreachable,
} from "../index.ts";
import {
	type Arguments,
	help,
	readArguments,
	UsageError,
} from "./arguments.ts";
import { take } from "./commands/index.ts";
import { enterFollowed } from "./commands/rooms.ts";
import { createConversation } from "./conversation.ts";
import { showHappenings, tellInvitations } from "./happenings.ts";
import { harmlessLine, refusalText } from "./harmless.ts";
import { findRoom } from "./naming.ts";
import { openScreen, type Screen } from "./screen.ts";
import { styleFor } from "./style.ts";

class NoSuchRoom extends Error {
	constructor(name: string, rooms: readonly { readonly name: string }[]) {
		const names = rooms.map((room) => room.name).join(", ");
		super(
			`There is no room "${name}" that you may see. ${names ? `There are: ${names}` : "There is none at all."}`,
		);
	}
}

// Whoever reads our output may stop (`| head`): that is no fault.
process.stdout.on("error", () => process.exit(0));

try {
	const given = readArguments(process.argv.slice(2), process.env);
	if (given) process.exitCode = await run(given);
	else console.log(help);
} catch (error) {
	if (!(error instanceof UsageError)) throw error;
	console.error(`${error.message}\n\n${help}`);
	process.exitCode = 2;
}

async function run(given: Arguments): Promise<number> {
	const open = agentFor(given);
	const screen = openScreen(process.stdin, process.stdout, process.stderr);
	try {
		const chat = await ChatClient.connect({ open });
		try {
			return await converse(given, chat, screen);
		} finally {
			await chat.close();
		}
	} catch (error) {
		screen.complain(harmlessLine(explain(error, given)));
		return 1;
	} finally {
		screen.stop();
		await screen.flush();
	}
}

/** Throws `UsageError` for an address that cannot be one. */
function agentFor({ server, user, password }: Arguments): OpenAgent {
	try {
		return nodeAgent({ server, user, password, answerMs: 5000 });
	} catch (error) {
		if (!(error instanceof TypeError)) throw error;
		throw new UsageError(error.message, { cause: error });
	}
}

/** From the first room to the end of the input; resolves with the exit status. */
async function converse(
	given: Arguments,
	chat: ChatClient,
	screen: Screen,
): Promise<number> {
	const style = styleFor(given.color && process.stdout.isTTY === true);
	let end: () => void = () => undefined;
	const ended = new Promise<void>((resolve) => {
		end = resolve;
	});
	const conversation = createConversation(chat, screen, style, end);
	showHappenings(conversation);
	const room = await findRoom(chat, given.room);
	if (!room) throw new NoSuchRoom(given.room, await chat.rooms());
	if (screen.interactive) await enterFollowed(conversation);
	await conversation.enter(room.uri, given.history);
	if (screen.interactive) await tellInvitations(conversation);
	if (screen.interactive) screen.print("/help lists the commands.");
	let turn = Promise.resolve();
	process.once("SIGINT", end).once("SIGTERM", end);
	screen.start(
		(line) => {
			turn = turn.then(() => take(conversation, line));
		},
		() => {
			// Through a pipe everything is answered first; at a terminal Ctrl-C does not wait.
			if (screen.interactive) end();
			else void turn.then(end);
		},
	);
	await ended;
	return conversation.failed && !screen.interactive ? 1 : 0;
}

/** What went wrong at the start, and what to do about it. */
function explain(error: unknown, given: Arguments): string {
	if (error instanceof SipUnreachable) {
		const where = error.message.includes(given.server)
			? ""
			: ` from ${given.server}`;
		return `Not connected: ${error.message}${where}. Start the server with "npm start", or name another one with --server.`;
	}
	if (error instanceof SipRefused && [401, 403, 407].includes(error.status)) {
		return `The password for ${given.user} is wrong, or there is no such user (${error.message}). Give it with --password or in CHAT_PASSWORD; the demo's are <name>-pw, for alice, bob, carol and dave.`;
	}
	if (error instanceof ChatRefused) return refusalText(error.text);
	if (error instanceof TypeError) return error.message;
	return error instanceof Error ? error.message : String(error);
}
