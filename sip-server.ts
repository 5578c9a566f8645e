/** The connection to the SIP server, and what is answered there to requests that nobody takes. */
import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type Srf from "drachtio-srf";
import type { Logger } from "pino";
import type { PersistentChat } from "./plugin/index.ts";
import { StartError } from "./start-fault.ts";

/** Where a SIP server listens for applications. */
export interface SipServerAddress {
	readonly host: string | undefined;
	readonly port: number;
	readonly secret: string;
}

type Condition = Pick<PersistentChat["condition"], "sipServers">;

/** When one is there, the others are waited for no longer. */
const othersMs = 1_000;

/** Resolves when one of them is connected; the others are tried on. Throws as below. */
export async function connectSipServers(
	all: readonly { readonly srf: Srf; readonly address: SipServerAddress }[],
	{ sipServers }: Condition,
	log: Logger,
): Promise<void> {
	const connecting = all.map(({ srf, address }, index) =>
		connectSipServer(
			srf,
			address,
			() => sipServers()[index]?.report?.refusal,
			log,
		),
	);
	await Promise.race(connecting);
	const patience = pause(othersMs, undefined, { ref: false });
	await Promise.race([Promise.all(connecting), patience]);
}

/**
 * Resolves with the first connection; later ones are made again by the library, with back-off. Throws `StartError` when the secret is
 * refused, or the server is one that cannot be used.
 */
function connectSipServer(
	srf: Srf,
	address: SipServerAddress,
	refusal: () => string | undefined,
	log: Logger,
): Promise<void> {
	const { secret, ...where } = address;
	let unreachable = false;
	return new Promise((resolve, reject) => {
		srf.on("error", (error) => {
			const level = unreachable ? "debug" : "warn";
			unreachable = true;
			log[level]({ err: error, ...where }, "SIP server not reachable");
		});
		srf.on("connect", (error, hostports) => {
			if (error) {
				log.error(where, "the SIP server refuses the secret");
				reject(
					new StartError(
						"The SIP server refuses the secret of drachtio.secret (PERSISTENT_CHAT_DRACHTIO_SECRET).",
					),
				);
				return;
			}
			unreachable = false;
			log.info({ ...where, hostports }, "connected to the SIP server");
			const refused = refusal();
			if (refused === undefined) resolve();
			else reject(new StartError(refused));
		});
		const options = {
			...address,
			enablePing: true,
			pingInterval: 15_000,
			reconnect: { retryMaxDelay: 5_000 },
		};
		srf.connect(options as Parameters<Srf["connect"]>[0]);
	});
}

/** The library's own way asserts that there is a connection, and without one goes on connecting for ever. */
export function disconnectSipServer(srf: Srf): void {
	const { client } = (srf as unknown as Connecting).app;
	if (client === undefined) return;
	const { wp, mapServer } = client;
	wp.closing = true;
	clearTimeout(wp.reconnectVars.retryTimer ?? undefined);
	if (wp.socket?.connecting) wp.socket.destroy();
	for (const socket of [...mapServer.keys()]) wp.disconnect(socket);
}

/** What of the library's connection is needed to end it. */
interface Connecting {
	readonly app: {
		readonly client?: {
			readonly mapServer: ReadonlyMap<Socket, unknown>;
			readonly wp: {
				closing: boolean;
				readonly reconnectVars: { readonly retryTimer: NodeJS.Timeout | null };
				readonly socket?: Socket;
				disconnect(socket: Socket): void;
			};
		};
	};
}

/** What the chat service does not take is answered by name. */
export function refuseTheRest(srf: Srf): void {
	const headers = {
		Allow:
			"INVITE, ACK, BYE, CANCEL, INFO, UPDATE, OPTIONS, MESSAGE, SUBSCRIBE, PUBLISH",
	};
	const events = {
		"Allow-Events": "vnd-microsoft-provisioning-v2,vnd-microsoft-roaming-self",
	};
	const publications = { Accept: "application/msrtc-category-publish+xml" };
	srf.use("subscribe", (_, reply) => reply.send(489, { headers: events }));
	srf.use("message", (_, reply) => reply.send(405, { headers }));
	srf.use("publish", (_, reply) => reply.send(415, { headers: publications }));
	srf.use("info", (_, reply) => reply.send(481));
	srf.use("notify", (_, reply) => reply.send(481));
	srf.use("register", (_, reply) => reply.send(405, { headers }));
}
