/** `persistent-chat compliance …`: how the archive stands, what adapters are given again, what is missing, and what proves it. */
import type { ResultOf } from "../operations/index.ts";
import { type Command, type CommandContext, Misuse } from "./command.ts";
import { reconcileCommand } from "./compliance-reconcile.ts";
import { verifyCommand } from "./compliance-verify.ts";
import type { Given } from "./given.ts";
import { properties, table } from "./table.ts";

const adapter = {
	value: "NAME",
	text: "as the settings call it (required)",
} as const;

export const complianceCommands: readonly Command[] = [
	{
		words: ["compliance", "status"],
		summary: "Show how far events are on their way, and how it goes",
		examples: ["compliance status", "compliance status --json"],
		async run(_, { ask, show }) {
			const status = await ask("compliance/status", {});
			show(status, () => statusText(status));
		},
	},
	{
		words: ["compliance", "replay"],
		summary: "Give an adapter once more what it has had already",
		flags: {
			adapter,
			from: {
				value: "TIME",
				text: "what happened then or later: 2026-11-22 (UTC midnight) or 2026-11-22T14:00:00Z (required)",
			},
			to: { value: "TIME", text: "what happened before then (required)" },
			"dry-run": { text: "only show how many events are in the range" },
			background: { text: "do not wait for its end: status shows it" },
		},
		examples: [
			"compliance replay --adapter jsonl --from 2026-11-22 --to 2026-11-23",
		],
		run: replay,
	},
	{
		words: ["compliance", "replays"],
		summary:
			"Follow a replay that is under way, or end it and say how far it came",
		takes: "follow|stop REPLAY",
		examples: [
			"compliance replays follow 0c6e2f0a-7d0b-4a39-9b0e-5a8a3a0f7c11",
			"compliance replays stop 0c6e2f0a-7d0b-4a39-9b0e-5a8a3a0f7c11",
		],
		run: replays,
	},
	{
		words: ["compliance", "parked"],
		summary:
			"List the events that an adapter could not take; have them tried again, or give them up; set aside what it stands at",
		takes: "list|retry|drop|set-aside [EVENT…]",
		flags: {
			adapter: {
				value: "NAME",
				text: "as the settings call it, or @archive for what could not be archived whole (required)",
			},
			all: { text: "all that are set aside, for retry and drop" },
			"dry-run": { text: "only show which events are meant" },
			after: { value: "N", text: "list those behind this position" },
			yes: { text: "do not ask" },
		},
		examples: [
			"compliance parked list --adapter xml",
			"compliance parked list --adapter @archive",
			"compliance parked retry --adapter xml --all",
			"compliance parked drop --adapter xml 6f0f7dbb-45a5-4fd5-9d2c-9f3e7c1a52d4",
			"compliance parked set-aside --adapter xml 6f0f7dbb-45a5-4fd5-9d2c-9f3e7c1a52d4",
		],
		run: parked,
	},
	{
		words: ["compliance", "forget"],
		summary:
			"Say that an adapter is gone for ever: nothing is kept for it any more",
		takes: "ADAPTER",
		flags: {
			"dry-run": { text: "only show how it stands" },
			yes: { text: "do not ask" },
		},
		examples: ["compliance forget old-archive"],
		run: forget,
	},
	reconcileCommand,
	verifyCommand,
];

async function replay(given: Given, context: CommandContext): Promise<void> {
	const { ask, show, progress } = context;
	const asked = {
		adapter: required(given.text("adapter"), "--adapter NAME"),
		from: required(given.utc("from"), "--from TIME"),
		to: required(given.utc("to"), "--to TIME"),
	};
	if (given.has("dry-run")) {
		const found = await ask("compliance/replay/rehearse", asked);
		show(
			found,
			() =>
				`${counted(found.events)} in the range, of which ${asked.adapter} would have once more what is meant for it.${olderText(found)}\nNothing has been changed.`,
		);
		return;
	}
	const begun = await ask("compliance/replay", asked);
	const older = olderText(begun);
	if (given.has("background")) {
		show(begun, () => `Replay ${begun.id} has begun.${older}`);
		return;
	}
	const ended = await ask(
		"compliance/replay/follow",
		{ id: begun.id },
		progress("events delivered once more"),
	);
	show({ ...begun, ...ended }, () => `${replayText(ended)}${older}`);
}

function olderText({
	retainedFrom,
}: {
	readonly retainedFrom: string | null;
}): string {
	return retainedFrom === null
		? ""
		: `\nThe archive begins at ${retainedFrom}: what happened before is deleted, and does not come.`;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

async function replays(given: Given, context: CommandContext): Promise<void> {
	const word = given.argument(0, "follow or stop");
	const id = given.argument(1, "REPLAY");
	const { ask, show, progress } = context;
	if (word !== "follow" && word !== "stop") {
		throw new Misuse(`It is follow or stop, not "${word}".`);
	}
	if (!uuid.test(id)) {
		throw new Misuse(
			`"${id}" is no replay's id: "compliance status" shows those under way, by their ids.`,
		);
	}
	const replay =
		word === "stop"
			? await ask("compliance/replay/stop", { id })
			: await ask(
					"compliance/replay/follow",
					{ id },
					progress("events delivered once more"),
				);
	show(replay, () => replayText(replay));
}

function replayText(replay: ResultOf<"compliance/replay/follow">): string {
	const { adapter, delivered, stoppedBy, passed, events } = replay;
	const said = `${counted(delivered)} delivered once more to ${adapter}.`;
	return stoppedBy === null
		? said
		: `${said}\nStopped by ${stoppedBy}: it came past ${passed} of the ${events} events in its range; what is under way to the adapter is not called back.`;
}

async function parked(given: Given, context: CommandContext): Promise<void> {
	const word = given.argument(0, "list, retry, drop or set-aside");
	const adapter = required(given.text("adapter"), "--adapter NAME");
	const { ask, show } = context;
	if (word === "list") {
		const after = given.number("after");
		const list = await ask("compliance/parked/list", { adapter, after });
		show(list, () => parkedText(list));
		return;
	}
	const ids = given.rest.slice(1);
	if (word === "set-aside") {
		if (ids.length === 0) throw new Misuse("Say which events, by their ids.");
		const which = { adapter, events: [...ids] };
		const done = await ask("compliance/parked/set-aside", which);
		show(
			done,
			() =>
				`${counted(done.events)} set aside; ${adapter} goes on behind at its next attempt, which "compliance status" tells.`,
		);
		return;
	}
	if (word !== "retry" && word !== "drop") {
		throw new Misuse(`It is list, retry, drop or set-aside, not "${word}".`);
	}
	if ((ids.length === 0) !== given.has("all")) {
		throw new Misuse("Say which events, by their ids, or --all.");
	}
	if (given.has("dry-run")) {
		const list = await ask("compliance/parked/list", { adapter, limit: 200 });
		const meant = list.filter(
			({ event }) => given.has("all") || ids.includes(event),
		);
		show(meant, () => `${parkedText(meant)}\nNothing has been changed.`);
		return;
	}
	const which = { adapter, events: given.has("all") ? undefined : [...ids] };
	if (word === "retry") {
		const done = await ask("compliance/parked/retry", which);
		show(done, () => `${counted(done.events)} tried again.`);
		return;
	}
	await context.confirm(
		`Give up ${ids.length === 0 ? "all events" : counted(ids.length)} that ${adapter} could not take? They are never delivered to it.`,
	);
	const done = await ask("compliance/parked/drop", which);
	show(done, () => `${counted(done.events)} given up.`);
}

async function forget(given: Given, context: CommandContext): Promise<void> {
	const adapter = given.argument(0, "ADAPTER");
	const { ask, show } = context;
	const { archive, adapters } = await ask("compliance/status", {});
	const meant = adapters.filter(({ name }) => name === adapter);
	if (archive !== null && meant.length === 0) {
		throw new Misuse(`The archive knows no adapter "${adapter}".`);
	}
	if (given.has("dry-run")) {
		show(meant, () =>
			meant
				.map(
					({ backlog, parked }) =>
						`${adapter} would be forgotten, with ${counted(backlog.events)} that wait for it and ${counted(parked)} set aside. Nothing has been changed.`,
				)
				.join("\n"),
		);
		return;
	}
	await context.confirm(
		`Forget the adapter ${adapter}, how far it is and what is set aside for it? If it comes back, it begins with the oldest event there is.`,
	);
	const done = await ask("compliance/forget", { adapter });
	show(done, () => `${adapter} is forgotten.`);
}

function required<T>(value: T | undefined, what: string): T {
	if (value !== undefined) return value;
	throw new Misuse(`${what} is missing.`);
}

function counted(events: number): string {
	return events === 1 ? "One event" : `${events} events`;
}

type Status = ResultOf<"compliance/status">;

function statusText(status: Status): string {
	const { relay, owed, archive, checkpoint, replays } = status;
	const here = [
		["relay's failures", failuresText(relay)],
		["owed in the chat database", waiting(owed)],
	] as const;
	if (archive === null) {
		return properties([
			...here,
			[
				"archive",
				"not to be had by this node: the compliance database is away, which the log says, or other nodes have the adapters; ask there",
			],
		]);
	}
	const parts = [
		properties([
			["relayed by", relay.node ?? "nobody"],
			...here,
			["events in the archive", String(archive.events)],
			...(archive.notWhole === 0
				? []
				: [["not whole, set aside", String(archive.notWhole)] as const]),
			["newest position", String(archive.position)],
			["rooms", String(archive.chains)],
			["oldest event", archive.oldestAt ?? "-"],
			[
				"newest checkpoint",
				checkpoint === null
					? "none"
					: `${checkpoint.number} of ${checkpoint.at}, through position ${checkpoint.position}`,
			],
		]),
		table(
			["ADAPTER", "NODE", "WAITING", "DELIVERED", "LAST", "FAILURES", "PARKED"],
			status.adapters.map((each) => [
				each.configured ? each.name : `${each.name} (not in the settings)`,
				each.node ?? "nobody",
				waiting(each.backlog),
				String(each.delivered),
				each.deliveredAt ?? "-",
				String(each.failures),
				String(each.parked),
			]),
			"There is no adapter.",
		),
	];
	const strange = status.adapters.flatMap(unmatchedLines);
	if (strange.length > 0) parts.push(strange.join("\n"));
	const failing = status.adapters.filter(({ attempt }) => attempt > 0);
	if (failing.length > 0) parts.push(failing.map(failingText).join("\n"));
	if (replays.length > 0) {
		parts.push(
			table(
				[
					...["REPLAY", "ADAPTER", "FROM", "TO", "DELIVERED", "PAST"],
					"ASKED BY",
				],
				replays.map((each) => [
					each.id,
					each.adapter,
					each.from,
					each.to,
					String(each.delivered),
					`${each.passed} of ${each.events}`,
					each.askedBy,
				]),
				"",
			),
		);
	}
	return parts.join("\n\n");
}

/** What `only` names and there is none of. */
function unmatchedLines({
	name,
	unmatched: { categories, rooms },
}: Status["adapters"][number]): string[] {
	return [
		...categories.map((each) => `category "${each}"`),
		...rooms.map((each) => `room "${each}"`),
	].map((what) => `${name}: there is no ${what}, which its "only" names`);
}

function failuresText({ failures, failure }: Status["relay"]): string {
	return failure === null ? String(failures) : `${failures}, last: ${failure}`;
}

function waiting(backlog: {
	readonly events: number;
	readonly oldestAt: string | null;
}): string {
	return backlog.oldestAt === null
		? "0"
		: `${backlog.events} since ${backlog.oldestAt}`;
}

function failingText(each: Status["adapters"][number]): string {
	const { standsAt } = each;
	return properties([
		[`${each.name} fails`, `${each.attempt} times in a row`],
		["at", each.failedAt ?? "-"],
		["because", each.failure ?? "-"],
		["tried again", each.nextAt ?? "in its turn"],
		...(standsAt === null
			? []
			: ([
					[
						"it stands at",
						`${standsAt.event} (${standsAt.type}, position ${standsAt.position}, of ${standsAt.at}), given to it alone`,
					],
					[
						"if its target is well",
						`compliance parked set-aside --adapter ${each.name} ${standsAt.event}`,
					],
				] as const)),
	]);
}

function parkedText(list: ResultOf<"compliance/parked/list">): string {
	return table(
		["POSITION", "EVENT", "TYPE", "ROOM", "HAPPENED", "SET ASIDE", "REASON"],
		list.map((each) => [
			String(each.position),
			each.event,
			each.type ?? "-",
			each.room ?? "-",
			each.happenedAt ?? "-",
			each.setAsideAt,
			each.reason,
		]),
		"Nothing is set aside.",
	);
}
