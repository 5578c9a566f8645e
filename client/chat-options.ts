/** What `ChatClient.connect` takes. */
import type { BackOff } from "./back-off.ts";
import type { ExchangeLimits } from "./exchange.ts";
import type { OpenAgent } from "./sip-agent.ts";

export interface ChatOptions {
	/** How to reach SIP: `nodeAgent({…})` in Node. */
	readonly open: OpenAgent;
	/** Register before anything else. Default true. */
	readonly register?: boolean;
	/** Ask the SIP server where the chat service is. Default true; `poolUri` makes it needless. */
	readonly provisioning?: boolean;
	/** The address of the chat service. Default: as provisioned, else `sip:persistentchat@<the user's domain>`. */
	readonly poolUri?: string;
	/** Pauses between attempts to come back; false: stay disconnected. */
	readonly reconnect?: BackOff | false;
	/**
	 * Tell on `message` what was posted while disconnected. Default true; it costs one more command for each join, which
	 * a load generator may want to save.
	 */
	readonly fillGaps?: boolean;
	/** Enter the rooms that one follows at sign-in. Default false. */
	readonly followRooms?: boolean;
	readonly limits?: Partial<ExchangeLimits>;
}
