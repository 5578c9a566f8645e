/** `persistent-chat compliance verify`: whether the archive is what it was, without the running service. */
import type { LinesVerdict, Verdict } from "../offline/evidence.ts";
import { type Command, Incomplete, Misuse, Unsound } from "./command.ts";
import type { Given } from "./given.ts";
import { properties } from "./table.ts";

export const verifyCommand: Command = {
	words: ["compliance", "verify"],
	summary:
		"Prove that the archive is unaltered: on its database, without the service",
	flags: {
		file: { value: "PATH", text: "the archive's SQLite file" },
		url: {
			value: "URL",
			text: "the archive's MySQL database; default: what the settings say",
		},
		key: {
			value: "FILE",
			many: true,
			text: "public keys; default: the one beside the settings' compliance.signingKey",
		},
		checkpoint: {
			value: "NUMBER:HASH",
			many: true,
			text: "a checkpoint that you have noted elsewhere and that must be there",
		},
		jsonl: {
			value: "DIR",
			text: "instead: the files of the adapter jsonl; their chains only, for nothing in them is signed",
		},
		adapter: {
			value: "NAME",
			text: "whose files, where DIR has those of several",
		},
	},
	examples: [
		"compliance verify",
		"compliance verify --file copy.sqlite --key compliance-key.pub.pem",
		"compliance verify --jsonl ./data/compliance",
	],
	async run(given, { offline, show, progress }) {
		const directory = given.text("jsonl");
		const verified = progress("events verified");
		const verdict =
			directory === undefined
				? await offline.verifyArchive(placeOf(given), verified)
				: await offline.verifyFiles(
						{ directory, adapter: given.text("adapter") },
						verified,
					);
		show(verdict, () =>
			"checkpoints" in verdict ? archiveText(verdict) : filesText(verdict),
		);
		if (verdict.broken !== undefined) {
			throw new Unsound("This is not what was archived.");
		}
		if ("checkpoints" in verdict && isUnsigned(verdict)) {
			throw new Incomplete(
				verdict.position === 0
					? "The archive is empty, and nothing in it is signed: either nothing was archived yet, or it was emptied."
					: "Nothing is signed yet: the archive has just begun.",
			);
		}
		if ("missing" in verdict && verdict.archives > 1) {
			throw new Incomplete(
				"Nothing was found altered, but these are the files of several archives, one after the other: compare each with its own.",
			);
		}
		if ("missing" in verdict && verdict.missing > 0) {
			throw new Incomplete(
				"Nothing was found altered, but events are not here. That is right for an adapter with only, or with events set aside; otherwise compare with the archive.",
			);
		}
	},
};

function placeOf(given: Given) {
	return {
		file: given.text("file"),
		url: given.text("url"),
		keys: given.list("key"),
		noted: (given.list("checkpoint") ?? []).map((text) => {
			const [, number, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
			if (number !== undefined && hash !== undefined) {
				return { number: Number(number), hash };
			}
			throw new Misuse(
				`--checkpoint is a number and a hash, like 17:6c1f…, not "${text}".`,
			);
		}),
	};
}

function isUnsigned({ checkpoints }: Verdict): boolean {
	return checkpoints.newest === undefined;
}

function archiveText(verdict: Verdict): string {
	const { sound, broken, chains, position, checkpoints } = verdict;
	const { newest, forgotten } = checkpoints;
	const unsigned = position - (newest?.position ?? 0);
	const lines: [string, string][] = [
		["events sound", String(sound)],
		["rooms", String(chains)],
		["deleted, being old", deletedText(verdict)],
		["checkpoints sound", String(checkpoints.sound)],
	];
	if (newest !== undefined) {
		lines.push(
			["newest checkpoint", `${newest.number} of ${newest.at}`],
			["its hash", `${newest.number}:${newest.hash}`],
		);
	}
	for (const number of forgotten) {
		lines.push([
			"noted checkpoint",
			`${number} is older than what is kept: nothing is proven by it`,
		]);
	}
	if (broken === undefined) {
		lines.push(
			["not signed yet", `${unsigned} events`],
			["verdict", isUnsigned(verdict) ? unprovenText(verdict) : "sound"],
		);
	}
	return properties([...lines, ...brokenLines(broken)]);
}

function unprovenText({ position }: Verdict): string {
	return position === 0
		? "NOT PROVEN YET: the archive is empty and no checkpoint is signed; if anything was ever archived, it was emptied"
		: "NOT PROVEN YET: the chains are sound, but no checkpoint is signed; the service signs the first within seconds: verify once more";
}

function deletedText({ pruned, prunedBefore, kept }: Verdict): string {
	if (pruned === 0) return "none";
	const before =
		prunedBefore === undefined ? "" : `, of before ${prunedBefore}`;
	const but = kept === 0 ? "" : `, but for ${kept} that were set aside`;
	return `up to position ${pruned}${before}${but}`;
}

function filesText(verdict: LinesVerdict) {
	const { sound, chains, beginLater, missing, firstHole, broken } = verdict;
	const { archives, begunAnew } = verdict;
	const anew: readonly [string, string][] =
		begunAnew === undefined
			? []
			: [
					["archives", `${archives}, each compared with itself alone`],
					[
						"begun anew",
						`${begunAnew.file}, line ${begunAnew.line}, for the first time: positions and rooms count from 1 again there`,
					],
				];
	const holes: readonly [string, string][] =
		firstHole === undefined
			? []
			: [["first hole", `${firstHole.file}, before line ${firstHole.line}`]];
	return properties([
		[
			"compared",
			"each line with its own hash and with the line before of its room; with no archive and no signature",
		],
		...anew,
		["events sound", String(sound)],
		["rooms", String(chains)],
		["begin later", `${beginLater} rooms, whose first events are not here`],
		["not here", `${missing} events between others of their rooms`],
		...holes,
		["repeats", `${verdict.repeated} lines, the same as before`],
		["torn lines", `${verdict.torn}, never acknowledged`],
		...(broken === undefined
			? [["verdict", filesVerdict(missing)] as const]
			: [["file", `${broken.file}, line ${broken.line}`] as const]),
		...brokenLines(broken),
	]);
}

function filesVerdict(missing: number): string {
	const what =
		missing === 0
			? "the chains are sound"
			: "INCOMPLETE: the chains are sound but for their holes";
	return `${what}; that nobody made them anew, or cut off their end, is proven by the archive only`;
}

function brokenLines(broken: Verdict["broken"]): [string, string][] {
	if (broken === undefined) return [];
	const { position, chain, number, event, wrong } = broken;
	const lines: [string, string | undefined][] = [
		["verdict", "BROKEN"],
		["at position", position === undefined ? undefined : String(position)],
		["room", chain === "" ? "none" : chain],
		["number in the room", number === undefined ? undefined : String(number)],
		["event", event],
		["what is wrong", wrong],
	];
	return lines.filter(
		(line): line is [string, string] => line[1] !== undefined,
	);
}
