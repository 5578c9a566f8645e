/** The control port: accepts applications, lets them authenticate, and passes their frames on (the drachtio 0.9 protocol, inbound mode). */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { HostPort, Timer } from "../sip-stack/index.ts";
import { onAppRequest } from "./app-requests.ts";
import { onAppResponse } from "./app-responses.ts";
import { Application, isSecret } from "./application.ts";
import { type AppFrame, answerFrame, parseAppFrame } from "./control-frame.ts";
import { ControlFault, ControlReader } from "./control-reader.ts";
import type { Edge } from "./edge.ts";

/** drachtio-srf asks for `v` and three numbers; the rest says who answers. */
export const version = "v0.9.10-embedded-edge";
const orphanMs = 10 * 60 * 1000;
const sweepMs = 1000;

export interface ControlServerOptions {
	readonly edge: Edge;
	readonly host: string;
	readonly port: number;
	readonly secret: string;
	/** `udp/127.0.0.1:5060,…` as told to applications. */
	readonly hostPorts: string;
	readonly authenticateMs: number;
	readonly maxApplications: number;
}

export class ControlServer {
	readonly #options: ControlServerOptions;
	readonly #server = createServer({ noDelay: true });
	#sweep: Timer | undefined;

	constructor(options: ControlServerOptions) {
		this.#options = options;
		this.#server.on("connection", (socket) => this.#accept(socket));
	}

	/** @throws Error when the address cannot be bound */
	async listen(): Promise<HostPort> {
		const { host, port } = this.#options;
		this.#server.listen({ host, port });
		await once(this.#server, "listening");
		// Later errors are about connections that could not be accepted; whoever tried sees it.
		this.#server.on("error", () => {});
		this.#sweepSoon();
		const bound = this.#server.address();
		if (bound === null || typeof bound === "string")
			throw new Error("a TCP server without an address");
		return { host: bound.address, port: bound.port };
	}

	async close(): Promise<void> {
		this.#sweep?.stop();
		const closed = once(this.#server, "close");
		this.#server.close();
		for (const application of [...this.#options.edge.applications]) {
			application.destroy();
			this.#gone(application);
		}
		await closed;
	}

	#accept(socket: Socket): void {
		const { edge, authenticateMs, maxApplications } = this.#options;
		if (edge.applications.size >= maxApplications) {
			socket.destroy();
			return;
		}
		const application = new Application(socket);
		const { name } = application;
		edge.applications.add(application);
		const late = edge.timerOwner.start(authenticateMs, () => {
			if (application.authenticated) return;
			edge.warnings.warn({ application: name }, "did not authenticate in time");
			socket.destroy();
		});
		const reader = new ControlReader();
		socket.on("data", (bytes) => {
			if (application.closed) return;
			try {
				reader.push(bytes, (payload) => {
					if (!application.closed) this.#frame(application, payload);
				});
			} catch (error) {
				if (!(error instanceof ControlFault)) throw error;
				const fields = { application: name, reason: error.message };
				edge.log.error(fields, "control connection ended");
				socket.destroy();
			}
		});
		socket.on("error", (error) =>
			edge.log.warn(
				{ application: name, reason: error.message },
				"control connection failed",
			),
		);
		socket.on("close", () => {
			late.stop();
			this.#gone(application);
		});
	}

	#frame(application: Application, payload: string): void {
		const { edge } = this.#options;
		const frame = parseAppFrame(payload);
		const { msgId, command, fields, message } = frame;
		if (!application.authenticated && command !== "authenticate") {
			this.#refuse(application, msgId, "not authenticated");
			return;
		}
		switch (command) {
			case "sip":
				if (message.startLine.startsWith("SIP/"))
					this.#response(application, frame);
				else onAppRequest(edge, application, frame);
				break;
			case "route":
				edge.applications.route(application, fields[0] ?? "");
				application.send(answerFrame(msgId, "OK"));
				break;
			case "remove_route":
				edge.applications.unroute(application);
				application.send(answerFrame(msgId, "OK"));
				break;
			case "ping":
				application.send(answerFrame(msgId, "OK|pong"));
				break;
			case "authenticate":
				this.#authenticate(application, msgId, fields[0] ?? "");
				break;
			case "proxy":
				application.send(
					answerFrame(msgId, "NOK|the embedded edge does not proxy"),
				);
				break;
			default:
				this.#refuse(application, msgId, "Unknown message type");
		}
	}

	#response(application: Application, frame: AppFrame): void {
		if ((frame.fields[0] ?? "") === "")
			this.#refuse(application, frame.msgId, "transaction id missing");
		else onAppResponse(this.#options.edge, application, frame);
	}

	#authenticate(application: Application, msgId: string, secret: string): void {
		const { edge, hostPorts } = this.#options;
		if (!isSecret(secret, this.#options.secret)) {
			this.#refuse(application, msgId, "incorrect secret");
			return;
		}
		if (!application.authenticated)
			edge.log.info({ application: application.name }, "application connected");
		application.authenticated = true;
		const answer = `OK|${hostPorts}|${version}|${hostPorts}`;
		application.send(answerFrame(msgId, answer));
	}

	/** An answer after which the connection ends. */
	#refuse(application: Application, msgId: string, reason: string): void {
		const { edge } = this.#options;
		edge.warnings.warn(
			{ application: application.name, reason },
			"application refused",
		);
		application.send(answerFrame(msgId, `NO|${reason}`));
		application.end();
	}

	/** Its dialogs stay for a while, for their requests to be answered 481; what it had in its hands dies unanswered. */
	#gone(application: Application): void {
		const { edge } = this.#options;
		if (!edge.applications.remove(application)) return;
		for (const { transaction } of application.requests.values())
			transaction.abandon();
		application.requests.clear();
		application.invites.clear();
		const orphans = [...application.dialogs];
		application.dialogs.clear();
		for (const dialog of orphans) {
			dialog.application = undefined;
			dialog.session?.stop();
		}
		if (orphans.length > 0)
			edge.timerOwner.start(orphanMs, () => {
				for (const dialog of orphans) edge.dialogs.remove(dialog);
			});
		if (application.authenticated)
			edge.log.info(
				{ application: application.name, dialogs: orphans.length },
				"application gone",
			);
	}

	/** Forgets what applications do not answer. An INVITE that was answered provisionally may wait. */
	#sweepSoon(): void {
		const { edge } = this.#options;
		const { applicationMs, stuckMs } = edge.timers;
		const every = Math.min(sweepMs, applicationMs, stuckMs);
		this.#sweep = edge.timerOwner.start(every, () => {
			this.#sweepSoon();
			for (const application of [...edge.applications])
				if (application.isStuck(stuckMs))
					application.destroy("the application does not read");
			const before = performance.now() - applicationMs;
			for (const { requests, name } of edge.applications)
				for (const [id, { since, transaction }] of requests) {
					if (since > before) break;
					const { lastResponse, request } = transaction;
					if (request.method === "INVITE" && (lastResponse?.status ?? 0) > 100)
						continue;
					requests.delete(id);
					transaction.abandon();
					edge.warnings.warn(
						{ application: name },
						"a request was not answered",
					);
				}
		});
	}
}
