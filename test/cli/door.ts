/** A chat node with the operator's door, and the commands as somebody types them, without a process for each. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { readArguments } from "../../cli/arguments.ts";
import { createCheck } from "../../cli/check/index.ts";
import { Misuse, NotWanted, Unhealthy } from "../../cli/commands/command.ts";
import { commands } from "../../cli/commands/index.ts";
import { createOffline } from "../../cli/offline/evidence.ts";
import { type Ask, connectTo } from "../../cli/socket/client.ts";
import { openOperatorDoor } from "../../cli/socket/server.ts";
import {
	type ChatNode,
	type ChatNodeOptions,
	startChatNode,
} from "../support/chat-node.ts";

export interface Operator {
	readonly node: ChatNode;
	readonly path: string;
	readonly ask: Ask;
	/** What the command prints for people; rejects with what it throws. */
	type(...words: string[]): Promise<string>;
	/** … for scripts. */
	json(...words: string[]): Promise<unknown>;
	close(): Promise<void>;
}

/** Says yes to what it is asked, types `typed-pw` where a password is wanted. */
export async function startOperator(
	options: ChatNodeOptions = {},
): Promise<Operator> {
	const node = await startChatNode(options);
	const directory = mkdtempSync(join(tmpdir(), "persistent-chat-door-"));
	const path = join(directory, "door.sock");
	const door = await openOperatorDoor({
		path,
		rooms: node.chat.rooms,
		compliance: node.chat.compliance,
		pool: node.chat.pool,
		configuration: { service: { node: "node-1" } },
		domain: "example.com",
		uri: "sip:persistentchat@example.com",
		log: pino({ level: "silent" }),
	});
	const ask = connectTo(path, "tester");

	async function run(words: readonly string[]) {
		const called = readArguments(commands, "persistent-chat", words);
		if ("help" in called) return { result: undefined, text: called.help };
		let shown: { result: unknown; text: string } | undefined;
		try {
			await called.command.run(called.given, {
				ask,
				check: createCheck({}),
				offline: createOffline({ config: undefined, environment: {} }),
				show: (result, text) => {
					shown = { result, text: text() };
				},
				progress: () => () => {},
				confirm: async (question) => {
					if (called.yes) return;
					throw question.includes("Floor")
						? new NotWanted(question)
						: new Misuse(question);
				},
				newPassword: async () => "typed-pw",
			});
		} catch (error) {
			// What was shown says it.
			if (!(error instanceof Unhealthy)) throw error;
		}
		if (shown === undefined) throw new Error("nothing was shown");
		return shown;
	}

	return {
		node,
		path,
		ask,
		type: async (...words) => (await run(words)).text,
		json: async (...words) => (await run(words)).result,
		async close() {
			await door.close();
			await node.close();
			rmSync(directory, { recursive: true });
		},
	};
}
