/** Signed-in people for tests: the chat client, with everything that it was told kept for looking at. */
import {
	ChatClient,
	type ChatMessage,
	type ChatOptions,
	type NodeAgentOptions,
	nodeAgent,
} from "../../client/index.ts";
import type { ChatNode, Transport } from "./chat-node.ts";
import { until } from "./until.ts";

export const rooms = {
	lobby: "ma-chan://example.com/00000000-0000-4000-8000-000000000001",
	operations: "ma-chan://example.com/00000000-0000-4000-8000-000000000002",
	board: "ma-chan://example.com/00000000-0000-4000-8000-000000000003",
	announcements: "ma-chan://example.com/00000000-0000-4000-8000-000000000004",
} as const;

export interface Person {
	readonly chat: ChatClient;
	readonly messages: ChatMessage[];
	/** `+Bob`, `-Bob`, in the order told. */
	readonly comings: string[];
	/** Resolves when so many messages have come. */
	heard(count: number): Promise<readonly ChatMessage[]>;
}

export async function signIn(
	node: Pick<ChatNode, "server">,
	name: string,
	transport: Transport = "tcp",
	options: Partial<NodeAgentOptions> = {},
	chatOptions: Partial<ChatOptions> = {},
): Promise<Person> {
	const chat = await ChatClient.connect({
		open: nodeAgent({
			server: node.server(transport),
			user: `sip:${name}@example.com`,
			password: `${name}-pw`,
			...options,
		}),
		fillGaps: false,
		reconnect: false,
		...chatOptions,
	});
	const messages: ChatMessage[] = [];
	const comings: string[] = [];
	chat.on("message", (message) => messages.push(message));
	chat.on("joined", ({ person }) => comings.push(`+${person.name}`));
	chat.on("parted", ({ person }) => comings.push(`-${person.name}`));
	return {
		chat,
		messages,
		comings,
		heard: (count) =>
			until(() => messages.length >= count && messages, {
				what: `message ${count} (${messages.length} came)`,
			}),
	};
}
