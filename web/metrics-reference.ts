/** docs/metrics.md: every measure as it is registered, between the page's two marks. */
import { createMeasures, type MeasuresNeeds } from "./measures.ts";

const begin = "<!-- metrics: written by npm run docs:metrics -->";
const end = "<!-- /metrics -->";

/** The page with its table made anew; the rest of it stays. Throws when it has no marks. */
export function withMetrics(page: string): string {
	const from = page.indexOf(begin);
	const to = page.indexOf(end);
	if (from < 0 || to < from) throw new Error("the page has lost its marks");
	const head = page.slice(0, from + begin.length);
	return `${head}\n\n${table()}\n\n${page.slice(to)}`;
}

/** What is registered, without a service that could be asked for values. */
export function describedMeasures() {
	const nothing = () => () => {};
	const measures = createMeasures({
		condition: { onEvent: nothing, onHappening: nothing },
	} as unknown as MeasuresNeeds);
	measures.close();
	return measures.described;
}

function table(): string {
	const rows = describedMeasures().map(({ name, type, labels, help }) => {
		const named = labels.map((label) => `\`${label}\``).join(", ");
		return `| \`${name}\` | ${type} | ${named} | ${help} |`;
	});
	return ["| metric | kind | labels | |", "|---|---|---|---|", ...rows].join(
		"\n",
	);
}
