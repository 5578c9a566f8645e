/** `GET /metrics`: how this node is doing, in Prometheus's words; for the loopback, or who brings the operator's token. */
import { createHash, timingSafeEqual } from "node:crypto";
import { isIPv6 } from "node:net";
import type { FastifyRequest } from "fastify";
import { DoorError } from "./errors.ts";
import type { WebSettings } from "./options.ts";
import { demandOwnHost, isLoopback } from "./own-host.ts";
import type { Routes } from "./route.ts";

export const metricsRoutes: Routes = (server, work) => {
	const { measures } = work;
	server.addHook("onClose", async () => measures.close());
	server.get(
		"/metrics",
		{
			config: { access: "everybody" },
			schema: {
				summary: "Measures of this node, for Prometheus",
				description:
					"For the loopback only, or, where web.metricsToken is set, with Authorization: Bearer.",
			},
		},
		async (request, reply) => {
			demandRight(request, work.settings);
			const text = await measures.text();
			return reply.type(measures.contentType).send(text);
		},
	);
};

function demandRight(request: FastifyRequest, settings: WebSettings): void {
	const { metricsToken, trustedProxies } = settings;
	if (metricsToken !== undefined) {
		const given = request.headers.authorization ?? "";
		if (equal(given, `Bearer ${metricsToken}`)) return;
	} else if (isFromHere(request, trustedProxies.length > 0)) {
		demandOwnHost(request, settings);
		return;
	}
	throw new DoorError(
		"not-for-you",
		"Measures are for the loopback, or for who brings web.metricsToken (Authorization: Bearer).",
	);
}

/** A proxy on this machine that nobody has said to trust speaks for who knows whom. */
function isFromHere(request: FastifyRequest, proxiesKnown: boolean): boolean {
	const { headers, ip } = request;
	const forwarded =
		headers["x-forwarded-for"] ??
		headers.forwarded ??
		headers["x-real-ip"] ??
		headers.via;
	if (forwarded !== undefined && !proxiesKnown) return false;
	const plain = isIPv6(ip) ? ip.replace(/^::ffff:/i, "") : ip;
	return isLoopback(plain);
}

function equal(a: string, b: string): boolean {
	const sum = (text: string) => createHash("sha256").update(text).digest();
	return timingSafeEqual(sum(a), sum(b));
}
