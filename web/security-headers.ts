/** What each answer tells the browser to keep to: only our own scripts, styles and connections, in nobody's frame. */
import helmet from "@fastify/helmet";
import type { WebServer, WebWork } from "./route.ts";

const yearSeconds = 31_536_000;

export async function sendSecurityHeaders(
	server: WebServer,
	{ secure, sipAddress }: Pick<WebWork, "secure" | "sipAddress">,
): Promise<void> {
	await server.register(helmet, {
		global: true,
		enableCSPNonces: false,
		contentSecurityPolicy: {
			useDefaults: false,
			directives: {
				"default-src": ["'none'"],
				"script-src": ["'self'"],
				"style-src": ["'self'"],
				"img-src": ["'self'", "blob:"],
				"font-src": ["'self'"],
				"manifest-src": ["'self'"],
				"connect-src": ["'self'"],
				"form-action": ["'self'"],
				"frame-ancestors": ["'none'"],
				"base-uri": ["'none'"],
			},
		},
		crossOriginEmbedderPolicy: false,
		crossOriginResourcePolicy: { policy: "same-origin" },
		hsts: secure && { maxAge: yearSeconds, includeSubDomains: false },
		referrerPolicy: { policy: "no-referrer" },
		xFrameOptions: { action: "deny" },
	});
	server.addHook("onSend", async (request, reply) => {
		// What a person may see is nobody else's, and no cache's.
		if (!reply.hasHeader("cache-control")) {
			reply.header("cache-control", "no-store");
		}
		const address = sipAddress(request);
		const policy = reply.getHeader("content-security-policy");
		if (address !== undefined && typeof policy === "string") {
			reply.header(
				"content-security-policy",
				policy.replace("connect-src 'self'", `connect-src 'self' ${address}`),
			);
		}
	});
}
