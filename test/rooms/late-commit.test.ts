/**
 * A change whose commit nobody confirmed, and that MariaDB keeps later, while it answers questions with what held before: as
 * with semi-synchronous replication whose replica is lost. Whoever loses by it is out as soon as it is kept.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import mysql from "mysql2/promise";
import { pino } from "pino";
import type { UserUri } from "../../plugin/rooms/types.ts";
import { createDismissal, type Dismissal } from "../../plugin/sip/dismissal.ts";
import { refused } from "../contracts/samples.ts";
import { type Cut, type MysqlProxy, startProxy } from "../store/proxy.ts";
import { freshMysql } from "../support/databases.ts";
import { type Domain, inside, openDomain } from "../support/domain.ts";
import { type MariadbService, startMariadb } from "../support/services.ts";
import {
	buildWalls,
	dismissals,
	type Taking,
	takings,
	type Walls,
} from "../support/takings.ts";
import { until } from "../support/until.ts";

describe("a change that MariaDB keeps after nobody waits for it any more,", () => {
	let server: MariadbService;
	let direct: mysql.Connection;
	let proxy: MysqlProxy;
	let domain: Domain;
	let dismissal: Dismissal;
	const guests = new Set<UserUri>();

	before(async () => {
		server = await startMariadb({ replicates: true });
		const fresh = await freshMysql(server.url);
		if (fresh.description.client !== "mysql") throw new Error("not MySQL");
		direct = await mysql.createConnection({ uri: server.url });
		proxy = await startProxy(fresh.description.url);
		domain = await openDomain({
			database: {
				description: { client: "mysql", url: proxy.url },
				drop: async () => {},
			},
		});
		dismissal = createDismissal({
			directory: domain.store.directory,
			guests: {
				users: () => [...guests],
				endOf: (user) => guests.delete(user),
			},
			events: domain.events,
			log: pino({ level: "silent" }),
		});
	});
	after(async () => {
		await dismissal?.stop();
		await domain?.close();
		await proxy?.close();
		await direct?.end();
		await server?.stop();
	});
	afterEach(() => letCommit());

	/** From now on every commit waits for a replica that does not come; until then nobody sees what it keeps. */
	async function holdCommits(): Promise<void> {
		await direct.query(
			"SET GLOBAL rpl_semi_sync_master_timeout = 60000, rpl_semi_sync_master_wait_point = AFTER_SYNC, rpl_semi_sync_master_wait_no_slave = ON",
		);
		await direct.query("SET GLOBAL rpl_semi_sync_master_enabled = ON");
	}

	async function letCommit(): Promise<void> {
		await direct.query("SET GLOBAL rpl_semi_sync_master_enabled = OFF");
	}

	async function somebodyWaitsForLocks(): Promise<boolean> {
		const [rows] = await direct.query<mysql.RowDataPacket[]>(
			"SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'",
		);
		return Number(rows[0]?.Value) > 0;
	}

	async function happenLate(
		walls: Walls,
		take: Taking,
		cut: Cut = "meanwhile",
	): Promise<void> {
		proxy.cutAt("COMMIT", cut, { first: holdCommits });
		const asked = refused("unavailable", take(domain, walls));
		await until(somebodyWaitsForLocks, { what: "a wait for what it holds" });
		assert.deepEqual(await inside(domain, walls.room.room.id), [
			walls.bob.displayName,
		]);
		const enabled = await domain.store.directory.enabled([walls.bob.uri]);
		assert.ok(enabled.has(walls.bob.uri));
		await letCommit();
		assert.equal((await asked).kept, "perhaps");
	}

	async function bobIsOut({ room }: Walls): Promise<void> {
		await until(async () => (await inside(domain, room.room.id)).length === 0, {
			what: "bob's leaving",
		});
		await until(() => domain.told().some(({ type }) => type === "kicked"), {
			what: "the notice of his kick",
		});
	}

	for (const [what, take] of Object.entries(takings)) {
		it(`${what}, is felt then`, async () => {
			const walls = await buildWalls(domain, randomUUID());
			await happenLate(walls, take);
			await bobIsOut(walls);
		});
	}

	for (const [what, take] of Object.entries(dismissals)) {
		it(`${what}, ends his dialogs then`, async () => {
			const walls = await buildWalls(domain, randomUUID());
			guests.add(walls.bob.uri);
			await happenLate(walls, take);
			await until(() => !guests.has(walls.bob.uri), { what: "his dismissal" });
		});
	}

	it("when the node itself has given it up, is felt then", async () => {
		const walls = await buildWalls(domain, randomUUID());
		const take = takings["a category's denial"] as Taking;
		await happenLate(walls, take, "never");
		await bobIsOut(walls);
	});
});
