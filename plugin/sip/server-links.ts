/** All SIP servers that this node is beside: how each does, and what they have in common. */
import type { Socket } from "node:net";
import type { Logger } from "pino";
import type { Life } from "../life-options.ts";
import type { RegistrationState } from "./registration.ts";
import type { RegistrationOptions } from "./registration-options.ts";
import { createRegistrations } from "./registrations.ts";
import {
	createServerLink,
	type Losses,
	type ServerLink,
} from "./server-link.ts";
import type { ServerReport } from "./server-report.ts";
import type { SipServers } from "./sip-servers.ts";
import type { WatchdogState } from "./watchdog.ts";

/** One of them. */
export interface SipServerState {
	/** As they were given: 1, 2 … */
	readonly number: number;
	readonly connected: boolean;
	/** What it has said of itself; undefined before the first connection. */
	readonly report: ServerReport | undefined;
	readonly watchdog: WatchdogState;
}

export interface ServerLinks {
	/** To one at least. */
	connected(): boolean;
	servers(): readonly SipServerState[];
	/** Of all. */
	losses(): Losses;
	registrations(): readonly RegistrationState[];
	/** Of the one that does best. */
	watchdog(): WatchdogState;
	/** Of the first that has said anything. */
	report(): ServerReport | undefined;
	/** Takes back what is registered, within its time, and looks after nothing any more. */
	end(): Promise<void>;
}

export interface ServerLinksNeeds {
	readonly servers: SipServers;
	readonly life: Life;
	readonly registrations: readonly RegistrationOptions[];
	readonly poolUri: string;
	readonly log: Logger;
	/** Ends what was on it, and gives the number of its dialogs. */
	readonly onLost: (socket: Socket) => number;
}

/** The better, the sooner. */
const states = ["answering", "unsteady", "unknown", "silent"] as const;

export function createServerLinks(needs: ServerLinksNeeds): ServerLinks {
	const { each } = needs.servers;
	const registrations = createRegistrations({
		...needs,
		server: needs.servers,
	});
	const links = each.map((server, index): ServerLink => {
		const number = index + 1;
		const log =
			each.length === 1 ? needs.log : needs.log.child({ sipServer: number });
		return createServerLink({ ...needs, number, server, registrations, log });
	});
	const connected = () => links.filter((link) => link.connected());
	return {
		connected: () => connected().length > 0,
		servers: () =>
			links.map((link, index) => ({
				number: index + 1,
				connected: link.connected(),
				report: link.report(),
				watchdog: link.watchdog(),
			})),
		losses: () =>
			links
				.map((link) => link.losses())
				.reduce((all, its) => ({
					connections: all.connections + its.connections,
					dialogs: all.dialogs + its.dialogs,
				})),
		registrations: registrations.states,
		watchdog() {
			const found = connected().map((link) => link.watchdog());
			const best = states.find((state) =>
				found.some((each) => each.state === state),
			);
			return (
				found.find(({ state }) => state === best) ?? {
					state: "unknown",
					answeredMs: undefined,
				}
			);
		},
		report: () => links.map((link) => link.report()).find((each) => each),
		async end() {
			for (const link of links) link.end();
			await registrations.end();
		},
	};
}
