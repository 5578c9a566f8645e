/** Whether this node lives, and whether it can serve: for load balancers and whoever restarts it. */
import { z } from "zod";
import { ChatError } from "../plugin/errors.ts";
import type { Routes, WebWork } from "./route.ts";

/** Then whoever watches is to look. */
const complianceBehindMs = 300_000;

const part = z.object({
	ok: z.boolean(),
	/** What is wrong, also where it is good enough, in words without names or addresses. */
	why: z.string().optional(),
});
const readiness = z.object({
	ready: z.boolean(),
	database: part,
	sip: part,
	compliance: part,
	/** Of events for compliance, where Redis carries it. */
	queue: part,
	/** With the operator's registrars; told only: who has our address otherwise reaches us. */
	registration: part,
	/** Takes it new clients, or is it drained? */
	pool: part,
});

export const healthRoutes: Routes = (server, work) => {
	const everybody = { access: "everybody" } as const;
	server.get(
		"/health/live",
		{
			config: everybody,
			schema: {
				summary: "Does this process answer?",
				response: { 200: z.object({ live: z.literal(true) }) },
			},
		},
		async () => ({ live: true as const }),
	);
	server.get(
		"/health/ready",
		{
			config: everybody,
			schema: {
				summary: "Can this node serve?",
				response: { 200: readiness, 503: readiness },
			},
		},
		async (_, reply) => {
			const found = await look(work);
			return reply.code(found.ready ? 200 : 503).send(found);
		},
	);
};

async function look({
	condition,
}: WebWork): Promise<z.output<typeof readiness>> {
	const database = await lookAtDatabase(condition);
	const sip = lookAtSip(condition);
	const queue =
		condition.redisConnected() === false
			? { ok: false, why: "Redis is not to be had." }
			: { ok: true };
	const behindMs = condition.complianceBehindMs();
	const compliance =
		behindMs <= complianceBehindMs
			? { ok: true }
			: {
					ok: false,
					why: `The compliance archive is ${Math.round(behindMs / 1_000)} s behind.`,
				};
	const pool = condition.drained()
		? { ok: false, why: "This node is drained: it takes no new clients." }
		: { ok: true };
	const parts = { database, sip, compliance, queue, pool };
	const ready = Object.values(parts).every(({ ok }) => ok);
	return { ready, ...parts, registration: lookAtRegistrations(condition) };
}

type Condition = WebWork["condition"];

function lookAtSip(condition: Condition) {
	if (!condition.sipConnected()) {
		return { ok: false, why: "There is no connection to the SIP server." };
	}
	const { state } = condition.sipWatchdog();
	if (state === "silent") {
		return {
			ok: false,
			why: "The SIP server takes no SIP, though its control port answers.",
		};
	}
	const all = condition.sipServers();
	const missing = all.filter(
		({ connected, watchdog }) => !connected || watchdog.state === "silent",
	).length;
	return missing === 0
		? { ok: true }
		: { ok: true, why: `${missing} of ${all.length} SIP servers are away.` };
}

function lookAtRegistrations(condition: Condition) {
	const all = condition.registrations();
	const missing = all.filter(({ state }) => state !== "registered").length;
	return missing === 0
		? { ok: true }
		: {
				ok: false,
				why: `${missing} of ${all.length} registrars have not registered this service.`,
			};
}

async function lookAtDatabase({
	askDatabase,
	databaseKeeps,
	replicas,
}: Condition) {
	try {
		await askDatabase();
		if (!databaseKeeps()) {
			return {
				ok: false,
				why: "The database answers, but keeps nothing: its disk may be full, or it is read-only.",
			};
		}
		const { states } = replicas();
		const unused = states.filter(({ standing }) => standing !== "used").length;
		return unused === 0
			? { ok: true }
			: {
					ok: true,
					why: `${unused} of ${states.length} replicas are away or behind; the database answers in their place.`,
				};
	} catch (error) {
		if (!(error instanceof ChatError)) throw error;
		return { ok: false, why: "The database does not answer." };
	}
}
