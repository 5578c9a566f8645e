/** A small chart of the last minutes: a line, its newest value, and the same as numbers for who would rather read. */
import { drawn, fill, h } from "../dom.ts";
import type { Sample } from "../model/operations.ts";
import { secondsText } from "../words.ts";

export interface Measure {
	readonly title: string;
	value(sample: Sample): number | undefined;
	/** With its unit. */
	text(value: number): string;
}

export interface Chart {
	readonly element: HTMLElement;
	draw(samples: readonly Sample[]): void;
}

const size = { width: 300, height: 72, margin: 3 };
/** Samples side by side: five minutes. */
const slots = 150;
/** One row of the numbers for so many samples: half a minute. */
const rowEvery = 15;

export function chart(measure: Measure): Chart {
	const line = drawn("path", { class: "line" });
	const picture = drawn(
		"svg",
		{
			class: "chart",
			viewBox: `0 0 ${size.width} ${size.height}`,
			preserveAspectRatio: "none",
			role: "img",
		},
		drawn("path", {
			class: "ground",
			d: `M0 ${size.height - 1}H${size.width}`,
		}),
		line,
	);
	const newest = h("span", { class: "newest" });
	const most = h("span", { class: "faint" });
	const rows = h("tbody");
	const numbers = h(
		"details",
		{ ontoggle: () => drawRows() },
		h("summary", {}, "As numbers"),
		h(
			"table",
			{ "aria-label": `${measure.title}, the most of each half minute` },
			h(
				"thead",
				{},
				h(
					"tr",
					{},
					h("th", { scope: "col" }, "Until"),
					h("th", { scope: "col" }, measure.title),
				),
			),
			rows,
		),
	);
	let shown: readonly Sample[] = [];

	function drawRows(): void {
		if (!numbers.open) return;
		fill(rows, ...rowsOf(shown, measure));
	}

	return {
		element: h(
			"li",
			{ class: "measure" },
			h("h3", {}, measure.title),
			h("p", { class: "values" }, newest, most),
			picture,
			numbers,
		),
		draw(samples) {
			shown = samples.slice(-slots);
			const values = shown.map(measure.value);
			const top = Math.max(0, ...values.map((value) => value ?? 0));
			const last = values.at(-1);
			line.setAttribute("d", pathOf(values, top));
			fill(newest, last === undefined ? "–" : measure.text(last));
			fill(most, `at most ${measure.text(top)}`);
			picture.setAttribute(
				"aria-label",
				`${measure.title}, the last five minutes: now ${last === undefined ? "none" : measure.text(last)}, at most ${measure.text(top)}`,
			);
			drawRows();
		},
	};
}

/** The newest on the right; where there is no value, there is a hole. */
function pathOf(values: readonly (number | undefined)[], top: number): string {
	const { width, height, margin } = size;
	const step = width / (slots - 1);
	const first = slots - values.length;
	const points = values.map((value, index) => {
		if (value === undefined) return undefined;
		const y = height - margin - (value / (top || 1)) * (height - 2 * margin);
		return `${round((first + index) * step)} ${round(y)}`;
	});
	return points
		.map((point, index) => {
			if (point === undefined) return "";
			// One alone is a dot.
			return points[index - 1] === undefined ? `M${point}h1.5` : `L${point}`;
		})
		.join("");
}

function round(value: number): number {
	return Math.round(10 * value) / 10;
}

/** The newest half minute first. */
function rowsOf(
	samples: readonly Sample[],
	{ value, text }: Measure,
): readonly HTMLElement[] {
	const rows: HTMLElement[] = [];
	for (let end = samples.length; end > 0; end -= rowEvery) {
		const some = samples.slice(Math.max(0, end - rowEvery), end);
		const values = some.map(value).filter((each) => each !== undefined);
		const until = some.at(-1)?.at ?? "";
		rows.push(
			h(
				"tr",
				{},
				h("td", {}, secondsText(new Date(until))),
				h("td", {}, values.length === 0 ? "–" : text(Math.max(...values))),
			),
		);
	}
	return rows;
}
