/** Who would lose what by a change, before it is made. */
import { h } from "../dom.ts";
import { confirm, type Question } from "../views/confirm.ts";
import { counted } from "../words.ts";
import type { Losses } from "./room.ts";
import { lossText, nameOf } from "./room-words.ts";

/** So many are shown by name. */
const mostShown = 100;

export function isNobody({ losses, more }: Losses): boolean {
	return losses.length + more === 0;
}

/** `me`: who is told first what he would lose himself. */
export function lossesView(
	{ losses, more, cut }: Losses,
	me: string,
): HTMLElement {
	const count = losses.length + more;
	const mine = losses.find(({ principal }) => principal === me);
	const shown = losses.slice(0, mostShown);
	const left = count - shown.length;
	return h(
		"div",
		{ class: "losses" },
		mine !== undefined &&
			h("p", { class: "warning" }, `You yourself: ${lossText(mine)}.`),
		h(
			"p",
			{},
			count === 0
				? "Nobody would lose access."
				: `${cut ? "At least " : ""}${counted(count, "person", "people")} would lose access or a role:`,
		),
		h(
			"ul",
			{ tabindex: count > 4 && 0, "aria-label": "Who would lose what" },
			...shown.map((loss) =>
				h(
					"li",
					{},
					h("bdi", {}, nameOf(loss)),
					h("span", { class: "hint" }, lossText(loss)),
				),
			),
			left > 0 && h("li", { class: "hint" }, `and ${counted(left, "other")}`),
		),
	);
}

/** True when nobody would lose anything, or it is to be done nevertheless. */
export async function acceptLosses(
	losses: Losses,
	me: string,
	question: Pick<Question, "title" | "action">,
): Promise<boolean> {
	if (isNobody(losses)) return true;
	return confirm({
		...question,
		content: [lossesView(losses, me)],
		danger: true,
	});
}
