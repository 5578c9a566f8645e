/** The relay says of no event that the chat database has forgotten it while any may still be owed. */
import { equal } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createRelay, type Relay } from "../../plugin/compliance/relay.ts";
import {
	type Knex,
	makeDatabase,
	openArchive,
} from "../../plugin/store/index.ts";
import { insertAll } from "../../plugin/store/rows.ts";
import { relaying } from "../contracts/archive-samples.ts";
import { openDomain } from "../support/domain.ts";
import { until } from "../support/until.ts";

const actor = { uri: "sip:a@example.com", displayName: "A", guid: "" };

describe("the relay", () => {
	let domain: Awaited<ReturnType<typeof openDomain>>;
	let database: Knex;
	let relay: Relay | undefined;

	beforeEach(async () => {
		domain = await openDomain();
		database = makeDatabase({ client: "sqlite", file: ":memory:" });
	});
	afterEach(async () => {
		await relay?.close();
		await domain.close();
		await database.destroy();
	});

	it("lets nothing be deleted from the archive while more may be owed than it has read", async () => {
		const archive = await openArchive(database);
		const { tenure } = await relaying(archive);
		const at = new Date().toISOString();
		await domain.knex("outbox").delete();
		await insertAll(
			domain.knex,
			"outbox",
			Array.from({ length: 2_500 }, () => {
				const id = randomUUID();
				const type = "directory-changed";
				const payload = JSON.stringify({ id, type, at, actor, subject: "x" });
				return { id, room_id: "", type, at: Date.now(), payload };
			}),
		);
		let carried = 0;
		let held = true;
		relay = createRelay({
			owed: domain.store.outbox,
			archive,
			carrier: {
				async carry(events, turn) {
					if (held && carried === 2_000) throw new Error("held up");
					await archive.add(events, turn);
					carried += events.length;
				},
				close: async () => {},
			},
			holding: {
				looked: Promise.resolve(),
				tenure: () => tenure,
				lost() {},
				close: async () => {},
				abandon: async () => {},
			},
			files: { keep: async () => {} },
			missingFileAfterMs: 0,
			domain: "example.com",
			log: { warn() {}, error() {} },
		});
		const { state, forgottenThrough } = relay;
		await until(() => state().failures > 0, { what: "the third batch" });
		equal(forgottenThrough(), 0);
		held = false;
		await until(() => forgottenThrough() === 2_500, { what: "all forgotten" });
	});
});
