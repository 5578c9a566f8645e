/** docs/settings.md: every setting as the schema has it, between the page's two marks. */
import { listedSettings, type Setting, settings } from "./settings.ts";

const begin = "<!-- settings: written by npm run docs:settings -->";
const end = "<!-- /settings -->";

/** The page with its tables made anew; the rest of it stays. Throws when it has no marks. */
export function withSettings(page: string): string {
	const from = page.indexOf(begin);
	const to = page.indexOf(end);
	if (from < 0 || to < from) throw new Error("the page has lost its marks");
	const head = page.slice(0, from + begin.length);
	return `${head}\n\n${tables()}\n\n${page.slice(to)}`;
}

function tables(): string {
	const all = settings();
	const sections = [...new Set(all.map(({ path }) => path[0] ?? ""))];
	const ofSection = <S extends Pick<Setting, "path">>(
		from: readonly S[],
		section: string,
	) => from.filter(({ path }) => path[0] === section);
	return sections
		.map((section) =>
			[
				`## ${section}`,
				[
					"| setting, variable | default | |",
					"|---|---|---|",
					...ofSection(all, section).map(row),
				].join("\n"),
				...listTable(ofSection(listedSettings(), section)),
			].join("\n\n"),
		)
		.join("\n\n");
}

function listTable(fields: readonly Omit<Setting, "variable">[]): string[] {
	if (fields.length === 0) return [];
	return [
		"In lists, which are written in the file:",
		[
			"| of each | default | |",
			"|---|---|---|",
			...fields.map(
				(field) => `| ${code(field.path.join("."))} | ${said(field)}`,
			),
		].join("\n"),
	];
}

function row(setting: Setting): string {
	const name = code(setting.path.join("."));
	return `| ${name}<br>${code(setting.variable)} | ${said(setting)}`;
}

function said({
	default: value,
	description,
	allowed,
}: Omit<Setting, "variable">): string {
	const preset = value === undefined ? "" : code(JSON.stringify(value));
	const words = [description, allowed].filter((text) => text !== "");
	return `${preset} | ${words.join("; ").replaceAll("|", "\\|")} |`;
}

function code(text: string): string {
	return `\`${text}\``;
}
