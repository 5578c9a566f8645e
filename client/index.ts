/**
 * An XCCOS chat client.
 *
 *     const chat = await ChatClient.connect({
 *       open: nodeAgent({ server: "sip:127.0.0.1:5060;transport=tcp", user: "sip:alice@example.com", password: "alice-pw" }),
 *     });
 *     chat.on("message", ({ author, text }) => console.log(author.name, text));
 *     const lobby = await chat.roomNamed("Lobby");
 *     if (lobby) {
 *       await chat.join(lobby.uri);
 *       await chat.post(lobby.uri, "hello");
 *     }
 *     await chat.close();
 */
export { type BackOff, defaultBackOff } from "./back-off.ts";
export { ChatClient, type ChatOptions } from "./chat-client.ts";
export { ChatDisconnected, ChatRefused, ChatTimeout } from "./errors.ts";
export { defaultExchangeLimits, type ExchangeLimits } from "./exchange.ts";
export { type NodeAgentOptions, nodeAgent } from "./node-agent.ts";
export {
	type AgentEvents,
	type DialogEnd,
	type DialogEvents,
	type OpenAgent,
	type SipAgent,
	type SipAnswer,
	type SipDialog,
	SipRefused,
	SipUnreachable,
	type SubscribeRequest,
} from "./sip-agent.ts";
export type {
	ChatEvents,
	ChatMessage,
	Invitation,
	Person,
	PostReceipt,
	Preference,
	Room,
	RoomInfo,
	ServiceInfo,
} from "./types.ts";
