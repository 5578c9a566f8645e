/** What `persistentChat()` takes; each default beside its field. Unknown or wrong fields are refused, all of them at once. */
import type { Knex } from "knex";
import type { Logger } from "pino";
import { z } from "zod";

const sipUri = z
	.string()
	.regex(/^sip:[^@\s<>;]+@[^@\s<>;]+$/, "must be like sip:name@example.com");
const bytes = (most: number) => z.int().min(1).max(most);

export const limitsSchema = z.strictObject({
	/** UTF-8 bytes of a message's text. */
	messageBytes: bytes(10_000).default(4_000),
	/** UTF-8 bytes of a story's text. */
	storyBytes: bytes(10_000).default(9_000),
	/** Messages that one question for history gives at most. */
	historyMessages: z.int().min(1).max(500).default(500),
	/** Rooms that one search gives at most. */
	searchResults: z.int().min(1).max(10_000).default(999),
	/** Participants that a join lists at most. */
	roster: z.int().min(1).max(20_000).default(1_000),
	/** Dialogs that one user may have at the same time. */
	sessionsPerUser: z.int().min(1).max(1_000).default(20),
});

export const serviceSchema = z.strictObject({
	/** The SIP domain of rooms and users. */
	domain: z
		.string()
		.regex(/^[a-z0-9.-]+$/i, "must be a domain name")
		.transform((domain) => domain.toLowerCase())
		.default("example.com"),
	/** Where clients sign in; default `sip:persistentchat@<domain>`. */
	poolUri: sipUri.optional(),
	/** Where they chat; default `sip:GC-1-PersistentChatService-1@<domain>`. */
	channelUri: sipUri.optional(),
	/** User parts of further addresses of the pool: old clients call `ocschat`. */
	aliases: z.array(z.string().toLowerCase()).default(["ocschat"]),
	/** Shown by clients that know several pools. */
	displayName: z.string().max(256).default("Persistent chat"),
	/** The page where rooms are managed. */
	roomManagementUrl: z.url().optional(),
	/** Name of this node, the same at each start. */
	node: z.string().min(1).max(64).default("node-1"),
	/** `digest`: callers prove who they are. `open`: the From is believed; for tests only. */
	authentication: z.enum(["digest", "open"]).default("digest"),
	/** Answer REGISTER too; off behind an operator's registrar. */
	registrar: z.boolean().default(true),
	/** How often clients show that they are still there (RFC 4028). */
	sessionExpiresSeconds: z.int().min(90).max(86_400).default(720),
	limits: limitsSchema.prefault({}),
});

export type ServiceOptions = z.input<typeof serviceSchema>;

export interface PersistentChatOptions extends ServiceOptions {
	/** The caller's: it is not closed here. */
	readonly database: Knex;
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

/** `limits.messageBytes: Too big: expected number to be <=10000`, one line each. */
export function faultsOf(error: z.ZodError): string[] {
	return error.issues.map(
		({ path, message }) =>
			`${path.length > 0 ? `${path.join(".")}: ` : ""}${message}`,
	);
}
