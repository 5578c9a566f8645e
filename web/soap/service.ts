/** `MGCWebService.asmx`: files by SOAP 1.1, for clients of the reference product, by tokens of `getfutok` and `getfdtok`. */
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { ChatError } from "../../plugin/errors.ts";
import { DoorError, problemOf } from "../errors.ts";
import { recorded } from "../files/recorded.ts";
import { refusalOf, unforeseen } from "../problems.ts";
import type { Routes, WebServer } from "../route.ts";
import { readRequest, SoapFault, writeAnswer, writeFault } from "./envelope.ts";
import { operations } from "./operations.ts";
import { createTransfers } from "./transfers.ts";

export const soapPath = "/PersistentChat/MGCWebService.asmx";

/** A piece of 256 KB in base64, and what is around it. */
const requestBytes = 400 * 1_024;

export const soapRoutes: Routes = (
	server,
	{ rooms, tokens, log, now, fileBytes },
) => {
	const transfers = createTransfers(tokens, now);
	const needs = { rooms, transfers, fileBytes, ended: recorded(server) };
	takeXml(server);
	server.post(
		soapPath,
		{
			config: { access: "everybody" },
			bodyLimit: requestBytes,
			errorHandler: (error, _, reply) =>
				tellFault(error as FastifyError, reply, log),
			schema: {
				summary: "Files by SOAP 1.1",
				description:
					"For clients of the reference product; the token of getfutok or getfdtok is in the message. docs/files.md says what is understood.",
			},
		},
		async (request, reply) => {
			const { operation, fields } = readRequest(
				request.body as string,
				actionOf(request),
			);
			const operate = operations.get(operation);
			if (operate === undefined) {
				throw new ChatError(
					"unknown-command",
					`There is no operation ${operation.slice(0, 60)}.`,
				);
			}
			return answer(
				reply,
				writeAnswer(operation, await operate(fields, needs)),
			);
		},
	);
};

/** In this scope a body is XML in UTF-8, as text. */
function takeXml(server: WebServer): void {
	server.removeAllContentTypeParsers();
	server.addContentTypeParser(
		"text/xml",
		{ parseAs: "buffer", bodyLimit: requestBytes },
		(request, body, done) => {
			try {
				done(null, textOf(request, body as Buffer));
			} catch (error) {
				done(error as Error);
			}
		},
	);
}

/** Throws `malformed`. */
function textOf({ headers }: FastifyRequest, body: Buffer): string {
	const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(
		headers["content-type"] ?? "",
	)?.[1];
	try {
		if (/^utf-?8$/i.test(charset ?? "utf-8")) {
			return new TextDecoder("utf-8", { fatal: true }).decode(body);
		}
	} catch {
		// Told below.
	}
	throw new ChatError("malformed", "The message must be XML in UTF-8.");
}

function actionOf({ headers }: FastifyRequest): string | undefined {
	const { soapaction } = headers;
	return typeof soapaction === "string" ? soapaction : undefined;
}

function answer(reply: FastifyReply, xml: string): FastifyReply {
	return reply.type("text/xml; charset=utf-8").send(xml);
}

/** SOAP 1.1 answers every fault of what was asked with 500; what HTTP itself refuses keeps its status. */
function tellFault(
	error: FastifyError,
	reply: FastifyReply,
	log: Logger,
): FastifyReply {
	if (error instanceof SoapFault) {
		const { code, message: sentence } = error;
		return answer(reply.code(500), writeFault({ code, sentence }));
	}
	const known = refusalOf(error);
	if (known === undefined) log.error({ err: error }, "a fault of SOAP");
	const told = known ?? unforeseen;
	const { status, reason, detail: sentence } = problemOf(told);
	const code = status >= 500 ? "Server" : "Client";
	const isUnheard = error.code === "FST_ERR_CTP_BODY_TOO_LARGE";
	// Who still sends what is refused is not listened to.
	if (isUnheard) reply.header("connection", "close");
	const isOfHttp = isUnheard || told instanceof DoorError;
	return answer(
		reply.code(isOfHttp ? status : 500),
		writeFault({ code, sentence, reason }),
	);
}
