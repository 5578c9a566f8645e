/** The library without the SIP agent for Node: what a browser loads, and gives an agent of its own. */
export { type BackOff, defaultBackOff } from "./back-off.ts";
export { ChatClient } from "./chat-client.ts";
export type { ChatOptions } from "./chat-options.ts";
export { ChatDisconnected, ChatRefused, ChatTimeout } from "./errors.ts";
export { defaultExchangeLimits, type ExchangeLimits } from "./exchange.ts";
export type { RoomAdministration } from "./room-administration.ts";
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
	CategoryInfo,
	ChatEvents,
	ChatMessage,
	FollowedRoom,
	Found,
	FoundMessages,
	Invitation,
	MessageSearch,
	MessagesBeside,
	NumberRun,
	Person,
	PostReceipt,
	Preference,
	Principal,
	RoleLists,
	Room,
	RoomDetails,
	RoomFields,
	RoomInfo,
	ServiceInfo,
	WebLink,
} from "./types.ts";
