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
				.min(1)
				.default("./data/persistent-chat.sqlite")
				.describe("The SQLite file; made when missing"),
			url: z
				.string()
				.refine(
					isMysqlUrl,
					"must be like mysql://user:password@host:3306/database, with ?tls=on or nothing behind it",
				)
				.optional()
				.describe("mysql://user:password@host:3306/database; ?tls=on encrypts"),
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
		)
		.refine(({ client, url }) => client === "mysql" || url === undefined, {
			path: ["url"],
			message:
				"is for mysql: set database.client (PERSISTENT_CHAT_DATABASE_CLIENT) to mysql too",
		}),
	operator: z
		.strictObject({
			socket: z
				.string()
				.min(1)
				.optional()
				.describe(
					"The socket of the command persistent-chat, for the user who runs the service only; default: beside the SQLite file, or ./data/persistent-chat.sock; none: no such socket",
				),
		})
		.prefault({}),
	demo: z
		.boolean()
		.optional()
		.describe(
			"Put demo users and rooms into an empty SQLite database; default: only where the embedded SIP edge is started",
		),
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

export interface Configuration extends z.output<typeof schema> {
	readonly demo: boolean;
}

function isMysqlUrl(text: string): boolean {
	if (!URL.canParse(text)) return false;
	const { protocol, hostname, pathname, search } = new URL(text);
	return (
		protocol === "mysql:" &&
		hostname !== "" &&
		pathname.length > 1 &&
		/^(\?tls=(on|off))?$/.test(search)
	);
}

/** Where the operator's command finds the service; undefined when it is not to. */
export function operatorSocket({
	operator,
	database: { client, file },
}: Pick<Configuration, "operator" | "database">): string | undefined {
	if (operator.socket === "none") return undefined;
	if (operator.socket !== undefined) return operator.socket;
	return client === "sqlite" && file !== ":memory:"
		? `${file.replace(/\.[^./]*$/, "")}.sock`
		: "./data/persistent-chat.sock";
}

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
	/** `sqlite | mysql`, `1 to 500`; empty where anything of the type goes. */
	readonly allowed: string;
	readonly default: unknown;
}

/** Reads `file`, or `./persistent-chat.yaml` where there is one. Throws `ConfigurationError`. */
export function readConfiguration(
	file: string | undefined,
	environment: Readonly<Record<string, string | undefined>>,
): Configuration {
	const faults: string[] = [];
	const given = readFile(file, faults);
	const variables = overlay(given, environment, faults);
	const checked = schemaWithNode.safeParse(given);
	if (!checked.success) {
		const lines = faultsOf(checked.error);
		for (const [index, { path }] of checked.error.issues.entries()) {
			const [variable] = path.flatMap(
				(_, end) => variables.get(path.slice(0, end + 1).join(".")) ?? [],
			);
			const line = lines[index] ?? "";
			faults.push(variable === undefined ? line : `${variable}: ${line}`);
		}
	}
	if (faults.length > 0 || !checked.success) {
		throw new ConfigurationError(faults);
	}
	const { demo = checked.data.drachtio.host === undefined } = checked.data;
	return { ...checked.data, demo };
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
			return withoutNulls(content) as Record<string, unknown>;
		}
		faults.push(`${name}: must hold settings, like "log: { level: info }"`);
	} catch (error) {
		faults.push(`${name}: ${error instanceof Error ? error.message : error}`);
	}
	return {};
}

/** YAML gives null for what is written without a value, as a section whose settings are all commented out. */
function withoutNulls(value: unknown): unknown {
	if (typeof value !== "object" || value === null || Array.isArray(value)) {
		return value;
	}
	return Object.fromEntries(
		Object.entries(value)
			.filter(([, inner]) => inner !== null)
			.map(([key, inner]) => [key, withoutNulls(inner)]),
	);
}

/** Puts what the environment says over the file; gives the variable for each setting that has one there. */
function overlay(
	onto: Record<string, unknown>,
	environment: Readonly<Record<string, string | undefined>>,
	faults: string[],
): ReadonlyMap<string, string> {
	const byVariable = new Map(
		settings().map((setting) => [setting.variable, setting]),
	);
	const given = new Map<string, string>();
	for (const [variable, text] of Object.entries(environment)) {
		if (!variable.startsWith(prefix) || !text) continue;
		const setting = byVariable.get(variable);
		if (setting === undefined) {
			faults.push(`${variable}: there is no such setting; see --help`);
			continue;
		}
		given.set(setting.path.join("."), variable);
		assign(onto, setting.path, convert(text, setting.type));
	}
	return given;
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
			allowed: allowedBy(node as AllowedValues),
			default: (node as { default?: unknown }).default,
		});
	};
	walk(root, []);
	return found;
}

interface AllowedValues {
	readonly type?: string;
	readonly enum?: readonly unknown[];
	readonly minimum?: number;
	readonly maximum?: number;
}

function allowedBy({ type, enum: values, ...range }: AllowedValues): string {
	if (values !== undefined) return values.join(" | ");
	if (type === "boolean") return "true | false";
	if (type === "array") return "a list; in the variable, separated by commas";
	const { minimum, maximum } = range;
	return minimum === undefined ? "" : `${minimum} to ${maximum}`;
}

function snakeCase(key: string): string {
	return key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

export function helpText(): string {
	const lines = settings().flatMap(
		({ path, variable, description, allowed, default: value }) => [
			`  ${path.join(".")}${value === undefined ? "" : ` (default: ${JSON.stringify(value)})`}`,
			`      ${variable}`,
			...[description, allowed]
				.filter((line) => line !== "")
				.map((line) => `      ${line}`),
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
