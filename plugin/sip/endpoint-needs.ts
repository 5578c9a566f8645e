/** What the chat service's side of SIP needs: its addresses and settings, and the parts that it stands on. */
import type { Logger } from "pino";
import type { Dispatcher } from "../commands/dispatch.ts";
import type { Life } from "../life-options.ts";
import type { Load } from "../load/index.ts";
import type { RoomEvent } from "../rooms/events.ts";
import type { Directory, PhoneRooms, Rooms } from "../rooms/index.ts";
import type { Sessions } from "../sessions/index.ts";
import type { Traffic } from "../traffic.ts";
import type { TurnedAway } from "../turned-away.ts";
import type { DialogGuard } from "./dialog-guard.ts";
import type { Identity } from "./identity.ts";
import type { LinkAskingNeeds } from "./link-asking.ts";
import type { Peers } from "./peers.ts";
import type { Tickets } from "./proof.ts";
import type { Registrar } from "./registrar.ts";
import type { RegistrationOptions } from "./registration-options.ts";
import type { RelayedSources } from "./relayed.ts";
import type { SipServers } from "./sip-servers.ts";

/** The addresses and settings that SIP needs to know. */
export interface ServiceAddresses {
	readonly poolUri: string;
	readonly channelUri: string;
	/** User parts of further addresses of the pool. */
	readonly aliases: readonly string[];
	readonly roomManagementUrl?: string | undefined;
	readonly sessionExpiresSeconds: number;
	readonly sessionsPerUser: number;
	/** The SIP domain of rooms and users. */
	readonly domain: string;
	/** With more people in it than this a room lists nobody. */
	readonly roster: number;
	readonly phones: {
		/** By which MESSAGEs go out. */
		readonly proxy?: string | undefined;
		/** Who subscribes to who is in a room is told no more often. */
		readonly rosterEveryMs: number;
	};
	readonly life: Life;
	readonly registrations: readonly RegistrationOptions[];
}

export interface EndpointNeeds {
	readonly server: SipServers;
	readonly identity: Identity;
	readonly guard: DialogGuard;
	readonly peers: Peers;
	readonly registrar: Registrar | undefined;
	readonly tickets: Pick<Tickets, "living">;
	readonly sessions: Sessions;
	readonly rooms: Rooms;
	readonly phoneRooms: PhoneRooms;
	readonly directory: Pick<Directory, "enabled">;
	readonly events: {
		subscribe(listener: (event: RoomEvent) => void): () => void;
	};
	readonly dispatcher: Dispatcher;
	readonly signInLink: LinkAskingNeeds["signInLink"];
	/** Is no new dialog to be taken, while those that there are go on? */
	readonly drained: () => boolean;
	readonly turnedAway: Pick<TurnedAway, "refused">;
	readonly load: Pick<Load, "refuses">;
	readonly traffic: Pick<Traffic, "note">;
	readonly relayed: Pick<
		RelayedSources,
		"connectionOf" | "sourceOf" | "onLeft"
	>;
	readonly log: Logger;
	readonly service: ServiceAddresses;
}
