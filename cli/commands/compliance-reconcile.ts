/** `persistent-chat compliance reconcile`: what was posted against what was archived and what each adapter has had. */
import type { ResultOf } from "../operations/index.ts";
import type { Command } from "./command.ts";
import { table } from "./table.ts";

type Reconciliation = ResultOf<"compliance/reconcile">;
type Counts = Reconciliation["totals"];

const range = "2026-11-22 (UTC midnight) or 2026-11-22T14:00:00Z";
const daysShown = 40;
const gapsShown = 40;

export const reconcileCommand: Command = {
	words: ["compliance", "reconcile"],
	summary:
		"Count what was posted against what is archived and delivered, by room and day (UTC)",
	flags: {
		from: { value: "TIME", text: `posted then or later: ${range}` },
		to: { value: "TIME", text: "posted before then" },
	},
	examples: [
		"compliance reconcile",
		"compliance reconcile --from 2026-11-22 --to 2026-11-23",
	],
	async run(given, { ask, show, progress }) {
		const found = await ask(
			"compliance/reconcile",
			{ from: given.utc("from"), to: given.utc("to") },
			progress("posts compared"),
		);
		show(found, () => reconciliationText(found));
	},
};

function reconciliationText(found: Reconciliation): string {
	const { totals, days, moreDays, gaps, moreGaps, pruned } = found;
	const adapters = Object.keys(totals.adapters);
	const rows = days
		.slice(0, daysShown)
		.map((each) => [each.day, each.room.name, ...cells(each, adapters)]);
	const lines = [
		table(
			[
				...["DAY", "ROOM", "POSTED", "ARCHIVED", "UNDER WAY", "MISSING"],
				...adapters.map((name) => name.toUpperCase()),
			],
			[...rows, ["all", "all rooms", ...cells(totals, adapters)]],
			"",
		),
	];
	const more = moreDays + Math.max(0, days.length - daysShown);
	if (more > 0) lines.push(`… and ${more} more rooms and days.`);
	if (pruned > 0) {
		lines.push(`${pruned} older posts are deleted from the archive.`);
	}
	if (totals.beforeArchive > 0) {
		lines.push(
			`${totals.beforeArchive} posts are older than the archive, and not in it.`,
		);
	}
	if (found.removedRooms > 0) {
		lines.push(
			`${found.removedRooms} rooms are removed from the chat: what they had is told from the archive; what came behind that, nothing tells.`,
		);
	}
	return [...lines, "", gapsText(gaps, moreGaps)].join("\n");
}

function cells(
	{ posted, archived, underWay, missing, adapters }: Counts,
	names: readonly string[],
): string[] {
	return [
		...[posted, archived, underWay, missing].map(String),
		...names.map((name) => adapterText(adapters[name])),
	];
}

/** `12`, or with what is not accepted: `10 (1 under way, 1 set aside)`. */
function adapterText(of: Counts["adapters"][string] | undefined): string {
	if (of === undefined) return "-";
	const rest = [
		[of.underWay, "under way"],
		[of.setAside, "set aside"],
		[of.notWanted, "not for it"],
		[of.beforeAdapter, "before it"],
	]
		.filter(([posts]) => posts !== 0)
		.map(([posts, what]) => `${posts} ${what}`);
	const accepted = String(of.accepted);
	return rest.length === 0 ? accepted : `${accepted} (${rest.join(", ")})`;
}

const wrong = {
	missing: "not archived",
	unclear: "gone from the chat, not archived: lost, or older than the archive",
	twice: "archived twice",
	ahead:
		"this chat database never had them, and the archive has the last of them at least",
} as const;

function gapsText(gaps: Reconciliation["gaps"], more: number): string {
	if (gaps.length === 0) return "Nothing is missing.";
	const text = table(
		["DAY", "ROOM", "NUMBERS", "WHAT IS WRONG"],
		gaps
			.slice(0, gapsShown)
			.map(({ kind, room, day, first, last }) => [
				day === "" ? "-" : day,
				room.name,
				first === last ? String(first) : `${first}–${last}`,
				wrong[kind],
			]),
		"",
	);
	const others = more + Math.max(0, gaps.length - gapsShown);
	return others === 0 ? text : `${text}\n… and ${others} more.`;
}
