/** A process that kills itself between two named steps of an event's path, found by what it says to its databases. */
import type { Knex } from "../../plugin/store/index.ts";

export const stepNames = [
	"post committed",
	"outbox read",
	"batch carried",
	"half of a batch archived",
	"batch archived",
	"outbox forgotten",
	"delivery begun",
	"delivered",
	"half acknowledged",
	"acknowledged",
	"half pruned",
	"pruned",
] as const;
export type StepName = (typeof stepNames)[number];

export interface Steps {
	posted(): void;
	delivering(): void;
	delivered(): void;
}

interface Statement {
	readonly sql: string;
}

/** When the step has come, and something was posted before. */
export function killAt(
	name: StepName,
	{ database, archive }: { readonly database: Knex; readonly archive: Knex },
): Steps {
	let posts = 0;
	const at = (step: StepName) => {
		if (step === name && posts >= 3) process.kill(process.pid, "SIGKILL");
	};
	/** The first statement after one that wrote is told, once that one's transaction has ended. */
	const after = (knex: Knex, written: RegExp, step: StepName) => {
		let wrote = false;
		knex.on("query", ({ sql }: Statement) => {
			if (wrote && !/^(commit|release|update|insert|delete)/i.test(sql))
				at(step);
		});
		knex.on("query-response", (_: unknown, { sql }: Statement) => {
			if (written.test(sql)) wrote = true;
		});
	};
	const before = (knex: Knex, sought: RegExp, step: StepName) =>
		knex.on("query", ({ sql }: Statement) => {
			if (sought.test(sql)) at(step);
		});
	database.on("query-response", (rows: unknown, { sql }: Statement) => {
		const found = Array.isArray(rows) && rows.flat().length > 0;
		if (found && /`payload` from `outbox`/.test(sql)) at("outbox read");
		if (/^delete from `outbox`/.test(sql)) at("outbox forgotten");
	});
	before(database, /^delete from `outbox`/, "batch archived");
	before(
		archive,
		/^update `archive_leases` set `turn` = \? where/,
		"batch carried",
	);
	before(
		archive,
		/^update `archive_head` set `position`/,
		"half of a batch archived",
	);
	after(archive, /^update `archive_adapters` set `position`/, "acknowledged");
	archive.on("query-response", (_: unknown, { sql }: Statement) => {
		if (/^update `archive_adapters` set `position`/.test(sql)) {
			at("half acknowledged");
		}
		if (/^delete from `archive_events`/.test(sql)) at("half pruned");
	});
	after(archive, /^update `archive_head` set `pruned`/, "pruned");
	return {
		posted() {
			posts += 1;
			at("post committed");
		},
		delivering: () => at("delivery begun"),
		delivered: () => at("delivered"),
	};
}
