/** `persistent-chat export` and `import`: the whole service, or what was posted lately, from one database to another. */
import { resolve } from "node:path";
import type { Imported } from "../offline/transfer/index.ts";
import {
	type Command,
	type CommandContext,
	Misuse,
	NotSafe,
} from "./command.ts";
import type { Given } from "./given.ts";
import { properties, table } from "./table.ts";

export const transferCommands: readonly Command[] = [
	{
		words: ["export"],
		summary:
			"Write users, groups, policy, categories, rooms, rights and messages into a folder; the service may run",
		takes: "FOLDER",
		flags: {
			since: {
				value: "DATE",
				text: "messages posted then or later only: 2026-11-22 (UTC midnight)",
			},
			passwords: { text: "with what is kept of passwords" },
		},
		examples: [
			"export /var/backups/chat-2026-11-22",
			"export /var/backups/week --since 2026-11-16",
		],
		async run(given, context) {
			const folder = folderOf(given);
			const since = given.utc("since");
			const passwords = given.has("passwords");
			const details = { ...(since !== undefined && { since }), passwords };
			const exported = await writtenDown(context, folder, details, () =>
				context.offline.exportTo(
					{
						folder,
						passwords,
						since: since === undefined ? undefined : new Date(since),
					},
					context.progress("records written"),
				),
			);
			const records = new Map<string, number>();
			for (const part of exported.parts) {
				records.set(part.kind, (records.get(part.kind) ?? 0) + part.records);
			}
			context.show(exported, () =>
				properties([
					["export", exported.id],
					["folder", folder],
					...[...records].map(([kind, count]): [string, string] => [
						kind,
						String(count),
					]),
					["parts", String(exported.parts.length)],
				]),
			);
		},
	},
	{
		words: ["import"],
		summary:
			"Put an export into this service's database, with its ids, numbers, authors and times; all nodes are stopped for it",
		takes: "FOLDER",
		flags: {
			keep: {
				text: "what is there already, but other, stays as it is there (messages never are other)",
			},
			"dry-run": { text: "only compare: what is new, there, in the way" },
			yes: { text: "do not ask" },
		},
		examples: [
			"import /var/backups/chat-2026-11-22 --dry-run",
			"import /var/backups/chat-2026-11-22",
		],
		async run(given, { offline, progress, show, confirm }) {
			const folder = folderOf(given);
			const dryRun = given.has("dry-run");
			if (!dryRun) {
				await confirm(
					`Put the export ${folder} into the database of these settings? It cannot be undone but by a backup.`,
				);
			}
			const imported = await offline.importFrom(
				{ folder, dryRun, keep: given.has("keep") },
				progress("records"),
			);
			show(imported, () => importedText(imported));
			if (imported.refused) {
				throw new NotSafe("Nothing was put in: see what is in the way.");
			}
		},
	},
];

/** The same for whoever reads the log of acts, wherever he stands. Throws `Misuse`. */
function folderOf(given: Given): string {
	const folder = resolve(given.argument(0, "FOLDER"));
	if (folder.length <= 500) return folder;
	throw new Misuse("The name of the folder is too long.");
}

/** The service that runs writes down who takes everything with him, and how it ended; where none runs, nobody can. */
async function writtenDown<T>(
	{ ask }: CommandContext,
	subject: string,
	details: Readonly<Record<string, string | boolean>>,
	run: () => Promise<T>,
): Promise<T> {
	const act = { action: "exported" as const, subject, details: { ...details } };
	const begun = await ask("audit/begin", act).catch(unlessAway);
	const end = async (outcome: "done" | "refused" | "failed", reason = "") => {
		if (begun === undefined) return;
		const { position } = begun;
		// A service that was stopped meanwhile has it as begun.
		await ask("audit/end", { position, outcome, reason }).catch(() => {});
	};
	try {
		const result = await run();
		await end("done");
		return result;
	} catch (error) {
		if (error instanceof Misuse) await end("refused", "malformed");
		else await end("failed", "fault");
		throw error;
	}
}

/** Settings may give the service no socket. */
function unlessAway(error: unknown): undefined {
	const away = error instanceof Error && error.name === "Unreachable";
	if (!away && !(error instanceof Misuse)) throw error;
}

function importedText(imported: Imported): string {
	const { kinds, conflicts, moreConflicts, dryRun, refused } = imported;
	const heading = dryRun || refused ? "NEW" : "PUT IN";
	const lines = [
		table(
			["KIND", "RECORDS", heading, "THERE", "OTHER"],
			kinds.map(({ kind, records, added, there, other }) => [
				kind,
				...[records, added, there, other].map(String),
			]),
			"",
		),
		...conflicts.map((each) => `In the way: ${each}.`),
	];
	if (moreConflicts > 0) lines.push(`… and ${moreConflicts} more.`);
	if (dryRun) lines.push("Nothing has been changed.");
	return lines.join("\n");
}
