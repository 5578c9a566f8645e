/** How far the archive is behind: by what a category's own rooms are owed, and whatever happens to the clock. */
import { equal, ok } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type Backlog, watchBacklog } from "../../plugin/compliance/backlog.ts";
import type { CategoryId } from "../../plugin/rooms/types.ts";
import { addCategory, addRoom } from "../contracts/samples.ts";
import { openDomain } from "../support/domain.ts";

type Domain = Awaited<ReturnType<typeof openDomain>>;
const hourMs = 3_600_000;

describe("how far the archive is behind", () => {
	let domain: Domain;
	let backlog: Backlog | undefined;
	let late: CategoryId;
	let quiet: CategoryId;
	const clock = Date.now;

	beforeEach(async () => {
		domain = await openDomain();
		const { store } = domain;
		({ id: late } = await addCategory(store, { compliance: "closed" }));
		({ id: quiet } = await addCategory(store, { compliance: "closed" }));
		const room = await addRoom(store, { category: late });
		const other = await addRoom(store, { category: quiet });
		await owe(room.id, clock() - hourMs);
		await owe(other.id, clock() - 100);
	});
	afterEach(async () => {
		Date.now = clock;
		await backlog?.close();
		await domain.close();
	});

	async function owe(room: string, at: number): Promise<void> {
		const row = { id: randomUUID(), type: "joined", at, payload: "{}" };
		await domain.knex("outbox").insert({ ...row, room_id: room });
	}
	const watch = async () => {
		backlog = await watchBacklog(domain.store.outbox, { warn: () => {} });
		return backlog;
	};

	it("is known when it is first asked, and closes the categories of rooms that wait, and no others", async () => {
		const { behindMs } = await watch();
		ok(behindMs() >= hourMs);
		ok(behindMs(late) >= hourMs);
		ok(behindMs(quiet) < hourMs);
	});

	it("does not become less when the clock is set back", async () => {
		const { behindMs } = await watch();
		Date.now = () => clock() - 2 * hourMs;
		ok(behindMs() >= hourMs);
		ok(behindMs(late) >= hourMs);
	});

	it("is nothing when nothing is owed", async () => {
		await domain.knex("outbox").delete();
		const { behindMs } = await watch();
		equal(behindMs(), 0);
		equal(behindMs(late), 0);
	});
});
