/** Who may import whom, as data: docs/architecture.md shows the same table to people. */
import { deepEqual } from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");

interface Rule {
	/** Folders and files of ours of which values may be imported. */
	readonly values: readonly string[];
	/** … and of which only types. */
	readonly types?: readonly string[];
	/** Outside libraries that may be imported as values. */
	readonly libraries?: readonly string[];
	/** … and as types. */
	readonly libraryTypes?: readonly string[];
}

const adapterRule: Rule = {
	values: ["plugin/compliance/adapter.ts", ...sharedByAdapters()],
	libraries: ["zod"],
};

/** The longest matching path rules a file; a folder may always import itself. */
const rules: Readonly<Record<string, Rule>> = {
	"plugin/errors.ts": { values: [] },
	"plugin/tracing.ts": { values: [], libraries: ["@opentelemetry"] },
	"plugin/turns.ts": { values: [] },
	"plugin/now-and-then.ts": { values: [], types: ["plugin/rooms/types.ts"] },
	"plugin/traffic.ts": { values: [], types: ["plugin/store"] },
	"plugin/turned-away.ts": { values: [], libraryTypes: ["pino"] },
	"plugin/accounts.ts": {
		values: ["plugin/credentials.ts"],
		types: ["plugin/store", "plugin/rooms"],
	},
	"plugin/sip-tickets.ts": {
		values: ["plugin/credentials.ts"],
		types: ["plugin/store", "plugin/rooms/types.ts"],
	},
	"plugin/sign-in-links.ts": {
		values: ["plugin/errors.ts"],
		types: ["plugin/store", "plugin/rooms/types.ts"],
	},
	"plugin/web-address.ts": { values: [] },
	"plugin/pool.ts": {
		values: ["plugin/compliance/ticker.ts", "plugin/errors.ts"],
		types: ["plugin/store", "plugin/rooms"],
		libraryTypes: ["pino"],
	},
	"plugin/condition.ts": {
		values: [],
		types: [
			"plugin/store",
			"plugin/rooms/events.ts",
			"plugin/load",
			"plugin/sip/registration.ts",
			"plugin/sip/server-links.ts",
			"plugin/sip/server-report.ts",
			"plugin/sip/watchdog.ts",
			"plugin/traffic.ts",
			"plugin/turned-away.ts",
		],
	},
	"plugin/credentials.ts": { values: [], types: ["plugin/store"] },
	"plugin/life-options.ts": { values: [], libraries: ["zod"] },
	"plugin/faults.ts": { values: [], libraryTypes: ["zod"] },
	"plugin/options.ts": {
		values: [
			"plugin/faults.ts",
			"plugin/compliance/options.ts",
			"plugin/files/options.ts",
			"plugin/load/options.ts",
			"plugin/sip/options.ts",
			"plugin/sip/registration-options.ts",
			"plugin/life-options.ts",
		],
		types: ["plugin/load/index.ts"],
		libraries: ["zod"],
		libraryTypes: ["knex", "pino"],
	},
	"plugin/xccos": {
		values: ["plugin/errors.ts"],
		types: ["plugin/rooms/types.ts", "plugin/rooms/events.ts"],
	},
	"plugin/xccos/xml.ts": {
		values: ["plugin/errors.ts"],
		libraries: ["fast-xml-parser"],
	},
	"plugin/rooms": {
		values: ["plugin/tracing.ts", "plugin/errors.ts", "plugin/turns.ts"],
		types: [
			"plugin/store",
			"plugin/cluster",
			"plugin/compliance/events.ts",
			"plugin/files",
		],
		libraryTypes: ["pino"],
	},
	"plugin/files": {
		values: ["plugin/errors.ts"],
		types: ["plugin/rooms/types.ts"],
		libraries: ["zod"],
		libraryTypes: ["pino"],
	},
	"plugin/files/thumbnail-process.ts": { values: [], libraries: ["sharp"] },
	"plugin/store": {
		values: [
			"plugin/errors.ts",
			"plugin/turns.ts",
			"plugin/rooms/words.ts",
			"migrations",
		],
		types: [
			"plugin/rooms/types.ts",
			"plugin/rooms/directory.ts",
			"plugin/compliance/events.ts",
		],
		libraries: ["knex"],
		libraryTypes: ["better-sqlite3", "mysql2"],
	},
	"plugin/store/mysql-servers.ts": { values: [], libraries: ["mysql2"] },
	"plugin/store/mysql-hosts.ts": { values: [] },
	"plugin/store/archive": {
		values: [
			"plugin/store",
			"plugin/compliance/archive.ts",
			"plugin/compliance/archiving.ts",
			"plugin/compliance/chain.ts",
		],
		types: [
			"plugin/compliance/archived.ts",
			"plugin/compliance/events.ts",
			"plugin/compliance/archive-posts.ts",
			"plugin/compliance/evidence.ts",
		],
		libraryTypes: ["knex"],
	},
	/** What an old migration did is not to change with today's code. */
	migrations: { values: [], libraryTypes: ["knex"] },
	"plugin/cluster": {
		values: ["plugin/tracing.ts", "plugin/compliance/ticker.ts"],
		types: ["plugin/rooms/types.ts", "plugin/rooms/events.ts", "plugin/store"],
		libraries: ["ioredis", "zod"],
		libraryTypes: ["pino"],
	},
	"plugin/compliance": {
		values: [
			"plugin/cluster/redis.ts",
			"plugin/cluster/redis-address.ts",
			"plugin/errors.ts",
		],
		types: [
			"plugin/rooms/types.ts",
			"plugin/rooms/events.ts",
			"plugin/store/store.ts",
			"plugin/cluster",
		],
		libraries: ["bullmq", "zod"],
		libraryTypes: ["pino", "knex"],
	},
	/** What several adapters share; the folder of one is a rule of its own, so that none knows another. */
	adapters: {
		values: ["plugin/compliance/adapter.ts"],
		libraryTypes: ["zod"],
	},
	"adapters/secret.ts": { values: [], libraries: ["zod"] },
	"adapters/eml": {
		...adapterRule,
		libraries: [...(adapterRule.libraries ?? []), "nodemailer"],
	},
	"adapters/example": adapterRule,
	"adapters/jsonl": adapterRule,
	"adapters/vantage": adapterRule,
	"adapters/webhook": adapterRule,
	"adapters/xml": adapterRule,
	"plugin/sessions": {
		values: ["plugin/xccos", "plugin/now-and-then.ts"],
		types: ["plugin/rooms"],
		libraryTypes: ["pino"],
	},
	"plugin/watching": {
		values: ["plugin/sessions", "plugin/now-and-then.ts"],
		types: ["plugin/rooms"],
		libraryTypes: ["pino"],
	},
	"plugin/load": {
		values: [],
		libraries: ["zod"],
		libraryTypes: ["knex", "pino"],
	},
	"plugin/commands": {
		values: ["plugin/tracing.ts", "plugin/xccos", "plugin/errors.ts"],
		types: ["plugin/rooms", "plugin/sessions", "plugin/load"],
		libraryTypes: ["pino"],
	},
	"plugin/sip": {
		values: [
			"plugin/tracing.ts",
			"plugin/sessions",
			"plugin/errors.ts",
			"plugin/xccos",
		],
		types: [
			"plugin/commands/dispatch.ts",
			"plugin/load",
			"plugin/rooms",
			"plugin/store",
			"plugin/traffic.ts",
			"plugin/turned-away.ts",
			"plugin/life-options.ts",
		],
		libraryTypes: ["drachtio-srf", "pino"],
	},
	"plugin/sip/options.ts": { values: [], libraries: ["zod"] },
	"plugin/sip/registration-options.ts": { values: [], libraries: ["zod"] },
	/** Joined to one another here, and to the rest only in `plugin/index.ts`. */
	"plugin/parts": {
		values: ["plugin"],
		libraryTypes: ["drachtio-srf", "pino"],
	},
	"plugin/parts/begin-compliance.ts": {
		values: [
			"plugin/compliance",
			"plugin/cluster",
			"plugin/files",
			"plugin/store",
			"adapters/index.ts",
		],
		types: ["plugin/options.ts", "plugin/rooms/types.ts"],
		libraryTypes: ["pino"],
	},
	"plugin/parts/wire.ts": { values: ["plugin/xccos"], types: ["plugin/rooms"] },
	"plugin/index.ts": {
		values: ["plugin"],
		libraryTypes: ["drachtio-srf"],
	},
	"sip-stack": { values: [], libraries: ["ws"] },
	edge: { values: ["sip-stack"] },
	client: {
		values: ["plugin/xccos/xml.ts", "plugin/errors.ts", "sip-stack"],
	},
	web: {
		values: ["plugin/errors.ts", "plugin/faults.ts"],
		types: ["plugin/index.ts"],
		libraries: [
			"fastify",
			"@fastify",
			"openid-client",
			"prom-client",
			"ws",
			"zod",
		],
		libraryTypes: ["pino"],
	},
	"web/soap": {
		values: ["web", "plugin/errors.ts", "plugin/xccos/xml.ts"],
		types: ["plugin/index.ts"],
		libraryTypes: ["fastify", "pino"],
	},
	/** What runs in the browser, and how it is built. */
	"web/pages": {
		values: ["client", "sip-stack", "web/pages-folder.ts"],
		types: ["web/operations/views.ts"],
		libraries: ["@noble", "buffer", "vite"],
	},
	"web/options.ts": { values: [], libraries: ["zod"] },
	configuration: {
		values: [
			"plugin/options.ts",
			"plugin/compliance/options.ts",
			"plugin/store/mysql-hosts.ts",
			"web/options.ts",
		],
		libraries: ["yaml", "zod"],
	},
	"banner.ts": {
		values: ["demo.ts", "configuration"],
		types: ["edge/index.ts", "plugin/index.ts"],
	},
	"demo.ts": {
		values: ["plugin/credentials.ts"],
		types: ["plugin/rooms/types.ts", "plugin/store"],
	},
	"cli/operations": {
		values: ["plugin/errors.ts", "plugin/credentials.ts", "plugin/turns.ts"],
		types: [
			"plugin/pool.ts",
			"plugin/rooms",
			"plugin/compliance/supervision.ts",
		],
		libraries: ["zod"],
	},
	"cli/socket": {
		values: ["cli/operations", "plugin/errors.ts", "plugin/faults.ts"],
		types: [
			"plugin/pool.ts",
			"plugin/rooms",
			"plugin/compliance/supervision.ts",
		],
		libraries: ["zod"],
		libraryTypes: ["pino"],
	},
	"cli/socket/client.ts": {
		values: ["cli/socket/protocol.ts"],
		types: ["cli/operations"],
	},
	"cli/write-reference.ts": { values: ["cli"] },
	"cli/commands": {
		values: [
			"client/terminal/harmless.ts",
			"client/terminal/listed.ts",
			"client/terminal/width.ts",
		],
		types: [
			"cli/check",
			"cli/operations",
			"cli/offline",
			"cli/socket",
			"client/terminal/flags.ts",
		],
	},
	/** The service, tried from outside. */
	"cli/check": { values: ["client", "cli/commands/command.ts"] },
	/** What the operator may do without the running service. */
	"cli/offline": {
		values: [
			"cli/commands/command.ts",
			"cli/socket/client.ts",
			"configuration",
			"lock-file.ts",
			"plugin/compliance",
			"plugin/store/index.ts",
		],
		types: ["plugin/rooms/types.ts"],
		libraries: ["zod"],
	},
	cli: {
		values: [
			"client/terminal/flags.ts",
			"client/terminal/harmless.ts",
			"configuration",
		],
	},
	"library-console.ts": { values: [] },
	"lock-file.ts": { values: [] },
	"sip-server.ts": {
		values: ["start-fault.ts"],
		types: ["plugin/index.ts"],
		libraryTypes: ["drachtio-srf", "pino"],
	},
	"start-fault.ts": {
		values: [
			"cli/socket/listen.ts",
			"configuration",
			"lock-file.ts",
			"plugin/index.ts",
			"web/index.ts",
		],
	},
	"app.ts": {
		values: ["."],
		libraries: ["drachtio-srf", "pino"],
	},
};

function sharedByAdapters(): string[] {
	return readdirSync(join(root, "adapters"))
		.filter((name) => name.endsWith(".ts") && name !== "index.ts")
		.map((name) => join("adapters", name));
}

interface Import {
	readonly file: string;
	readonly line: number;
	readonly target: string;
	readonly typesOnly: boolean;
	readonly own: boolean;
}

const importPattern =
	/^(?:import|export)\s+(type\s+)?([^;"']*?\s+from\s+)?["']([^"']+)["']/gm;

function importsOf(file: string): Import[] {
	const text = readFileSync(join(root, file), "utf8");
	return [...text.matchAll(importPattern)].map((match) => {
		const [, type, what = "", from = ""] = match;
		const own = from.startsWith(".");
		const names = /\{([^}]*)\}/.exec(what)?.[1]?.split(",") ?? [];
		const inlineTypes =
			/^\s*\{/.test(what) &&
			names
				.filter((name) => name.trim() !== "")
				.every((name) => name.trim().startsWith("type "));
		return {
			file,
			line: text.slice(0, match.index).split("\n").length,
			target: own ? relative(root, resolve(root, dirname(file), from)) : from,
			typesOnly: type !== undefined || inlineTypes,
			own,
		};
	});
}

function within(path: string, folder: string): boolean {
	return folder === "." || path === folder || path.startsWith(`${folder}/`);
}

function faultOf({ file, line, target, typesOnly, own }: Import): string[] {
	const [name, rule] =
		Object.entries(rules)
			.filter(([path]) => within(file, path))
			.sort(([a], [b]) => b.length - a.length)[0] ?? [];
	const fault = `${file}:${line} imports ${target}${typesOnly ? " (types)" : ""}`;
	if (name === undefined || rule === undefined) return [`${fault}: no rule`];
	const folder = name.endsWith(".ts") ? dirname(name) : name;
	if (own) {
		if (folder !== "." && within(target, folder)) return [];
		const allowed = [...rule.values, ...(typesOnly ? (rule.types ?? []) : [])];
		return allowed.some((path) => within(target, path)) ? [] : [fault];
	}
	if (target.startsWith("node:")) return [];
	const library = target.split("/")[0] ?? target;
	const allowed = [
		...(rule.libraries ?? []),
		...(typesOnly ? (rule.libraryTypes ?? []) : []),
	];
	return allowed.includes(library) ? [] : [fault];
}

function sources(): string[] {
	const folders = [
		"adapters",
		"configuration",
		"plugin",
		"migrations",
		"sip-stack",
		"edge",
		"client",
		"cli",
		"web",
	];
	return [
		"app.ts",
		"banner.ts",
		"demo.ts",
		"library-console.ts",
		"lock-file.ts",
		"sip-server.ts",
		"start-fault.ts",
		...folders.flatMap((folder) =>
			readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
				.filter((name) => name.endsWith(".ts"))
				.map((name) => join(folder, name)),
		),
	];
}

describe("layering", () => {
	it("lets nobody import what the table does not allow", () => {
		deepEqual(sources().flatMap(importsOf).flatMap(faultOf), []);
	});

	it("has no circle of value imports", () => {
		const graph = new Map(
			sources().map((file) => [
				file,
				importsOf(file)
					.filter(({ own, typesOnly }) => own && !typesOnly)
					.map(({ target }) => target),
			]),
		);
		const circles: string[] = [];
		const done = new Set<string>();
		const visit = (file: string, path: readonly string[]): void => {
			if (path.includes(file)) {
				circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
				return;
			}
			if (done.has(file)) return;
			for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
			done.add(file);
		};
		for (const file of graph.keys()) visit(file, []);
		deepEqual(circles, []);
	});

	it("reads the environment and exits only in app.ts and what is typed at a terminal, but for adapters' secrets", () => {
		const found = sources().filter((file) =>
			/process\.(env|exit)\b/.test(readFileSync(join(root, file), "utf8")),
		);
		deepEqual(
			found.filter((file) => !file.startsWith("client/terminal/")).sort(),
			["adapters/secret.ts", "app.ts", "cli/main.ts"],
		);
	});
});
