/** The log of what administrators did, by whichever door. */
import { z } from "zod";
import { operation } from "./operation.ts";

export interface AuditView {
	/** Goes up from entry to entry, with holes. */
	readonly position: number;
	readonly at: string;
	readonly actor: { readonly uri: string; readonly name: string };
	readonly door: "operator" | "sip" | "web" | "offline";
	readonly cameFrom: string;
	readonly action: string;
	readonly subject: string;
	readonly details: unknown;
	/** `begun`: how it ended is not known. */
	readonly outcome: "begun" | "done" | "refused" | "failed";
	/** Why it was refused or failed; empty else. */
	readonly reason: string;
}

/** Newest first; `next`: below which position the older ones are. */
export const listAudit = operation(
	z.strictObject({
		from: z.iso.datetime().optional(),
		before: z.iso.datetime().optional(),
		actor: z.string().min(1).max(300).optional(),
		action: z.string().min(1).max(64).optional(),
		subject: z.string().min(1).max(512).optional(),
		door: z.enum(["operator", "sip", "web", "offline"]).optional(),
		outcome: z.enum(["begun", "done", "refused", "failed"]).optional(),
		below: z.int().min(1).optional(),
		limit: z.int().min(1).max(1_000).default(50),
	}),
	async ({ rooms, actor }, { from, before, below, ...query }) => {
		const found = await rooms.auditEntries(actor, {
			...query,
			from: from === undefined ? undefined : new Date(from),
			before: before === undefined ? undefined : new Date(before),
			belowPosition: below,
		});
		const entries = found.map((entry): AuditView => {
			const { at, actor: who, details, ...rest } = entry;
			return {
				...rest,
				at: at.toISOString(),
				actor: { uri: who.uri, name: who.displayName },
				details: JSON.parse(details),
			};
		});
		const last = found.at(-1)?.position ?? null;
		return { entries, next: found.length < query.limit ? null : last };
	},
);

/** Writes down what the command is about to do beside the service: by `position` it says how it ended. */
export const beginAct = operation(
	z.strictObject({
		action: z.enum(["exported"]),
		subject: z.string().min(1).max(512),
		details: z.record(z.string(), z.union([z.string(), z.boolean()])),
	}),
	async ({ rooms, actor }, act) => ({
		position: await rooms.beginAct(actor, act),
	}),
);

export const endAct = operation(
	z.strictObject({
		position: z.int().min(1),
		outcome: z.enum(["done", "refused", "failed"]),
		/** Why it was refused or failed. */
		reason: z.string().max(64),
	}),
	async ({ rooms, actor }, { position, ...ended }) => {
		await rooms.endAct(actor, position, ended);
		return null;
	},
);
