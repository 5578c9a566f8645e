/** The OpenAPI document as a page to read: one HTML text, made of the document alone, that needs no script. */
import { statuses } from "./errors.ts";

/** What is read of an OpenAPI document. */
export interface ApiDocument {
	readonly info: { readonly title: string; readonly description?: string };
	readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
	readonly summary?: string;
	readonly description?: string;
	readonly parameters?: readonly Parameter[];
	readonly requestBody?: Content;
	readonly responses?: Readonly<Record<string, Content>>;
}

interface Parameter {
	readonly name: string;
	readonly in: string;
	readonly required?: boolean;
	readonly schema?: Schema;
	readonly description?: string;
}

interface Content {
	readonly description?: string;
	readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface Schema {
	readonly type?: string;
	readonly description?: string;
	readonly enum?: readonly unknown[];
	readonly anyOf?: readonly Schema[];
	readonly items?: Schema;
	readonly properties?: Readonly<Record<string, Schema>>;
	readonly additionalProperties?: Schema | boolean;
	readonly required?: readonly string[];
	readonly default?: unknown;
	readonly format?: string;
	readonly minimum?: number;
	readonly maximum?: number;
	readonly minLength?: number;
	readonly maxLength?: number;
	readonly maxItems?: number;
}

/** Relative to the page. */
export const styleName = "docs.css";
export const documentName = "docs.json";

export function apiPage({ info, paths }: ApiDocument): string {
	const operations = Object.entries(paths).flatMap(([path, methods]) =>
		Object.entries(methods).map(([method, operation]) => ({
			...{ method: method.toUpperCase(), path, operation },
			id: `${method}${path.replace(/[^a-z]+/gi, "-")}`.replace(/-$/, ""),
		})),
	);
	const list = operations.map(
		({ id, method, path, operation: { summary = "" } }) =>
			`<li><a href="#${id}"><code>${method} ${escaped(path)}</code></a> ${escaped(summary)}</li>`,
	);
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(info.title)}: REST interface</title>
<link rel="icon" href="../icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${styleName}">
</head>
<body>
<main>
<h1>${escaped(info.title)}: REST interface</h1>
<p>${escaped(info.description ?? "")} For programs: <a href="${documentName}">the same as an OpenAPI 3.1 document</a>.</p>
<nav aria-label="What there is"><ul class="list">${list.join("\n")}</ul></nav>
${operations.map(operationText).join("\n")}
<h2 id="refusals">Refusals</h2>
<p>A refusal is <code>application/problem+json</code>: <code>status</code>, <code>title</code>, <code>reason</code> and a sentence in <code>detail</code>.</p>
<table><thead><tr><th scope="col">reason</th><th scope="col">status</th></tr></thead><tbody>
${Object.entries(statuses)
	.map(([reason, status]) => row(`<code>${reason}</code>`, String(status)))
	.join("\n")}
</tbody></table>
</main>
</body>
</html>
`;
}

function operationText({
	id,
	method,
	path,
	operation,
}: {
	readonly id: string;
	readonly method: string;
	readonly path: string;
	readonly operation: Operation;
}): string {
	const { summary = "", description = "", responses = {} } = operation;
	const answers = Object.entries(responses).map(
		([status, answer]) =>
			`<h3>Answer ${escaped(status)}</h3>${contentText(answer)}`,
	);
	return `<section aria-labelledby="${id}">
<h2 id="${id}"><code>${method} ${escaped(path)}</code></h2>
<p><strong>${escaped(summary)}.</strong> ${escaped(description)}</p>
${parametersText(operation.parameters ?? [])}
${operation.requestBody === undefined ? "" : `<h3>Body</h3>${contentText(operation.requestBody)}`}
${answers.join("\n")}
</section>`;
}

function parametersText(parameters: readonly Parameter[]): string {
	if (parameters.length === 0) return "";
	const rows = parameters.map(
		({ name, in: where, required = false, schema = {}, description = "" }) =>
			row(
				`<code>${escaped(name)}</code>`,
				escaped(required ? `${where}, needed` : where),
				`<code>${escaped(typeText(schema, ""))}</code>`,
				escaped(
					[description || (schema.description ?? ""), boundsText(schema)]
						.filter((each) => each !== "")
						.join("; "),
				),
			),
	);
	return `<table><thead><tr><th scope="col">Parameter</th><th scope="col">in</th><th scope="col">type</th><th scope="col"></th></tr></thead><tbody>
${rows.join("\n")}
</tbody></table>`;
}

function contentText({ content = {} }: Content): string {
	const [[type, { schema = {} }] = ["", {}]] = Object.entries(content);
	if (type === "" || schema.type === "null") return "<p>Nothing.</p>";
	const kind = type === "application/json" ? "" : `<p>${escaped(type)}</p>`;
	return `${kind}<pre tabindex="0">${escaped(typeText(schema, ""))}</pre>`;
}

/** As TypeScript would write it. */
function typeText(schema: Schema, indent: string): string {
	if (schema.enum) {
		return schema.enum.map((each) => JSON.stringify(each)).join(" | ");
	}
	if (schema.anyOf) {
		return schema.anyOf.map((each) => typeText(each, indent)).join(" | ");
	}
	if (schema.items) {
		const of = typeText(schema.items, indent);
		return of.includes(" | ") && !of.startsWith("{") ? `(${of})[]` : `${of}[]`;
	}
	if (schema.properties) return propertiesText(schema, indent);
	if (typeof schema.additionalProperties === "object") {
		return `{ [name]: ${typeText(schema.additionalProperties, indent)} }`;
	}
	return schema.format ?? schema.type ?? "anything";
}

function propertiesText(
	{ properties = {}, required = [] }: Schema,
	indent: string,
): string {
	const inner = `${indent}  `;
	const lines = Object.entries(properties).map(([name, schema]) => {
		const mark = required.includes(name) ? "" : "?";
		const note = [schema.description ?? "", boundsText(schema)]
			.filter((each) => each !== "")
			.join("; ");
		const comment = note === "" ? "" : `  // ${note}`;
		return `${inner}${name}${mark}: ${typeText(schema, inner)}${comment}`;
	});
	return lines.length === 0 ? "{}" : `{\n${lines.join("\n")}\n${indent}}`;
}

function boundsText(schema: Schema): string {
	const between = (least?: number, most?: number, what = "") => {
		if (least === undefined && most === undefined) return [];
		if (least === undefined) return [`at most ${most}${what}`];
		if (most === undefined || most === Number.MAX_SAFE_INTEGER) {
			return [`at least ${least}${what}`];
		}
		return [`${least} to ${most}${what}`];
	};
	return [
		...between(schema.minimum, schema.maximum),
		...between(schema.minLength, schema.maxLength, " characters"),
		...between(undefined, schema.maxItems, " of them"),
		...(schema.default === undefined
			? []
			: [`default ${JSON.stringify(schema.default)}`]),
	].join("; ");
}

function row(...cells: readonly string[]): string {
	return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
}

function escaped(text: string): string {
	return text
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;")
		.replaceAll('"', "&quot;");
}

export const apiPageStyle = `:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
section { border-top: 1px solid light-dark(#ccc, #555); margin-top: 2rem; }
h2 { font-size: 1.125rem; }
h3 { font-size: 1rem; margin-bottom: 0.25rem; }
a { color: light-dark(#0b57d0, #a8c7fa); }
.list { padding-inline-start: 1.25rem; }
pre { overflow: auto; padding: 0.75rem; border-radius: 0.5rem; background: light-dark(#f3f4f6, #24262b); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: start; vertical-align: top; padding: 0.25rem 0.5rem; border-bottom: 1px solid light-dark(#ddd, #444); }
`;
