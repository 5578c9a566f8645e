/** The process's configuration: one YAML file, environment variables over it, checked whole before anything starts. */
import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { defaultNode, faultsOf, serviceSchema } from "./plugin/options.ts";

const port = z.int().min(0).max(65_535);

const schema = z.strictObject({
	service: serviceSchema.prefault({}),
	drachtio: z
		.strictObject({
			host: z
				.string()
				.optional()
				.describe(
					"Address of a drachtio-server's control port; without it, the embedded SIP edge is started",
				),
			port: port.default(9022).describe("Its port"),
			secret: z
				.string()
				.min(1)
				.optional()
				.describe(
					"Its secret; default cymru, drachtio's own; the embedded edge makes one up",
				),
		})
		.prefault({}),
	edge: z
		.strictObject({
			host: z
				.string()
				.default("127.0.0.1")
				.describe(
					"Where the embedded SIP edge listens; 0.0.0.0 for everywhere",
				),
			sipPort: port.default(5060).describe("SIP over UDP and TCP"),
			wsPort: port.default(8088).describe("SIP over WebSocket"),
			controlPort: port
				.default(9022)
				.describe("drachtio's control protocol, always on the loopback"),
		})
		.prefault({}),
	database: z
		.strictObject({
			client: z
				.enum(["sqlite", "mysql"])
				.default("sqlite")
				.describe("mysql: MySQL or MariaDB; sqlite: an embedded file"),
			file: z
				.string()
				.default("./data/persistent-chat.sqlite")
				.describe("The SQLite file; made when missing"),
			url: z
				.string()
				.optional()
				.describe("mysql://user:password@host:3306/database"),
			poolSize: z
				.int()
				.min(1)
				.max(500)
				.default(10)
				.describe("Connections to MySQL at most"),
		})
		.prefault({})
		.refine(
			({ client, url }) => client !== "mysql" || url !== undefined,
			"the client mysql needs a url",
		),
	demo: z
		.boolean()
		.default(true)
		.describe("Put demo users and rooms into an empty SQLite database"),
	log: z
		.strictObject({
			level: z
				.enum(["trace", "debug", "info", "warn", "error", "fatal"])
				.optional()
				.describe("default: info with a drachtio-server, warn without"),
		})
		.prefault({}),
});

/** Several nodes may share a MySQL database, and each parts only the people that it left behind itself. */
const schemaWithNode = schema.refine(
	({ database, service }) =>
		database.client !== "mysql" || service.node !== defaultNode,
	{
		path: ["service", "node"],
		message:
			"with mysql each node needs a name of its own, the same at each start",
	},
);

export type Configuration = z.output<typeof schema>;

/** Why the process cannot start, one line a fault. */
export class ConfigurationError extends Error {
	override readonly name = "ConfigurationError";
	readonly faults: readonly string[];

	constructor(faults: readonly string[]) {
		super(faults.join("\n"));
		this.faults = faults;
	}
}

const prefix = "PERSISTENT_CHAT_";
const defaultFile = "persistent-chat.yaml";

interface Setting {
	readonly path: readonly string[];
	readonly variable: string;
	readonly type: string;
	readonly description: string;
	readonly default: unknown;
}

/** Reads `file`, or `./persistent-chat.yaml` where there is one. Throws `ConfigurationError`. */
export function readConfiguration(
	file: string | undefined,
	environment: Readonly<Record<string, string | undefined>>,
): Configuration {
	const faults: string[] = [];
	const given = readFile(file, faults);
	overlay(given, environment, faults);
	const checked = schemaWithNode.safeParse(given);
	if (!checked.success) faults.push(...faultsOf(checked.error));
	if (faults.length > 0 || !checked.success) {
		throw new ConfigurationError(faults);
	}
	return checked.data;
}

function readFile(
	file: string | undefined,
	faults: string[],
): Record<string, unknown> {
	const name = file ?? defaultFile;
	if (file === undefined && !existsSync(name)) return {};
	try {
		const content: unknown = parse(readFileSync(name, "utf8")) ?? {};
		if (typeof content === "object" && !Array.isArray(content)) {
			return content as Record<string, unknown>;
		}
		faults.push(`${name}: must hold settings, like "log: { level: info }"`);
	} catch (error) {
		faults.push(`${name}: ${error instanceof Error ? error.message : error}`);
	}
	return {};
}

function overlay(
	onto: Record<string, unknown>,
	environment: Readonly<Record<string, string | undefined>>,
	faults: string[],
): void {
	const byVariable = new Map(
		settings().map((setting) => [setting.variable, setting]),
	);
	for (const [variable, text] of Object.entries(environment)) {
		if (!variable.startsWith(prefix) || text === undefined) continue;
		const setting = byVariable.get(variable);
		if (setting === undefined) {
			faults.push(`${variable}: there is no such setting; see --help`);
			continue;
		}
		assign(onto, setting.path, convert(text, setting.type));
	}
}

function assign(
	onto: Record<string, unknown>,
	[key = "", ...rest]: readonly string[],
	value: unknown,
): void {
	if (rest.length === 0) {
		onto[key] = value;
		return;
	}
	const inner = onto[key];
	const next =
		typeof inner === "object" && inner !== null
			? (inner as Record<string, unknown>)
			: {};
	onto[key] = next;
	assign(next, rest, value);
}

/** What cannot be converted stays text, so that the check names it. */
function convert(text: string, type: string): unknown {
	switch (type) {
		case "integer":
			return /^-?\d+$/.test(text) ? Number(text) : text;
		case "boolean":
			return text === "true" ? true : text === "false" ? false : text;
		case "array":
			return text.split(",").map((item) => item.trim());
		default:
			return text;
	}
}

/** Every setting, with what it is called in the environment. */
function settings(): Setting[] {
	const root = z.toJSONSchema(schema, { io: "input" });
	const found: Setting[] = [];
	const walk = (node: unknown, path: readonly string[]): void => {
		const { properties, type, description } = node as {
			properties?: Record<string, unknown>;
			type?: string;
			description?: string;
		};
		if (properties !== undefined) {
			for (const [key, inner] of Object.entries(properties)) {
				walk(inner, [...path, key]);
			}
			return;
		}
		found.push({
			path,
			variable: prefix + path.map(snakeCase).join("_"),
			type: type ?? "string",
			description: description ?? "",
			default: (node as { default?: unknown }).default,
		});
	};
	walk(root, []);
	return found;
}

function snakeCase(key: string): string {
	return key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

export function helpText(): string {
	const lines = settings().flatMap(
		({ path, variable, description, default: value }) => [
			`  ${path.join(".")}${value === undefined ? "" : ` (default: ${JSON.stringify(value)})`}`,
			`      ${variable}`,
			...(description === "" ? [] : [`      ${description}`]),
		],
	);
	return [
		"Usage: npm start -- [--config FILE] [--help]",
		"",
		`Settings come from a YAML file (./${defaultFile}, or the one named), and from`,
		"environment variables, which take precedence:",
		"",
		...lines,
	].join("\n");
}
