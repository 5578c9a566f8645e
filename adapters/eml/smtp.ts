/** Mails to a mail server (RFC 5321), and what its answers mean. */
import { readFileSync } from "node:fs";
import { createTransport, type NodemailerError } from "nodemailer";
import { readSecret } from "../secret.ts";
import { compose } from "./compose.ts";
import type { SmtpOptions } from "./options.ts";
import type { Target } from "./target.ts";

const usualPorts = { tls: 465, starttls: 587, none: 25 } as const;

/** One connection, kept: the mails of a room go in their order. */
export function makeSmtp(options: SmtpOptions): Target {
	const { host, security, from, to, user, password, timeoutMs } = options;
	const transport = createTransport({
		pool: true,
		maxConnections: 1,
		maxRequeues: 0,
		host,
		port: options.port ?? usualPorts[security],
		secure: security === "tls",
		requireTLS: security === "starttls",
		ignoreTLS: security === "none",
		...(options.authorities !== undefined && {
			tls: { ca: readAuthorities(options.authorities) },
		}),
		...(user !== undefined &&
			password !== undefined && {
				auth: { user, pass: readSecret(password, 1) },
			}),
		connectionTimeout: timeoutMs,
		greetingTimeout: timeoutMs,
		socketTimeout: timeoutMs,
		disableFileAccess: true,
		disableUrlAccess: true,
	});

	return {
		put: async (mail, delivery) => {
			const { signal } = delivery;
			const raw = await compose(mail, delivery);
			let broken: Error | undefined;
			let rejected: readonly unknown[];
			raw.once("error", (error) => {
				broken = error;
			});
			try {
				const envelope = { from, to: [...to] };
				({ rejected } = await transport.sendMail({ envelope, raw, signal }));
			} catch (error) {
				signal.throwIfAborted();
				// A file of the mail could not be read: that is no answer of the server.
				if (broken !== undefined) throw broken;
				return refusalOrThrow(error as NodemailerError);
			} finally {
				raw.destroy();
			}
			if (rejected.length === 0) return undefined;
			throw new Error(
				`The mail server refused ${rejected.length} of the addresses in smtp.to. It is tried again.`,
			);
		},
		close: async () => transport.close({ force: true }),
	};
}

/**
 * The sentence when the mail itself was refused for good; throws when another try may do, without what nodemailer has thrown: the
 * server's words are in it, and whoever logs an error logs its causes.
 */
function refusalOrThrow(error: NodemailerError): string {
	const { code, command, responseCode, response } = error;
	if (responseCode === undefined) {
		throw new Error(
			`The mail server cannot be used (${code ?? error.name}). It is tried again.`,
		);
	}
	const status = [responseCode, enhancedStatus(response)].join(" ").trim();
	if (code === "EMESSAGE" && isPermanent(responseCode, response)) {
		return `The mail server refuses the mail for good (${status}).`;
	}
	const what =
		code === "EENVELOPE"
			? "refuses smtp.from or an address of smtp.to"
			: code === "EAUTH"
				? "refuses the user or the password"
				: `refuses ${command ?? "the connection"}`;
	throw new Error(`The mail server ${what} (${status}). It is tried again.`);
}

/** Not what is said of addresses and mailboxes (RFC 3463: X.1, X.2), but for a message that is too long for them. */
function isPermanent(responseCode: number, response: string | undefined) {
	if (responseCode < 500 || responseCode === 503) return false;
	const enhanced = enhancedStatus(response);
	return enhanced === "5.2.3" || !/^5\.[12]\./.test(enhanced);
}

/** All that is repeated of an answer: servers quote what they refuse. */
function enhancedStatus(response: string | undefined): string {
	return /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response ?? "")?.[1] ?? "";
}

function readAuthorities(path: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch (cause) {
		throw new Error(
			`smtp.authorities: ${path} must be a readable file of certificates (PEM)`,
			{ cause },
		);
	}
}
