/** A mail server for tests that speaks SMTP on a real socket (RFC 5321, STARTTLS, AUTH PLAIN), and answers as it is told to. */

import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";
import { track } from "./hooks.ts";
import { localhostCertificate, localhostKey } from "./localhost-tls.ts";

export interface Delivered {
	readonly from: string;
	readonly to: readonly string[];
	/** As it came, without the dots of the transfer. */
	readonly mail: string;
	readonly encrypted: boolean;
	readonly user: string | undefined;
}

export interface SmtpServer {
	readonly port: number;
	/** Those that were answered with 250. */
	readonly delivered: readonly Delivered[];
	/** How many connections there have been. */
	readonly connections: number;
	/** The answer to a command, or to a mail's content (`content`), where it is not the usual one. */
	refusal: (command: string, argument: string) => string | undefined;
	stop(): Promise<void>;
	listen(): Promise<void>;
}

export interface SmtpServerOptions {
	/** Offered, and needed before MAIL. */
	readonly starttls?: boolean;
	/** `user:password`, needed before MAIL. */
	readonly account?: string;
}

export async function startSmtpServer(
	options: SmtpServerOptions = {},
): Promise<SmtpServer> {
	const delivered: Delivered[] = [];
	const sockets = new Set<Socket>();
	let connections = 0;
	let port = 0;
	const listener = createServer((socket) => {
		connections += 1;
		sockets.add(socket);
		socket.on("close", () => sockets.delete(socket)).on("error", () => {});
		socket.write("220 test ESMTP\r\n");
		converse(socket, options, server, delivered);
	});
	track("a mail server", () => listener.listening);
	const server: SmtpServer = {
		get port() {
			return port;
		},
		delivered,
		get connections() {
			return connections;
		},
		refusal: () => undefined,
		listen: async () => {
			await new Promise<void>((resolve) => {
				listener.listen(port, "127.0.0.1", resolve);
			});
			port = (listener.address() as AddressInfo).port;
		},
		stop: async () => {
			if (!listener.listening) return;
			const closed = new Promise((resolve) => listener.close(resolve));
			for (const socket of sockets) socket.destroy();
			await closed;
		},
	};
	await server.listen();
	return server;
}

interface Session {
	user: string | undefined;
	from: string;
	to: string[];
	content: boolean;
}

function converse(
	socket: Socket,
	options: SmtpServerOptions,
	server: SmtpServer,
	delivered: Delivered[],
): void {
	const encrypted = socket instanceof TLSSocket;
	const session: Session = {
		user: undefined,
		from: "",
		to: [],
		content: false,
	};
	let buffer = "";
	const onData = (chunk: Buffer) => {
		buffer += chunk.toString("latin1");
		for (;;) {
			const end = session.content ? "\r\n.\r\n" : "\r\n";
			const at = buffer.indexOf(end);
			if (at < 0) return;
			const text = buffer.slice(0, at);
			buffer = buffer.slice(at + end.length);
			const answer = session.content ? takeMail(text) : take(text);
			socket.write(`${answer}\r\n`);
			if (answer === "220 go ahead") return secure();
			if (answer === "221 bye") return socket.end();
		}
	};
	socket.on("data", onData);

	function secure(): void {
		socket.off("data", onData);
		const secureContext = createSecureContext({
			key: localhostKey,
			cert: localhostCertificate,
		});
		const tls = new TLSSocket(socket, { isServer: true, secureContext });
		tls.on("error", () => socket.destroy());
		converse(tls, options, server, delivered);
	}

	function take(line: string): string {
		const [, command = "", argument = ""] =
			/^(MAIL FROM|RCPT TO|[A-Z]+):?\s*(.*)$/i.exec(line) ?? [];
		const verb = command.toUpperCase();
		const refused = server.refusal(verb, argument);
		if (refused !== undefined) return refused;
		const missing = missingBefore(verb);
		if (missing !== undefined) return missing;
		switch (verb) {
			case "EHLO":
				return extensions()
					.map(
						(each, index, all) =>
							`250${index === all.length - 1 ? " " : "-"}${each}`,
					)
					.join("\r\n");
			case "STARTTLS":
				return "220 go ahead";
			case "AUTH":
				return authenticate(argument);
			case "MAIL FROM":
				session.from = /<(.*?)>/.exec(argument)?.[1] ?? "";
				session.to = [];
				return "250 ok";
			case "RCPT TO":
				session.to.push(/<(.*?)>/.exec(argument)?.[1] ?? "");
				return "250 ok";
			case "DATA":
				session.content = true;
				return "354 go on";
			case "QUIT":
				return "221 bye";
			case "RSET":
				return "250 ok";
			default:
				return "502 what?";
		}
	}

	function extensions(): readonly string[] {
		return [
			"test",
			...(options.starttls === true && !encrypted ? ["STARTTLS"] : []),
			...(options.account === undefined ? [] : ["AUTH PLAIN"]),
		];
	}

	function missingBefore(verb: string): string | undefined {
		if (verb !== "MAIL FROM") return undefined;
		if (options.starttls === true && !encrypted)
			return "530 5.7.0 STARTTLS first";
		if (options.account !== undefined && session.user === undefined)
			return "530 5.7.0 AUTH first";
		return undefined;
	}

	function authenticate(argument: string): string {
		const [, given = ""] = /^PLAIN (\S+)$/.exec(argument) ?? [];
		const [, user, password] = Buffer.from(given, "base64")
			.toString()
			.split("\0");
		if (`${user}:${password}` !== options.account) return "535 5.7.8 no";
		session.user = user;
		return "235 ok";
	}

	function takeMail(content: string): string {
		session.content = false;
		const mail = content.replace(/^\./gm, "");
		const refused = server.refusal("content", mail);
		if (refused !== undefined) return refused;
		const { from, to, user } = session;
		delivered.push({ from, to: [...to], mail, encrypted, user });
		return "250 ok";
	}
}
