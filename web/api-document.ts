/** `GET /api/docs`: what this door answers, as an OpenAPI 3.1 document made of the routes' own schemas; for people as a page. */
import swagger from "@fastify/swagger";
import { z } from "zod";
import {
	type ApiDocument,
	apiPage,
	apiPageStyle,
	documentName,
	styleName,
} from "./api-page.ts";
import type { WebServer } from "./route.ts";

type JsonSchema = Record<string, unknown>;

/** To be registered before the routes that it describes. */
export async function describeRoutes(server: WebServer): Promise<void> {
	await server.register(swagger, {
		openapi: {
			openapi: "3.1.0",
			info: {
				title: "Persistent chat",
				description:
					"Refusals are problem documents (RFC 9457) with a `reason`, in the same words as XCCOS.",
				version: "1",
			},
		},
		transform: ({ schema, url }) => ({
			schema: Object.fromEntries(
				Object.entries(schema ?? {}).map(([key, value]) => [
					key,
					key === "response" ? answersIn(value) : inWords(value),
				]),
			),
			url,
		}),
	});
	const hidden = {
		config: { access: "everybody" },
		schema: { hide: true },
	} as const;
	const document = () => server.swagger() as unknown as ApiDocument;
	server.get("/api/docs", hidden, async ({ headers }, reply) => {
		reply.header("vary", "accept");
		const isForPeople = headers.accept?.includes("text/html");
		if (!isForPeople) return document();
		return reply.type("text/html; charset=utf-8").send(apiPage(document()));
	});
	server.get(`/api/${documentName}`, hidden, async () => document());
	server.get(`/api/${styleName}`, hidden, async (_, reply) =>
		reply.type("text/css; charset=utf-8").send(apiPageStyle),
	);
}

function answersIn(answers: unknown): JsonSchema {
	return Object.fromEntries(
		Object.entries(answers as JsonSchema).map(([status, schema]) => [
			status,
			schema instanceof z.ZodUndefined
				? { type: "null", description: "Nothing" }
				: { description: "", ...(inWords(schema) as JsonSchema) },
		]),
	);
}

function inWords(value: unknown): unknown {
	if (!(value instanceof z.ZodType)) return value;
	const { $schema: _, ...schema } = z.toJSONSchema(value, {
		io: "input",
		unrepresentable: "any",
		target: "draft-2020-12",
	});
	return schema;
}
