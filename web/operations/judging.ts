/** What is fine, degraded or broken, and the words for it: pure, so that the page says nothing of its own. */
import type { ComplianceMetrics, Condition } from "../../plugin/index.ts";
import type { Answered, Look } from "./look.ts";
import type { Picture, State } from "./views.ts";

export interface Judged {
	readonly state: State;
	readonly words: string;
}

/** What is known without asking. */
export interface Known {
	readonly now: Date;
	readonly node: string;
	readonly replicas: ReturnType<Condition["replicas"]>["states"];
	readonly sipConnected: boolean;
	readonly sipServer: ReturnType<Condition["sipServer"]>;
	readonly sipWatchdog: ReturnType<Condition["sipWatchdog"]>;
	readonly registrations: ReturnType<Condition["registrations"]>;
	/** Of several. */
	readonly sipServersAway: number;
	readonly redisConnected: boolean | undefined;
	readonly compliance: Condition["compliance"];
	/** How old the oldest event is that is not archived, in ms. */
	readonly behindMs: number;
	readonly loopMs: number;
	/** Undefined before the first has ended. */
	readonly look: Look | undefined;
}

const slowMs = 1_000;
/** A look that has not ended by then is held up. */
const lookLateMs = 20_000;
const behindMs = { degraded: 60_000, broken: 300_000 };
const loopMs = { degraded: 250, broken: 1_000 };
const silentMs = { degraded: 5_000, broken: 15_000 };

export function judge(known: Known): Picture {
	const { now, node, look } = known;
	const parts = [
		{ name: "Database", ...ofDatabase(known) },
		...known.replicas.map((one) => ({
			name: "Replica",
			...ofReplica(one, now),
		})),
		{ name: "SIP server", ...ofSip(known) },
		{ name: "Watchdog", ...ofWatchdog(known) },
		...ofRegistrations(known),
		{ name: "Archive", ...ofArchive(known) },
		{ name: "Redis", ...ofRedis(known) },
		{ name: "Files", ...ofFiles(look?.files) },
		{ name: "Event loop", ...ofLoop(known) },
	];
	const adapters = (look?.compliance?.adapters ?? []).map((adapter) =>
		ofAdapter(adapter, now),
	);
	const nodes = (look?.nodes ?? []).map((one) => ({
		name: one.node,
		aliveAt: one.aliveAt.toISOString(),
		...ofNode(now.getTime() - one.aliveAt.getTime(), one.node === node),
	}));
	return {
		at: now.toISOString(),
		state: worst([...parts, ...adapters, ...nodes]),
		node,
		...(look?.browsers !== undefined && { browsers: look.browsers }),
		parts,
		adapters,
		nodes,
	};
}

/** A node that is silent makes the pool weaker, not broken: others serve. */
function worst(all: readonly Judged[]): State {
	if (all.some(({ state }) => state === "broken")) return "broken";
	return all.some(({ state }) => state === "degraded") ? "degraded" : "fine";
}

function ofDatabase({ now, look }: Known): Judged {
	if (look === undefined) return unused("Not asked yet.");
	const lateMs = now.getTime() - look.at.getTime();
	if (lateMs > lookLateMs) {
		return broken(`Has not answered for ${duration(lateMs)}.`);
	}
	if (look.database === "away") return broken("Does not answer.");
	if (look.database === "keeps nothing") {
		return broken(
			"Answers, but keeps nothing: its disk may be full, or it is read-only.",
		);
	}
	const { ms } = look.database;
	return ms < slowMs
		? fine(`Answers in ${ms} ms.`)
		: degraded(`Answers slowly: in ${ms} ms.`);
}

type Replica = Known["replicas"][number];

/** The database answers in its place: nothing is broken. */
function ofReplica({ name, standing, since }: Replica, now: Date): Judged {
	const time = duration(now.getTime() - since.getTime());
	switch (standing) {
		case "used":
			return fine(`${name} answers for history and search.`);
		case "unasked":
			return unused(`${name} is not asked yet.`);
		case "away":
			return degraded(`${name} has not answered for ${time}.`);
		case "behind":
			return degraded(`${name} has been behind the database for ${time}.`);
		case "other":
			return degraded(
				`${name} is no replica of this database, or has a schema that this version does not read.`,
			);
	}
}

function ofSip({ sipConnected, sipServer, sipServersAway }: Known): Judged {
	if (!sipConnected) {
		return broken("There is no connection to it: nobody can sign in by SIP.");
	}
	if (sipServer === undefined) return fine("Connected.");
	const { version, contacts, refusal, warnings } = sipServer;
	if (refusal !== undefined) return broken(refusal);
	if (sipServersAway > 0) {
		return degraded(
			`Of the SIP servers that this node is beside, ${sipServersAway} cannot be had; who came by it signs in again by another.`,
		);
	}
	const words = `Connected: ${version}, listening on ${contacts.join(", ")}.`;
	// What an operator has chosen so is no fault: it is told, and he is not called.
	return fine([words, ...warnings].join(" "));
}

function ofWatchdog({ sipConnected, sipWatchdog }: Known): Judged {
	if (!sipConnected) return unused("Waits for the SIP server.");
	const { state, answeredMs } = sipWatchdog;
	switch (state) {
		case "unknown":
			return unused("Off, or not asked yet.");
		case "answering":
			return fine(`A call through the SIP port came here in ${answeredMs} ms.`);
		case "unsteady":
			return degraded(
				"Now and then a call through the SIP port does not come here: restart the SIP server when nobody needs it.",
			);
		case "silent":
			return broken(
				"No call through the SIP port comes here, though the SIP server is connected.",
			);
	}
}

type Registration = ReturnType<Condition["registrations"]>[number];

/** With each registrar. */
function ofRegistrations({
	registrations,
}: Known): readonly Picture["parts"][number][] {
	if (registrations.length === 0) {
		return [{ name: "Registration", ...unused("Not used.") }];
	}
	return registrations.map((one) => ({
		name: "Registration",
		...ofRegistration(one),
	}));
}

/** Whoever knows the address still comes: nothing here is broken. */
function ofRegistration(one: Registration): Judged {
	const { registrar, state, why, until } = one;
	const address = `${one.address} at ${registrar}`;
	const reason = why === undefined ? "" : ` ${sentence(why)}`;
	switch (state) {
		case "registered":
			return fine(
				`${address}${until ? `, until ${until.toISOString().slice(11, 16)} UTC unless it is refreshed` : ""}.`,
			);
		case "waiting":
			return degraded(`${address} waits for the SIP server.`);
		case "failing":
			return degraded(`${address} is not registered; tried again.${reason}`);
		case "refused":
			return degraded(
				`${address} is refused; tried again in some minutes.${reason}`,
			);
		case "ended":
			return unused(`${address} was taken back.`);
	}
}

function ofArchive({ compliance, behindMs: late, look }: Known): Judged {
	if (compliance === "off") return unused("Off: nothing is recorded.");
	// Asked at other times: what is late waits, whatever was counted.
	const waiting = Math.max(1, look?.compliance?.owed.events ?? 0);
	const wait =
		late === 0
			? "Nothing waits for it."
			: `${counted(waiting)} before it, the oldest for ${duration(late)}.`;
	if (compliance === "elsewhere") {
		return graded(late, behindMs, `Kept by other nodes. ${wait}`);
	}
	if (look !== undefined && look.compliance?.archive === undefined) {
		return broken(
			"Its database cannot be had; events wait in the chat database.",
		);
	}
	const notWhole = look?.compliance?.archive?.notWhole ?? 0;
	if (notWhole === 0) return graded(late, behindMs, wait);
	const words = `${wait} ${counted(notWhole)} archived, but not whole, and set aside.`;
	return late > behindMs.broken ? broken(words) : degraded(words);
}

function ofRedis({ redisConnected }: Known): Judged {
	if (redisConnected === undefined) return unused("Not used.");
	return redisConnected
		? fine("Connected.")
		: degraded("Not to be had; events wait in the chat database.");
}

function ofFiles(files: Answered | undefined): Judged {
	if (files === undefined) return unused("Not asked yet.");
	if (files === "away") {
		return broken(
			"Cannot be had, or has no room: files cannot be fetched, or none can be brought.",
		);
	}
	return files.ms < slowMs
		? fine("The store answers.")
		: degraded(`The store answers slowly: in ${files.ms} ms.`);
}

function ofLoop(known: Known): Judged {
	const late = Math.round(known.loopMs);
	const words =
		late < 1 ? "Never noticeably late." : `Late by ${late} ms at worst.`;
	return graded(known.loopMs, loopMs, words);
}

type AdapterMetrics = ComplianceMetrics["adapters"][number];

function ofAdapter(
	adapter: AdapterMetrics,
	now: Date,
): Picture["adapters"][number] {
	const { name, backlog, parked, delivered } = adapter;
	const oldestMs =
		backlog.oldestAt === undefined
			? 0
			: Math.max(0, now.getTime() - backlog.oldestAt.getTime());
	return {
		name,
		...ofDelivery(adapter, oldestMs, now),
		waiting: backlog.events,
		oldestSeconds: Math.round(oldestMs / 1_000),
		parked,
		delivered,
	};
}

function ofDelivery(
	{ attempt, failure, nextAt, parked, backlog, active }: AdapterMetrics,
	oldestMs: number,
	now: Date,
): Judged {
	const aside = parked === 0 ? "" : ` ${counted(parked)} set aside.`;
	if (attempt > 0) {
		const times = attempt === 1 ? "once" : `${attempt} times in a row`;
		const next =
			nextAt === undefined || nextAt <= now
				? ""
				: ` Tried again in ${duration(nextAt.getTime() - now.getTime())}.`;
		const words = `Has failed ${times}: ${sentence(failure ?? "no reason is known")}${next}${aside}`;
		return oldestMs > behindMs.broken ? broken(words) : degraded(words);
	}
	const by = active ? "" : " Another node works it, or none.";
	const words =
		backlog.events === 0
			? `Has everything.${aside}${by}`
			: `${counted(backlog.events)} before it, the oldest for ${duration(oldestMs)}.${aside}${by}`;
	const late = graded(oldestMs, behindMs, words);
	return parked > 0 && late.state === "fine" ? degraded(words) : late;
}

function ofNode(silence: number, here: boolean): Judged {
	if (silence < silentMs.degraded) {
		return fine(here ? "Alive: this one." : "Alive.");
	}
	const words = `No sign of life for ${duration(silence)}.`;
	// The others serve.
	return degraded(
		silence < silentMs.broken ? words : `${words} It may be stopped or dead.`,
	);
}

function graded(
	value: number,
	bounds: { readonly degraded: number; readonly broken: number },
	words: string,
): Judged {
	if (value > bounds.broken) return broken(words);
	return value > bounds.degraded ? degraded(words) : fine(words);
}

const unused = (words: string): Judged => ({ state: "unused", words });
const fine = (words: string): Judged => ({ state: "fine", words });
const degraded = (words: string): Judged => ({ state: "degraded", words });
const broken = (words: string): Judged => ({ state: "broken", words });

function counted(events: number): string {
	return events === 1 ? "1 event" : `${events} events`;
}

function sentence(text: string): string {
	return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** `4 s`, `12 min`, `3 h`. */
export function duration(ms: number): string {
	const seconds = Math.max(0, Math.round(ms / 1_000));
	if (seconds < 120) return `${seconds} s`;
	const minutes = Math.round(seconds / 60);
	return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
