/** The library without the SIP agent for Node: what a browser loads, and gives an agent of its own. */
export { type BackOff, defaultBackOff } from "./back-off.ts";
export { ChatClient, type ChatOptions } from "./chat-client.ts";
export { ChatDisconnected, ChatRefused, ChatTimeout } from "./errors.ts";
export { defaultExchangeLimits, type ExchangeLimits } from "./exchange.ts";
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
