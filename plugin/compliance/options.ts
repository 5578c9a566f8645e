/** What `persistentChat()` takes about compliance; each default beside its field. */
import type { Knex } from "knex";
import { z } from "zod";
import { redisSchema } from "../cluster/redis-address.ts";
import type { AdapterFactory } from "./adapter.ts";
import type { EventRecord } from "./archived.ts";

const day = 86_400_000;

/** A type that is forgotten here does not compile. */
const everyType: Readonly<Record<EventRecord["type"], true>> = {
	posted: true,
	joined: true,
	parted: true,
	viewed: true,
	searched: true,
	uploaded: true,
	downloaded: true,
	deleted: true,
	replaced: true,
	invited: true,
	"room-created": true,
	"room-removed": true,
	"room-changed": true,
	"roles-changed": true,
	"category-created": true,
	"category-removed": true,
	"category-changed": true,
	"directory-changed": true,
	unreadable: true,
};
const eventTypes = Object.keys(everyType) as EventRecord["type"][];

const filterSchema = z.strictObject({
	types: z
		.array(z.enum(eventTypes))
		.optional()
		.describe("Types of events, like posted"),
	categories: z
		.array(z.string().min(1))
		.optional()
		.describe("Names or GUIDs of categories"),
	rooms: z
		.array(z.string().min(1))
		.optional()
		.describe("Names or GUIDs of rooms"),
});

const adapterSchema = z.strictObject({
	use: z
		.union([
			z.string().min(1),
			z.custom<AdapterFactory>(
				(value) => typeof value === "function",
				"must be a name, or an adapter's factory",
			),
		])
		.describe(
			"jsonl, xml, vantage, eml, webhook; ./a-module.js; or a package's name",
		),
	name: z
		.string()
		.regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "must be like archive-2 (a-z, 0-9, -)")
		.optional()
		.describe(
			"What it is called, for ever: how far it is, is kept under this name; default: the name of what is used",
		),
	options: z.unknown().optional().describe("The adapter's own"),
	only: filterSchema
		.optional()
		.describe("It gets nothing else; what is of no room fits no room"),
	runIntervalMs: z
		.int()
		.min(50)
		.max(30 * day)
		.default(5_000)
		.describe("From the beginning of one run to that of the next"),
	batchEvents: z
		.int()
		.min(1)
		.max(10_000)
		.default(1_000)
		.describe("Events that it gets at a time, at most"),
	deliverTimeoutMs: z
		.int()
		.min(100)
		.max(3_600_000)
		.default(60_000)
		.describe("After this a delivery is aborted and tried again"),
});

export const atWorkSchema = z.strictObject({
	adapters: z
		.array(
			z.preprocess(
				(given) => (typeof given === "string" ? { use: given } : given),
				adapterSchema,
			),
		)
		.min(1, "names no adapter: say which, or compliance: off")
		.max(32)
		.transform((adapters) =>
			adapters.map((adapter) => ({
				...adapter,
				name: adapter.name ?? nameOf(adapter.use),
			})),
		)
		.refine(
			(adapters) =>
				new Set(adapters.map(({ name }) => name)).size === adapters.length,
			"two adapters have the same name: give each a name of its own",
		),
	retainDays: z
		.number()
		.min(0)
		.max(36_500)
		.default(30)
		.describe(
			"How long the archive keeps what every adapter has taken, to be replayed and verified",
		),
	closedAfterMs: z
		.int()
		.min(1_000)
		.max(day)
		.default(60_000)
		.describe(
			"When the archive is farther behind than this, categories with compliance closed take no posts",
		),
	missingFileAfterMs: z
		.int()
		.min(0)
		.max(day)
		.default(30_000)
		.describe(
			"How long the file store must have answered that it has not a file's bytes, until its event is archived without them",
		),
	checkpointEveryMs: z
		.int()
		.min(1_000)
		.max(day)
		.default(60_000)
		.describe("How often the archive's state is signed, when it has changed"),
	signingKey: z
		.string()
		.min(1)
		.default("./data/compliance-key.pem")
		.describe(
			"File of the Ed25519 private key that signs; made when missing, with the public key beside it (.pub.pem)",
		),
	files: z
		.string()
		.min(1)
		.default("./data/compliance-files")
		.describe("Directory where copies of uploaded files are kept"),
	redis: redisSchema
		.optional()
		.describe(
			"Between the chat database and the archive goes a queue in this Redis (an address like that of service.redis); without it, events go straight to the archive",
		),
});

/**
 * - `off`: nothing is recorded.
 * - `elsewhere`: events are owed, and stay in the chat database until a node with adapters takes them.
 */
export type ComplianceGiven =
	| "off"
	| "elsewhere"
	| string
	| readonly (string | z.input<typeof adapterSchema>)[]
	| (z.input<typeof atWorkSchema> & {
			/** Of the archive; the caller's: it is not closed here. Default: the chat database itself. */
			readonly database?: Knex;
	  });

export type ComplianceAtWork = z.output<typeof atWorkSchema>;
export type AdapterSetting = ComplianceAtWork["adapters"][number];
export type Filter = z.output<typeof filterSchema>;

/** `jsonl` and `[jsonl, xml]` are short for an object with these adapters; `off` and `elsewhere` stay what they are. */
export function expandCompliance(given: unknown): unknown {
	if (given === "off" || given === "elsewhere") return given;
	if (typeof given === "string") return { adapters: [given] };
	return Array.isArray(given) ? { adapters: given } : given;
}

function nameOf(use: string | AdapterFactory): string {
	const text = typeof use === "string" ? use : use.name;
	const name = text
		.toLowerCase()
		.replace(/^.*\//, "")
		.replace(/\.[cm]?[jt]s$/, "")
		.replace(/[^a-z0-9-]+/g, "-")
		.replace(/^-+/, "");
	return name === "" ? "adapter" : name.slice(0, 64);
}
