/** What this program uses of drachtio-srf, typed: the library's own declarations do not say it. */
import type { Socket } from "node:net";
import type Srf from "drachtio-srf";

export interface IncomingRequest {
	readonly method: string;
	readonly uri: string;
	readonly body: string;
	/** The whole message, as it came. */
	readonly raw: string;
	/** False for a re-INVITE. */
	readonly isNewInvite: boolean;
	readonly source_address: string;
	readonly source_port: number;
	readonly protocol: string;
	/** `application`: the SIP server says it itself. */
	readonly meta?: { readonly source?: "network" | "application" };
	/** The control connection that it came by. */
	readonly socket: Socket;
	/** Equal headers are joined by commas. */
	get(name: string): string | undefined;
	has(name: string): boolean;
	on(event: "cancel", listener: () => void): void;
}

export interface ReplyOptions {
	readonly headers?: Readonly<Record<string, string | readonly string[]>>;
	readonly body?: string;
}

export interface Reply {
	readonly finalResponseSent: boolean;
	send(status: number, options?: ReplyOptions): void;
	send(status: number, reason: string, options?: ReplyOptions): void;
	/** It has been answered, for good. */
	on(
		event: "end",
		listener: (answer: { readonly status: number }) => void,
	): unknown;
}

export interface DialogRequest {
	readonly method: "INFO" | "NOTIFY" | "OPTIONS";
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string;
}

export interface DrachtioDialog {
	readonly id: string;
	readonly socket: Socket;
	readonly sip: { readonly callId: string };
	/** False once a BYE has come. */
	readonly connected: boolean;
	request(
		request: DialogRequest,
		callback: (error: unknown, reply?: { readonly status: number }) => void,
	): void;
	/** Where the library hands over every request in the dialog. */
	handle(request: IncomingRequest, reply: Reply): void;
	destroy(options?: object, callback?: (error: unknown) => void): void;
	on(
		event: "destroy",
		/** `application`: the SIP server has ended it. */
		listener: (bye?: {
			readonly meta?: { readonly source?: "network" | "application" };
		}) => void,
	): this;
	on(
		event:
			| "info"
			| "update"
			| "modify"
			| "options"
			| "message"
			| "refer"
			| "notify",
		listener: (request: IncomingRequest, reply: Reply) => void,
	): this;
}

/** drachtio's framing of the control protocol, below its agent. */
export interface WireProtocol {
	/** Writes a frame and gives its message id. */
	send(socket: Socket, message: string): string;
	on(
		event: "msg",
		listener: (socket: Socket, message: string) => void,
	): unknown;
	on(event: "connect" | "close", listener: (socket: Socket) => void): unknown;
	/** Before the time for the next attempt to connect is begun, which may be changed. */
	on(event: "reconnecting", listener: () => void): unknown;
	readonly reconnectVars: { retryDelay: number; readonly attempts: number };
	/** The latest attempt to connect again. */
	readonly socket?: Socket;
	emit(event: "msg", socket: Socket, message: string): boolean;
}

export type Handler = (
	request: IncomingRequest,
	reply: Reply,
	next: () => void,
) => Promise<void> | void;

export interface SentRequest {
	get(name: string): string | undefined;
	on(event: "response", listener: (response: Answer) => void): unknown;
}

/** A response to a request of our own. */
export interface Answer {
	readonly status: number;
	/** Equal headers are joined by commas. */
	get(name: string): string | undefined;
}

export interface DrachtioServer {
	readonly app: {
		readonly client?: {
			readonly wp: WireProtocol;
			/** By the control connections that stand. */
			readonly mapServer: ReadonlyMap<
				Socket,
				{
					/** The server has taken the secret. */
					readonly ready: boolean;
					/** Where it listens: `tcp/192.0.2.1:5060,udp/192.0.2.1:5060`. */
					readonly hostport?: string | null;
					readonly serverVersion?: string | null;
				}
			>;
		};
	};
	use(method: string, handler: Handler): void;
	/** A request of our own, outside dialogs. */
	request(
		uri: string,
		options: {
			/** The control connection that it goes by. */
			readonly _socket: Socket;
			readonly method: "MESSAGE" | "REGISTER";
			/** `sip:…`: to be sent there, whatever its URI says. */
			readonly proxy?: string;
			readonly headers: Readonly<Record<string, string>>;
			readonly body?: string;
		},
		sent: (error: unknown, request?: SentRequest) => void,
	): void;
	createUAS(
		request: IncomingRequest,
		reply: Reply,
		options: {
			readonly localSdp?: string;
			readonly body?: string;
			readonly headers?: Readonly<Record<string, string>>;
		},
	): Promise<DrachtioDialog>;
	on(
		event: "connect",
		listener: (
			error: Error | null | undefined,
			hostports: string,
			version?: string,
		) => void,
	): unknown;
	/** COMPAT(drachtio-srf): no other way tells of all of them. */
	readonly _dialogs: ReadonlyMap<string, DrachtioDialog>;
	findDialogById(id: string): DrachtioDialog | undefined;
	removeDialog(dialog: DrachtioDialog): void;
	removeListener(event: string, listener: (...args: never[]) => void): unknown;
}

export function typed(srf: Srf): DrachtioServer {
	return srf as unknown as DrachtioServer;
}
