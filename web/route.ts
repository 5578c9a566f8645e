/**
 * What a route file is: a function that puts its routes on the server. Whoever says nothing of it demands sign-in, and for
 * everything but GET and HEAD a request of our own pages: `config: { access: "everybody" }` is said by the few that do not.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type {
	FastifyBaseLogger,
	FastifyInstance,
	FastifyTypeProvider,
	RawServerDefault,
} from "fastify";
import type { Logger } from "pino";
import type { z } from "zod";
import type {
	Accounts,
	Actor,
	Condition,
	PersistentChat,
	Rooms,
	TokenRedemption,
	WebSession,
} from "../plugin/index.ts";
import type { Streams } from "./events/streams.ts";
import type { Measures } from "./measures.ts";
import type { Operations } from "./operations/index.ts";
import type { WebSettings } from "./options.ts";
import type { WebSessions } from "./sessions.ts";
import type { SipAddress } from "./sip/address.ts";

declare module "fastify" {
	interface FastifyContextConfig {
		/** Default `signed-in`. `everybody`: no cookie is looked at, so `actor` and `webSession` are not to be had. */
		readonly access?: "signed-in" | "everybody";
		/** The body may take its time: an upload. The route bounds it itself. */
		readonly slowBody?: boolean;
		/**
		 * `refused`: with 503 while this node has too much to do for commands. Default: what demands sign-in is, what is for everybody
		 * is not.
		 */
		readonly underLoad?: "refused" | "served";
	}
	interface FastifyRequest {
		/** Who is signed in, as his rooms take him. Throws `not-signed-in` on a route for everybody. */
		readonly actor: Actor;
		/** Likewise. */
		readonly webSession: WebSession;
	}
}

/** Schemas of routes are zod's; what they yield is what the handler gets. */
export interface ZodTypes extends FastifyTypeProvider {
	validator: this["schema"] extends z.ZodType
		? z.output<this["schema"]>
		: unknown;
	serializer: this["schema"] extends z.ZodType
		? z.input<this["schema"]>
		: unknown;
}

export type WebServer = FastifyInstance<
	RawServerDefault,
	IncomingMessage,
	ServerResponse,
	FastifyBaseLogger,
	ZodTypes
>;

/** What routes stand on. */
export interface WebWork {
	readonly rooms: Rooms;
	readonly accounts: Accounts;
	readonly condition: Condition;
	readonly tokens: TokenRedemption;
	/** Undefined where nothing is recorded. */
	readonly compliance: PersistentChat["compliance"];
	readonly sipTickets: PersistentChat["sipTickets"];
	readonly signInLinks: PersistentChat["signInLinks"];
	readonly watching: PersistentChat["watching"];
	readonly load: PersistentChat["load"];
	readonly relayed: PersistentChat["relayed"];
	readonly sessions: WebSessions;
	readonly streams: Streams;
	/** `ws://…`: to which this door relays browsers' SIP; undefined when it does not. */
	readonly sipServerUrl: string | undefined;
	readonly operations: Operations;
	readonly measures: Measures;
	readonly sipAddress: SipAddress;
	readonly settings: WebSettings;
	/** Is the site reached by HTTPS? */
	readonly secure: boolean;
	/** How people reach this site, without a slash at its end; undefined where nobody has said it. Known when it is open. */
	siteAddress(): string | undefined;
	/** The SIP domain. */
	readonly domain: string;
	/** Of an uploaded file, at most. */
	readonly fileBytes: number;
	/** How long nothing of an upload may come. */
	readonly pieceMs: number;
	/** How often it is asked whether somebody is still signed in. */
	readonly stillSignedInMs: number;
	readonly log: Logger;
	readonly now: () => Date;
}

export type Routes = (server: WebServer, work: WebWork) => Promise<void> | void;
