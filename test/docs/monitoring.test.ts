/** The dashboard and the alert rules: whole, of metrics that there are, each alert with its page, each command one that there is. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { z } from "zod";
import { commands } from "../../cli/commands/index.ts";
import { describedMeasures } from "../../web/metrics-reference.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");

const alertsSchema = z.strictObject({
	groups: z.array(
		z.strictObject({
			name: z.string(),
			rules: z.array(
				z.strictObject({
					alert: z.string().regex(/^PersistentChat[A-Za-z]+$/),
					expr: z.string(),
					for: z.string().regex(/^\d+[mh]$/),
					labels: z.strictObject({ severity: z.enum(["critical", "warning"]) }),
					annotations: z.strictObject({
						summary: z.string().min(10),
						description: z.string().min(20),
						runbook: z.string(),
					}),
				}),
			),
		}),
	),
});
const target = z.object({ refId: z.string(), expr: z.string() });
const panel = z.object({
	id: z.int(),
	type: z.enum(["row", "stat", "timeseries"]),
	title: z.string().min(3),
	gridPos: z.object({ h: z.int(), w: z.int(), x: z.int(), y: z.int() }),
	targets: z.array(target).optional(),
});
const dashboardSchema = z.object({
	uid: z.string(),
	title: z.string(),
	schemaVersion: z.int(),
	templating: z.object({ list: z.array(z.object({ name: z.string() })) }),
	panels: z.array(panel),
});

const { groups } = alertsSchema.parse(
	parse(read("examples/monitoring/alerts.yaml")),
);
const rules = groups.flatMap((group) => group.rules);
const dashboard = dashboardSchema.parse(
	JSON.parse(read("examples/monitoring/grafana-dashboard.json")),
);
const measures = new Map(describedMeasures().map((each) => [each.name, each]));
/** Prometheus's own, of what it reads. */
const series = new Set([
	"up",
	...[...measures.values()].flatMap(({ name, type }) =>
		type === "histogram"
			? [`${name}_bucket`, `${name}_sum`, `${name}_count`]
			: [name],
	),
]);

function namesIn(expression: string): readonly string[] {
	const bare = expression.replace(/"[^"]*"/g, "");
	return bare.match(/\b(up|(persistent_chat|process|nodejs)_\w+)\b/g) ?? [];
}

/** Of each selector: the metric and the labels asked for. */
function selectorsIn(
	expression: string,
): readonly [string, readonly string[]][] {
	return [...expression.matchAll(/(\w+)\{([^}]*)\}/g)].map(
		([, name = "", labels = ""]) => [
			name,
			[...labels.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(
				([, label = ""]) => label,
			),
		],
	);
}

function prove(expression: string): void {
	const names = namesIn(expression);
	ok(names.length > 0, expression);
	for (const name of names) ok(series.has(name), `${name} in ${expression}`);
	for (const [name, labels] of selectorsIn(expression)) {
		const measure = measures.get(name.replace(/_(bucket|sum|count)$/, ""));
		const known = new Set([
			"job",
			"instance",
			"le",
			...(measure?.labels ?? []),
		]);
		for (const label of labels) {
			ok(known.has(label), `${name} has no label ${label}`);
		}
	}
	equal(
		expression.split("(").length,
		expression.split(")").length,
		`brackets of ${expression}`,
	);
}

describe("examples/monitoring", () => {
	it("has alerts of metrics that there are, each once", () => {
		for (const { expr } of rules) prove(expr);
		equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
	});

	it("has a dashboard of them, with a row for each side of the service", () => {
		const rows = dashboard.panels.filter(({ type }) => type === "row");
		deepEqual(
			rows.map(({ title }) => title),
			["Overview", "SIP", "Chat", "Database", "Compliance", "Node"],
		);
		const ids = dashboard.panels.map(({ id }) => id);
		equal(new Set(ids).size, ids.length);
		for (const { type, title, targets = [], gridPos } of dashboard.panels) {
			ok(gridPos.x + gridPos.w <= 24, title);
			if (type !== "row") ok(targets.length > 0, title);
			for (const { expr } of targets) prove(expr);
		}
		deepEqual(
			dashboard.templating.list.map(({ name }) => name),
			["datasource", "job", "instance"],
		);
	});

	it("shows every metric somewhere", () => {
		const shown = new Set(
			[
				...dashboard.panels.flatMap(({ targets = [] }) => targets),
				...rules,
			].flatMap(({ expr }) =>
				namesIn(expr).map((name) => name.replace(/_(bucket|sum|count)$/, "")),
			),
		);
		deepEqual(
			[...measures.keys()].filter((name) => !shown.has(name)),
			[
				"persistent_chat_compliance_archive_position",
				"persistent_chat_compliance_relay_active",
				"persistent_chat_compliance_adapter_active",
				"process_start_time_seconds",
			],
		);
	});
});

describe("docs/runbooks", () => {
	const pages = readdirSync(join(root, "docs/runbooks")).filter(
		(name) => name !== "README.md",
	);

	it("has a page for each alert, and an alert for each page", () => {
		deepEqual(pages.sort(), rules.map(({ alert }) => `${alert}.md`).sort());
		for (const { alert, annotations } of rules) {
			equal(annotations.runbook, `docs/runbooks/${alert}.md`);
			ok(read("docs/runbooks/README.md").includes(`(${alert}.md)`), alert);
		}
	});

	for (const page of pages) {
		it(`${page} says what it means, how to see it and what to do`, () => {
			const text = read(`docs/runbooks/${page}`);
			for (const title of ["What it means", "How to see it", "What to do"]) {
				match(text, new RegExp(`^## ${title}$`, "m"));
			}
			const rule = rules.find(({ alert }) => `${alert}.md` === page);
			ok(
				rule && text.includes(rule.expr),
				"the page has the alert's expression",
			);
			for (const [, link = ""] of text.matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
				ok(
					existsSync(
						join(
							root,
							"docs/runbooks",
							dirname(link),
							link.replace(/.*\//, ""),
						),
					),
					link,
				);
			}
			for (const [, words = ""] of text.matchAll(
				/(?:^ {4}|`)persistent-chat ([a-z][^`\n]*)/gm,
			)) {
				ok(
					commands.some((command) =>
						command.words.every((word, at) => words.split(" ")[at] === word),
					),
					`there is no command ${words}`,
				);
			}
			for (const [name] of text.matchAll(/\bpersistent_chat_\w+[a-z]\b/g)) {
				ok(
					[...series, ...measures.keys()].some((each) => each.startsWith(name)),
					name,
				);
			}
		});
	}
});
