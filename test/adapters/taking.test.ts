/** What a target has taken of a batch is not sent again, also when fewer events come again, and apart from replays. */
import { deepEqual, rejects } from "node:assert/strict";
import { makeTaking, type Take } from "../../adapters/taking.ts";
import type { ArchivedEvent } from "../../plugin/compliance/adapter.ts";
import { archived, posted } from "./events.ts";

const events = archived(
	Array.from({ length: 4 }, (_, index) => posted(`text ${index}`)),
);

describe("what was taken of a batch", () => {
	let take: Take;
	let sent: number[];

	beforeEach(() => {
		take = makeTaking();
		sent = [];
	});

	/** Each by itself; fails at the position. */
	const send = (
		batch: readonly ArchivedEvent[],
		{ replay = false, failsAt = 0 } = {},
	) =>
		take(batch, { replay }, async (rest, give) => {
			for (const event of rest) {
				await give([event], async () => {
					if (event.position === failsAt) throw new Error("gone");
					sent.push(event.position);
					return undefined;
				});
			}
		});

	it("is known when the batch comes again in pieces", async () => {
		await rejects(send(events, { failsAt: 4 }), /gone/);
		await send(events.slice(0, 1));
		await send(events.slice(1));
		deepEqual(sent, [1, 2, 3, 4]);
	});

	it("is sent all the same when it is replayed, and the other way round", async () => {
		await rejects(send(events, { failsAt: 3 }), /gone/);
		await send(events, { replay: true });
		await send(events);
		deepEqual(sent, [1, 2, 1, 2, 3, 4, 3, 4]);
	});

	it("is forgotten when the batch has been delivered whole", async () => {
		await send(events);
		await send(events);
		deepEqual(sent, [1, 2, 3, 4, 1, 2, 3, 4]);
	});
});
