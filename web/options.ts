/** What may be said of the web door, each default beside its field. */
import { isIP } from "node:net";
import { z } from "zod";
import { openIdSchema } from "./open-id/options.ts";

const proxy = z
	.string()
	.refine(isProxy, "must be an IP address, or a network like 10.1.0.0/16");

export const webSchema = z.strictObject({
	enabled: z
		.boolean()
		.optional()
		.describe(
			"Serve HTTP too; default: where the embedded SIP edge is started",
		),
	host: z
		.string()
		.default("127.0.0.1")
		.describe("Where it listens; 0.0.0.0 for everywhere"),
	port: z
		.int()
		.min(0)
		.max(65_535)
		.default(8080)
		.describe("HTTP, or HTTPS with web.tls; 0: any that is free"),
	publicUrl: z
		.string()
		.refine(isOrigin, "must be like https://chat.example.com, without a path")
		.optional()
		.describe(
			"What people type, where a proxy stands in front: https://chat.example.com",
		),
	tls: z
		.strictObject({
			cert: z
				.string()
				.min(1)
				.describe("The file of the certificate chain, PEM"),
			key: z.string().min(1).describe("The file of its private key, PEM"),
		})
		.optional(),
	trustedProxies: z
		.array(proxy)
		.max(1_000)
		.default([])
		.describe(
			"Addresses and networks of proxies whose X-Forwarded-… headers are believed",
		),
	sessionHours: z
		.int()
		.min(1)
		.max(8_760)
		.default(168)
		.describe("Whoever has signed in signs in again after this"),
	idleHours: z
		.int()
		.min(1)
		.max(8_760)
		.default(24)
		.describe("… or when his browser was away for so long"),
	requestsPerMinute: z
		.int()
		.min(10)
		.max(1_000_000)
		.default(3_000)
		.describe("Of one address"),
	sipWebSocketUrl: z
		.string()
		.refine(isWebSocket, "must be like wss://sip.example.com:8443/")
		.optional()
		.describe(
			"Where browsers speak SIP directly, in place of this door's own address",
		),
	sipServerUrl: z
		.string()
		.refine(isWebSocket, "must be like ws://127.0.0.1:8088")
		.optional()
		.describe(
			"The SIP server's WebSocket port, to which browsers' SIP is relayed; default: the embedded SIP edge's",
		),
	openId: openIdSchema
		.optional()
		.describe("An OpenID Connect provider to sign in by: docs/web.md"),
	metricsToken: z
		.string()
		.min(16)
		.max(256)
		.optional()
		.describe(
			"Who brings it (Authorization: Bearer) may read /metrics; without it, only the loopback may",
		),
});

export type WebSettings = z.output<typeof webSchema>;

function isProxy(text: string): boolean {
	const [address = "", prefix, ...more] = text.split("/");
	const family = isIP(address);
	if (family === 0 || more.length > 0) return false;
	return (
		prefix === undefined ||
		(/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 6 ? 128 : 32))
	);
}

function isOrigin(text: string): boolean {
	if (!URL.canParse(text)) return false;
	const { protocol, origin } = new URL(text);
	return (
		(protocol === "https:" || protocol === "http:") &&
		(text === origin || text === `${origin}/`)
	);
}

function isWebSocket(text: string): boolean {
	if (!URL.canParse(text)) return false;
	const { protocol, hash, search, username, password } = new URL(text);
	return (
		/^wss?:$/.test(protocol) &&
		`${hash}${search}${username}${password}` === "" &&
		!/[\s;,'"]/.test(text)
	);
}
