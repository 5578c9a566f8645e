/**
 * What every compliance adapter must do, as tests: `drachtio-persistent-chat/testing`. Runs under mocha, and under any runner
 * whose `describe` and `it` are global or passed in.
 */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import type {
	AdapterFactory,
	ArchivedEvent,
	ComplianceAdapter,
	Person,
} from "../../plugin/compliance/adapter.ts";
import { type DeliverySample, delivery } from "../adapters/delivery.ts";
import {
	alice,
	archived,
	desk,
	lobby,
	oneOfEach,
	posted,
	report,
	reportBytes,
} from "../adapters/events.ts";

export * from "../adapters/delivery.ts";
export * from "../adapters/events.ts";

export interface AdapterUnderTest {
	/** The adapter at a target that holds nothing yet. */
	readonly adapter: ComplianceAdapter;
	/** The texts of the posted messages that are at the target, as a reader sees them, in order; a repeat is there twice. */
	texts(): Promise<readonly string[]>;
	/** From now on the target fails (disk full, connection refused), until it is mended; where `targetFails`. */
	fail?(): Promise<void>;
	mend?(): Promise<void>;
	/** From now on the target refuses for good whatever holds this text; where `targetRefuses`. */
	refuse?(text: string): Promise<void>;
	/** Called once after each test, when the adapter is closed: takes the target away. */
	close(): Promise<void>;
}

export interface AdapterContract {
	readonly factory: AdapterFactory;
	open(): Promise<AdapterUnderTest>;
	/** Options that are wrong, and what the refusal says of each. */
	readonly refusedOptions: readonly {
		readonly options: unknown;
		readonly says: RegExp;
	}[];
	/** The test can make the target fail: `fail` and `mend` are there. */
	readonly targetFails?: boolean;
	/** The target can refuse events for good: `refuse` is there. */
	readonly targetRefuses?: boolean;
	/** A batch that comes again is at the target once. Otherwise it may be there again. */
	readonly exactlyOnce?: boolean;
	/** What the target cannot hold is U+FFFD there. */
	readonly forbidden?: RegExp;
}

export interface Runner {
	describe(title: string, body: () => void): unknown;
	it(title: string, body: () => Promise<void>): unknown;
}

/** Names and texts that have broken archives before. */
const awkward = [
	"line one\nline two\r\n\r\nline five",
	"</Content></script><b>&amp; \"quoted\" 'too' ]]> -->",
	"Subject: forged\r\nBcc: mallory@example.com",
	"日本語 العربية हिन्दी ไทย Ελληνικά 👩‍👩‍👧 e\u0301",
	"\u202eright to left\u202c\u2028new line\u2029new paragraph\ufeff",
	"tab\tbell\u0007escape\u001b[31mdelete\u007fnothing\u0000end",
	".\r\n.\r\nQUIT",
	"=E4=F6=FC =?utf-8?q?encoded?= %00 \\u0000 \\",
] as const;

/** 9,000 bytes of UTF-8, without a line end. */
const story = `${"long ".repeat(1_000)}${"é".repeat(1_000)}${"界".repeat(666)}..`;

/** Says what the adapter must do, with one test a sentence. */
export function complianceAdapterContract(
	name: string,
	contract: AdapterContract,
	runner: Runner = globalThis as unknown as Runner,
): void {
	runner.describe(`the compliance adapter ${name}`, () => {
		const it = (
			title: string,
			body: (tested: AdapterUnderTest) => Promise<void>,
		) => runner.it(title, () => withAdapter(contract, body));
		takesEverything(it, contract);
		repeats(it, contract);
		if (contract.targetFails === true) fails(it, contract);
		if (contract.targetRefuses === true) refuses(it, contract);
		runner.it("refuses wrong options in a sentence", () =>
			refusesOptions(contract),
		);
	});
}

type It = (
	title: string,
	body: (tested: AdapterUnderTest) => Promise<void>,
) => unknown;

async function withAdapter(
	contract: AdapterContract,
	body: (tested: AdapterUnderTest) => Promise<void>,
): Promise<void> {
	const tested = await contract.open();
	try {
		await body(tested);
	} finally {
		await tested.adapter.close?.();
		await tested.close();
	}
}

const files = { [report.sha256]: reportBytes };

/** Delivers, and looks whether the log holds what it must not. */
async function deliver(
	{ adapter }: AdapterUnderTest,
	batch: readonly ArchivedEvent[],
	sample: DeliverySample = {},
): Promise<void> {
	const given = delivery({
		key: `archive:${batch.at(0)?.id}-${batch.at(-1)?.id}`,
		files,
		present: { [lobby.id]: [alice] },
		...sample,
	});
	try {
		await adapter.deliver(batch, given);
	} finally {
		const log = JSON.stringify(given.lines);
		for (const text of [...textsOf(batch), report.name]) {
			ok(!log.includes(text), `the log holds what somebody wrote: ${log}`);
		}
	}
}

function textsOf(batch: readonly ArchivedEvent[]): readonly string[] {
	return batch.flatMap((event) =>
		event.type === "posted" ? [event.message.text] : [],
	);
}

/** Fails unless the target holds each of the texts, in this order, and no others; repeats count once unless it says `exactlyOnce`. */
async function holds(
	tested: AdapterUnderTest,
	texts: readonly string[],
	{ exactlyOnce, forbidden }: AdapterContract,
): Promise<void> {
	const found = await tested.texts();
	deepEqual(
		exactlyOnce === true ? found : [...new Set(found)],
		texts.map((text) =>
			forbidden === undefined ? text : text.replace(forbidden, "\uFFFD"),
		),
	);
}

function takesEverything(it: It, contract: AdapterContract): void {
	it("takes an event of every type", async (tested) => {
		const batch = oneOfEach();
		await deliver(tested, batch);
		await holds(tested, textsOf(batch), contract);
	});

	it("keeps what follows behind what was first, in several batches", async (tested) => {
		await deliver(tested, archived([posted("one"), posted("two")]));
		await deliver(tested, archived([posted("three")], 3));
		await holds(tested, ["one", "two", "three"], contract);
	});

	it("keeps the order of each room when rooms are mixed", async (tested) => {
		const rooms = [lobby, desk, lobby, desk, lobby, desk];
		const batch = archived(
			rooms.map((room, index) => posted(`${room.name} ${index}`, { room })),
		);
		await deliver(tested, batch);
		const found = await tested.texts();
		for (const room of [lobby, desk]) {
			deepEqual(
				found.filter((text) => text.startsWith(room.name)),
				textsOf(batch).filter((text) => text.startsWith(room.name)),
			);
		}
	});

	it("keeps a story of 9,000 bytes whole", async (tested) => {
		equal(Buffer.byteLength(story), 9_000);
		await deliver(tested, archived([posted(story)]));
		await holds(tested, [story], contract);
	});

	for (const [index, text] of awkward.entries()) {
		it(`keeps text that has broken archives, sample ${index + 1}`, async (tested) => {
			await deliver(tested, archived([posted(text)]));
			await holds(tested, [text], contract);
		});
	}

	it("takes names of any kind, of people, rooms and categories", async (tested) => {
		const batch = awkward.map((name, index) => {
			const actor: Person = { ...alice, displayName: name, email: name };
			const category = { id: lobby.category.id, name };
			const room = { ...lobby, name, category };
			return posted(`text ${index}`, { actor, room });
		});
		await deliver(tested, archived(batch));
		await holds(
			tested,
			awkward.map((_, index) => `text ${index}`),
			contract,
		);
	});
}

function repeats(it: It, contract: AdapterContract): void {
	it("takes a batch again, word for word", async (tested) => {
		const batch = archived([posted("one"), posted("two")]);
		await deliver(tested, batch);
		await deliver(tested, batch, { attempt: 2 });
		await holds(tested, ["one", "two"], contract);
	});

	it("takes a batch again that has grown", async (tested) => {
		await deliver(tested, archived([posted("one"), posted("two")]));
		await deliver(
			tested,
			archived([posted("one"), posted("two"), posted("three")]),
			{ attempt: 2 },
		);
		await holds(tested, ["one", "two", "three"], contract);
	});

	it("takes a replay, and goes on", async (tested) => {
		await deliver(tested, archived([posted("one"), posted("two")]));
		await deliver(tested, archived([posted("one")]), { replay: true });
		await deliver(tested, archived([posted("three")], 3));
		const found = new Set(await tested.texts());
		deepEqual([...found].sort(), ["one", "three", "two"]);
	});

	it("takes what was not in order before: positions may begin anew", async (tested) => {
		await deliver(tested, archived([posted("of a high position")], 900));
		await deliver(tested, archived([posted("of a low one")], 1));
		const found = await tested.texts();
		deepEqual([...found].sort(), ["of a high position", "of a low one"]);
	});

	it("rejects when it is aborted, and takes the batch when it comes again", async (tested) => {
		const batch = archived([posted("one")]);
		await rejects(deliver(tested, batch, { signal: AbortSignal.abort() }));
		deepEqual(await tested.texts(), []);
		await deliver(tested, batch, { attempt: 2 });
		await holds(tested, ["one"], contract);
	});
}

function fails(it: It, contract: AdapterContract): void {
	it("rejects while the target fails, and takes the batch afterwards", async (tested) => {
		await deliver(tested, archived([posted("one")]));
		ok(tested.fail && tested.mend, "the target can be made to fail");
		await tested.fail();
		const batch = archived([posted("two"), posted("three")], 2);
		await rejects(
			deliver(tested, batch),
			(error: Error) => error.name !== "Undeliverable",
			"a target that fails cures itself: that is no reason to set events aside",
		);
		await tested.mend();
		await deliver(tested, batch, { attempt: 2 });
		await deliver(tested, archived([posted("four")], 4));
		await holds(tested, ["one", "two", "three", "four"], contract);
	});
}

function refuses(it: It, contract: AdapterContract): void {
	it("names the events that are refused for good, or leaves them to be found", async (tested) => {
		ok(tested.refuse, "the target can be made to refuse");
		await tested.refuse("poison");
		const batch = archived([posted("one"), posted("poison"), posted("two")]);
		const [, poison] = batch;
		await rejects(deliver(tested, batch), (error: Error) => {
			equal(error.name, "Undeliverable");
			ok(!error.message.includes("poison"), "the reason holds the text");
			const { events } = error as Error & { events: readonly string[] };
			ok(Array.isArray(events), "it has the ids of the events, or none");
			if (events.length > 0) deepEqual(events, [poison?.id]);
			return true;
		});
		const rest = batch.filter((event) => event !== poison);
		await deliver(tested, rest);
		await holds(tested, ["one", "two"], contract);
	});
}

async function refusesOptions({
	factory,
	refusedOptions,
}: AdapterContract): Promise<void> {
	const { log } = delivery();
	const cases = [
		...refusedOptions,
		{ options: { noSuchOption: 1 }, says: /noSuchOption/ },
		{ options: "everything", says: /\S+ \S+ \S+/ },
	];
	for (const { options, says } of cases) {
		await rejects(
			factory(options, { name: "tested", log }),
			says,
			`these options were taken: ${JSON.stringify(options)}`,
		);
	}
}
