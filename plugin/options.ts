/** What `persistentChat()` takes; each default beside its field. Unknown or wrong fields are refused, all of them at once. */
import type { Knex } from "knex";
import type { Logger } from "pino";
import { z } from "zod";
import { redisSchema } from "./cluster/redis-address.ts";
import {
	atWorkSchema,
	type ComplianceAtWork,
	type ComplianceGiven,
	expandCompliance,
} from "./compliance/options.ts";
import { faultText } from "./faults.ts";
import { filesSchema } from "./files/options.ts";
import { lifeSchema } from "./life-options.ts";
import type { Measure } from "./load/index.ts";
import { loadSchema } from "./load/options.ts";
import {
	challengeSchema,
	ratesSchema,
	type TrustedPeer,
	trustedPeersSchema,
} from "./sip/options.ts";
import { registrationsSchema } from "./sip/registration-options.ts";

const sipUri = z
	.string()
	.regex(/^sip:[^@\s<>;]+@[^@\s<>;]+$/, "must be like sip:name@example.com");
export const defaultNode = "node-1";
const bytes = (most: number) => z.int().min(1).max(most);

const limitsSchema = z.strictObject({
	messageBytes: bytes(10_000)
		.default(4_000)
		.describe("UTF-8 bytes of a message's text"),
	storyBytes: bytes(10_000)
		.default(9_000)
		.describe("UTF-8 bytes of a story's text"),
	historyMessages: z
		.int()
		.min(1)
		.max(500)
		.default(500)
		.describe("Messages that one question for history gives at most"),
	searchResults: z
		.int()
		.min(1)
		.max(10_000)
		.default(999)
		.describe("Rooms that one search gives at most"),
	fileBytes: z
		.int()
		.min(1)
		.max(5_000_000_000)
		.default(20_480_000)
		.describe("Bytes of an uploaded file (20,000 KB)"),
	roster: z
		.int()
		.min(1)
		.max(1_000)
		.default(75)
		.describe(
			"With more participants than this, a room's comings and goings are told no more and joins list nobody, until there are fewer than 80 % of it",
		),
	sessionsPerUser: z
		.int()
		.min(1)
		.max(1_000)
		.default(20)
		.describe("Dialogs that one user may have at the same time"),
});

export const serviceSchema = z.strictObject({
	domain: z
		.string()
		.toLowerCase()
		.regex(/^[a-z0-9.-]+$/, "must be a domain name")
		.default("example.com")
		.describe("The SIP domain of rooms and users"),
	poolUri: sipUri
		.optional()
		.describe("Where clients sign in; default `sip:persistentchat@<domain>`"),
	channelUri: sipUri
		.optional()
		.describe(
			"Where they chat; default `sip:GC-1-PersistentChatService-1@<domain>`",
		),
	channels: z
		.record(z.string().min(1).max(64), sipUri)
		.default({})
		.describe(
			"Where clients chat on each node of the pool, by the nodes' names: who signs in is sent to the one with the fewest dialogs; default: `channelUri`",
		),
	aliases: z
		.array(z.string().toLowerCase())
		.default(["ocschat"])
		.describe(
			"User parts of further addresses of the pool: old clients call `ocschat`",
		),
	displayName: z
		.string()
		.max(256)
		.default("Persistent chat")
		.describe("Shown by clients that know several pools"),
	roomManagementUrl: z
		.url()
		.optional()
		.describe("The page where rooms are managed"),
	node: z
		.string()
		.min(1)
		.max(64)
		.default(defaultNode)
		.describe("Name of this node, the same at each start"),
	redis: redisSchema
		.optional()
		.describe(
			"By which the nodes of a pool tell each other what happens: redis://:password@host:6379 (rediss:// with TLS), redis-sentinel:// or redis-cluster:// (docs/pool.md); without it this node is alone",
		),
	authentication: z
		.enum(["digest", "open"])
		.default("digest")
		.describe(
			"digest: callers prove who they are; open: the From is believed, for tests only",
		),
	challenge: challengeSchema,
	trustedPeers: trustedPeersSchema,
	dialogsKeepAddress: z
		.boolean()
		.default(true)
		.describe(
			"Requests in a dialog from another address than its INVITE's are refused (481)",
		),
	rates: ratesSchema,
	registrar: z
		.boolean()
		.default(true)
		.describe("Answer REGISTER too; off behind an operator's registrar"),
	sessionExpiresSeconds: z
		.int()
		.min(90)
		.max(86_400)
		.default(720)
		.describe("How often clients show that they are still there (RFC 4028)"),
	newContentEveryMs: z
		.int()
		.min(100)
		.max(600_000)
		.default(5_000)
		.describe(
			"Followers of a room who are not in it are told of new messages no more often",
		),
	auditDays: z
		.int()
		.min(1)
		.max(36_500)
		.default(400)
		.describe("Days that the log of what administrators did is kept"),
	retainDays: z
		.int()
		.min(1)
		.max(36_500)
		.optional()
		.describe(
			"Days that messages are kept: older ones are deleted, with the files that they tell of; without it for ever. A category may say otherwise (`category set NAME --retain-days`). Compliance keeps its own",
		),
	phones: z
		.strictObject({
			proxy: z
				.string()
				.regex(
					/^sips?:[^@\s<>"]+$/,
					"must be like sip:10.1.0.5:5060;transport=tcp",
				)
				.optional()
				.describe(
					"SIP proxy by which what is said in rooms is sent to people with ordinary SIP phones, as MESSAGE to their address; default: to where they have registered here",
				),
			rosterEveryMs: z
				.int()
				.min(10)
				.max(600_000)
				.default(5_000)
				.describe(
					"SIP clients that subscribe to who is in a room are told no more often (RFC 4575 asks for 5,000)",
				),
		})
		.prefault({}),
	files: filesSchema.prefault({}),
	life: lifeSchema.prefault({}),
	overload: loadSchema.prefault({}),
	registrations: registrationsSchema,
	limits: limitsSchema.prefault({}),
});

export interface ServiceOptions
	extends Omit<z.input<typeof serviceSchema>, "trustedPeers"> {
	readonly trustedPeers?: readonly TrustedPeer[] | undefined;
}

export interface PersistentChatOptions extends ServiceOptions {
	/** Watched beside what is by itself: with too much of it posts are refused, then commands. */
	readonly measures?: readonly Measure[];
	/** Which adapters are fed; or `off`, or `elsewhere`, by name. */
	readonly compliance: ComplianceGiven;
	/** The caller's: it is not closed here. */
	readonly database: Knex;
	/** Read-only replicas of it for history and search, of `makeReplicas`; likewise the caller's. */
	readonly replicas?: readonly {
		readonly name: string;
		readonly database: Knex;
	}[];
	readonly log: Logger;
}

export type Service = z.output<typeof serviceSchema> & {
	readonly poolUri: string;
	readonly channelUri: string;
};

/** Throws an `Error` that names every fault. */
export function checkOptions(options: ServiceOptions): Service {
	const checked = serviceSchema.safeParse(options);
	if (!checked.success) {
		throw new Error(`Options: ${faultsOf(checked.error).join("; ")}`);
	}
	const { domain } = checked.data;
	return {
		...checked.data,
		poolUri: checked.data.poolUri ?? `sip:persistentchat@${domain}`,
		channelUri:
			checked.data.channelUri ?? `sip:GC-1-PersistentChatService-1@${domain}`,
	};
}

/** Throws an `Error` that names every fault. */
export function checkCompliance(
	given: ComplianceGiven,
): ComplianceAtWork | "off" | "elsewhere" {
	const expanded = expandCompliance(given);
	if (expanded === "off" || expanded === "elsewhere") return expanded;
	if (typeof expanded !== "object" || expanded === null) {
		throw new Error(
			"Options: compliance: say which adapters are fed, like jsonl; or off, or elsewhere, by name",
		);
	}
	const { database: _, ...rest } = expanded as Record<string, unknown>;
	const checked = atWorkSchema.safeParse(rest);
	if (checked.success) return checked.data;
	throw new Error(
		`Options: ${faultsOf(checked.error)
			.map((fault) => `compliance.${fault}`)
			.join("; ")}`,
	);
}

/** `limits.messageBytes: must be at most 10000`, one line each. */
export function faultsOf(error: z.ZodError): string[] {
	return error.issues.map(
		(issue) =>
			`${issue.path.length > 0 ? `${issue.path.join(".")}: ` : ""}${faultText(issue)}`,
	);
}
