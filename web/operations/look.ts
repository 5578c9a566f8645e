/** What has to be asked of databases and stores to know how the service is doing: each asked by itself, so that one that is away hides no other. */
import type { ComplianceMetrics, Condition } from "../../plugin/index.ts";
import type { WebWork } from "../route.ts";

/** How something answered: after how long, or not. */
export type Answered = { readonly ms: number } | "away";

export interface Look {
	readonly at: Date;
	readonly database: Answered | "keeps nothing";
	readonly files: Answered;
	readonly browsers: number | undefined;
	readonly nodes: Awaited<ReturnType<Condition["nodesSince"]>> | undefined;
	/** Undefined where nothing is recorded, or it is not known. */
	readonly compliance: ComplianceMetrics | undefined;
}

export type LookNeeds = Pick<
	WebWork,
	"condition" | "accounts" | "compliance" | "now"
>;

/** A node that has been silent for longer belongs to the pool no more. */
const forgottenAfterMs = 86_400_000;

/** Never rejects. */
export async function look(needs: LookNeeds): Promise<Look> {
	const { condition, accounts, compliance, now } = needs;
	const at = now();
	const answer = await answered(condition.askDatabase);
	const keepsNothing = answer !== "away" && !condition.databaseKeeps();
	const files = await answered(condition.askFiles);
	return {
		at,
		database: keepsNothing ? "keeps nothing" : answer,
		files,
		browsers: await known(() => accounts.webSessions.count(at)),
		nodes: await known(() =>
			condition.nodesSince(new Date(at.getTime() - forgottenAfterMs)),
		),
		compliance:
			compliance && (await known(async () => await compliance.metrics())),
	};
}

async function answered(ask: () => Promise<void>): Promise<Answered> {
	const begun = performance.now();
	try {
		await ask();
		return { ms: Math.round(performance.now() - begun) };
	} catch {
		// Why is in the log of whoever stands on it.
		return "away";
	}
}

async function known<T>(ask: () => Promise<T>): Promise<T | undefined> {
	try {
		return await ask();
	} catch {
		return undefined;
	}
}
