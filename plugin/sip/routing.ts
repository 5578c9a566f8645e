/**
 * Which SIP requests are for the chat service, and who answers each. Those that are not go on to whatever else the application
 * has.
 */
import type { AnswererNeeds, Answerers } from "./answerers.ts";
import { conferenceEvent } from "./conference/index.ts";
import { countAnswer } from "./counting.ts";
import type { Handler, IncomingRequest } from "./drachtio.ts";
import type { EndpointNeeds, ServiceAddresses } from "./endpoint-needs.ts";
import { createLinkAsking } from "./link-asking.ts";
import { isOfOtherDomain, roomNamedBy } from "./phones/index.ts";
import { provision, provisioningEvent } from "./provisioning.ts";
import { roamingSelfEvent } from "./subscriptions.ts";
import { headerParameter, userPart } from "./uri.ts";

const allowed =
	"INVITE, ACK, BYE, CANCEL, INFO, UPDATE, OPTIONS, MESSAGE, SUBSCRIBE, PUBLISH";
const allowedEvents = `${provisioningEvent},${roamingSelfEvent},${conferenceEvent}`;

export function route(needs: AnswererNeeds, answerers: Answerers): void {
	const { service, registrar } = needs;
	const { inviting, publishing, phones } = answerers;
	const serviceOf = servicesBy(service);
	const linkAsking = createLinkAsking(needs);
	const on = (method: string, handle: Handler) => take(needs, method, handle);

	on("invite", (request, reply, next) => {
		const serviceUri = serviceOf(request);
		return serviceUri === undefined
			? next()
			: inviting.handle(request, reply, serviceUri);
	});
	on("subscribe", subscribeHandler(needs, answerers));
	on("publish", (request, reply, next) =>
		publishing.takes(request) ? publishing.handle(request, reply) : next(),
	);
	on("message", (request, reply, next) => {
		const room = roomOf(needs, request);
		const serviceUri = serviceOf(request);
		if (room === undefined && serviceUri === undefined) return next();
		if (needs.drained()) {
			// Who passes it on, or writes it again, finds another node; nobody else tries for him.
			return reply.send(503, { headers: { "Retry-After": "5" } });
		}
		if (room !== undefined) return phones.handle(request, reply, room);
		return linkAsking.handle(request, reply, serviceUri ?? "");
	});
	// A proxy that asks whether this node is there is to send new calls elsewhere.
	on("options", (_, reply) =>
		reply.send(needs.drained() ? 503 : 200, {
			headers: {
				Accept: "application/sdp, text/plain",
				Allow: allowed,
				"Allow-Events": allowedEvents,
			},
		}),
	);
	// A dialog that is not known any more: 481 makes the client begin anew.
	on("info", (request, reply, next) =>
		isInDialog(request) ? reply.send(481) : next(),
	);
	if (registrar !== undefined) {
		on("register", (request, reply) => registrar.handle(request, reply));
	}
}

/** Counts the answer; what is thrown is a fault of ours, told as 503. */
function take(
	{ server, traffic, log }: EndpointNeeds,
	method: string,
	handle: Handler,
): void {
	server.use(method, (request, reply, next) => {
		countAnswer(request, reply, traffic.note);
		Promise.resolve(handle(request, reply, next)).catch((error) => {
			if (error?.status === 487) return; // cancelled: the SIP server has answered
			const callId = request.get("Call-ID");
			log.error({ err: error, method, callId }, "request not handled");
			if (!reply.finalResponseSent) {
				reply.send(503, { headers: { "Retry-After": "5" } });
			}
		});
	});
}

/** Which of the service's addresses a request is for. */
function servicesBy({ aliases, poolUri, channelUri }: ServiceAddresses) {
	const services = new Map<string | undefined, string>([
		...aliases.map((alias) => [alias, poolUri] as const),
		[userPart(poolUri), poolUri],
		[userPart(channelUri), channelUri],
	]);
	return ({ uri }: IncomingRequest) => services.get(userPart(uri));
}

/** The room of ours that it is for. A trusted peer knows what it sends here. */
function roomOf(
	{ peers, service }: EndpointNeeds,
	request: IncomingRequest,
): string | undefined {
	return peers.of(request) === undefined &&
		isOfOtherDomain(request, service.domain)
		? undefined
		: roomNamedBy(request.uri);
}

function subscribeHandler(
	needs: AnswererNeeds,
	{ subscriptions, conferences }: Answerers,
): Handler {
	return (request, reply, next) => {
		const event = request.get("Event")?.split(";")[0]?.trim().toLowerCase();
		if (event === provisioningEvent) {
			return provision({ ...needs, ...needs.service }, request, reply);
		}
		if (event === conferenceEvent) {
			const room = roomOf(needs, request);
			if (room !== undefined) return conferences.handle(request, reply, room);
			// In a dialog that has ended it names no room any more.
			return isInDialog(request) ? reply.send(481) : next();
		}
		return event === roamingSelfEvent
			? subscriptions.handle(request, reply)
			: next();
	};
}

function isInDialog(request: IncomingRequest): boolean {
	return headerParameter(request.get("To") ?? "", "tag") !== undefined;
}
