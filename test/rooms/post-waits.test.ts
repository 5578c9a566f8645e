/** Posts to a room that cannot be stored as fast as they come. */
import { deepEqual, equal } from "node:assert/strict";
import type { Actor, RoomId } from "../../plugin/rooms/types.ts";
import {
	addCategory,
	type Domain,
	openDomain,
	operator,
} from "../support/domain.ts";

/** What one transaction takes. */
const storingMs = 200;

describe("posts that would wait", () => {
	let domain: Domain;
	let author: Actor;
	let room: RoomId;
	let nowMs = 0;

	beforeEach(async () => {
		domain = await openDomain({
			elapsedMs: () => nowMs,
			postWaitMs: 1_000,
			through: (store) => ({
				...store,
				async transaction(work) {
					nowMs += storingMs;
					return store.transaction(work);
				},
			}),
		});
		author = await domain.person("author");
		const category = await addCategory(domain);
		const made = await domain.rooms.createRoom(operator, {
			name: "Room",
			category: category.id,
			privacy: "open",
		});
		room = made.room.id;
	});
	afterEach(() => domain.close());

	const post = (text: string) =>
		domain.rooms.post(author, { room, text, alert: false });

	/** How many were stored of so many at once, and why the others were not. */
	async function postAll(count: number) {
		const outcomes = await Promise.allSettled(
			Array.from({ length: count }, (_, i) => post(`text ${i}`)),
		);
		const reasons = outcomes.flatMap((outcome) =>
			outcome.status === "rejected" ? [outcome.reason.reason] : [],
		);
		return {
			stored: count - reasons.length,
			reasons: [...new Set(reasons)],
		};
	}

	it("longer than a second are refused at once, and those before them stored", async () => {
		for (let i = 0; i < 20; i += 1) await post("alone");
		const begunMs = nowMs;
		// Six groups of fifty are begun within the second, the last as it ends.
		const { stored, reasons } = await postAll(1_000);
		equal(stored, 6 * 50);
		deepEqual(reasons, ["unavailable"]);
		equal(nowMs - begunMs, 6 * storingMs);
	});

	it("are as many as before once they come no faster than they are stored", async () => {
		await postAll(1_000);
		deepEqual(await postAll(100), { stored: 100, reasons: [] });
	});

	it("behind a database that has stopped are refused by how long it has", async () => {
		const stuck = post("stuck");
		nowMs += 1_001;
		await post("behind it").then(
			() => equal("stored", "refused"),
			({ reason }) => equal(reason, "unavailable"),
		);
		await stuck;
		equal((await post("later")).text, "later");
	});
});
