/** The description of a database, and what is refused in it. */
import assert from "node:assert/strict";
import { faultOf } from "../../plugin/store/faults.ts";
import { makeDatabase, openStore } from "../../plugin/store/index.ts";
import { serversOf } from "../../plugin/store/mysql-hosts.ts";
import { refused } from "../contracts/samples.ts";
import { freshMysql } from "../support/databases.ts";
import { freePort } from "../support/services.ts";
import { startTcpRelay } from "../support/tcp-relay.ts";

describe("the address of a database", () => {
	for (const url of [
		"postgres://u:p@h/chat",
		"mysql://u:p@h",
		"mysql://u:p@h/chat?multipleStatements=true",
		"mysql://u:p@h/chat?tls=maybe",
		"not an address",
		"mysql://u:p@one:3306,two:x/chat",
	]) {
		it(`is refused when it reads ${url}`, () => {
			assert.throws(() => makeDatabase({ client: "mysql", url }));
		});
	}

	it("may hold percent-encoded characters, an IPv6 address and tls", async () => {
		const knex = makeDatabase({
			client: "mysql",
			url: "mysql://a%40b:p%2Fw%3A@[::1]:3307/chat%2D1?tls=on",
		});
		const { connection } = knex.client.config;
		assert.equal(connection.user, "a@b");
		assert.equal(connection.password, "p/w:");
		assert.equal(connection.host, "::1");
		assert.equal(connection.port, 3307);
		assert.equal(connection.database, "chat-1");
		assert.deepEqual(connection.ssl, { rejectUnauthorized: true });
		await knex.destroy();
	});
});

describe("several hosts in the address of a database", () => {
	it("are each meant with the same user, database and tls", () => {
		assert.deepEqual(serversOf("mysql://u:p%40@one:3306,[::1]/chat?tls=on"), [
			"mysql://u:p%40@one:3306/chat?tls=on",
			"mysql://u:p%40@[::1]/chat?tls=on",
		]);
	});

	it("lead to the first that answers and can be written to (mysql)", async () => {
		const database = await freshMysql();
		if (database.description.client !== "mysql") throw new Error("not MySQL");
		const { url } = database.description;
		const nobody = await freePort();
		const knex = makeDatabase({
			client: "mysql",
			url: url.replace("@", `@127.0.0.1:${nobody},`),
		});
		try {
			assert.equal((await knex.select(knex.raw("1 as one")))[0]?.one, 1);
		} finally {
			await knex.destroy();
			await database.drop();
		}
	});

	it("pass over one that takes connections and is silent (mysql)", async () => {
		const silent = await startTcpRelay({ host: "127.0.0.1", port: 1 });
		silent.hold();
		const database = await freshMysql();
		if (database.description.client !== "mysql") throw new Error("not MySQL");
		const { url } = database.description;
		const knex = makeDatabase({
			client: "mysql",
			url: url.replace("@", `@127.0.0.1:${silent.port},`),
		});
		try {
			assert.equal((await knex.select(knex.raw("1 as one")))[0]?.one, 1);
			assert.ok(silent.attempts > 0);
		} finally {
			await knex.destroy();
			await database.drop();
			await silent.close();
		}
	});

	it("of which none answers are as one that does not: a refusal in time", async () => {
		const nobody = await freePort();
		const knex = makeDatabase({
			client: "mysql",
			url: `mysql://u:p@127.0.0.1:${nobody},127.0.0.1:${nobody}/chat`,
		});
		try {
			await refused("unavailable", openStore(knex));
		} finally {
			await knex.destroy();
		}
	});
});

describe("a driver's error", () => {
	const fault = (properties: object, message = "x") =>
		faultOf(Object.assign(new Error(message), properties));

	it("means the same on both databases", () => {
		assert.equal(fault({ code: "ER_LOCK_DEADLOCK" }), "collision");
		assert.equal(fault({ code: "SQLITE_BUSY_SNAPSHOT" }), "collision");
		assert.equal(fault({ code: "ER_LOCK_WAIT_TIMEOUT" }), "collision");
		assert.equal(fault({ code: "ER_UNKNOWN_COM_ERROR" }), "unready");
		assert.equal(fault({ code: "ER_DUP_ENTRY" }), "duplicate");
		assert.equal(fault({ code: "SQLITE_CONSTRAINT_PRIMARYKEY" }), "duplicate");
		assert.equal(fault({ code: "ER_DISK_FULL" }), "away");
		assert.equal(fault({ code: "SQLITE_IOERR_WRITE" }), "away");
		assert.equal(fault({ code: "SQLITE_READONLY_DBMOVED" }), "away");
		assert.equal(fault({ code: "PROTOCOL_CONNECTION_LOST" }), "lost");
		assert.equal(fault({ fatal: true }), "lost");
	});

	it("tells Galera's certification failure from a failed commit", () => {
		const code = "ER_ERROR_DURING_COMMIT";
		assert.equal(fault({ code }), "away");
		const conflict = "Got error 149 'Lock deadlock; Retry transaction'";
		assert.equal(fault({ code }, conflict), "collision");
		const wsrep =
			"WSREP detected deadlock/conflict and aborted the transaction";
		assert.equal(fault({ errno: 1213 }, wsrep), "collision");
	});

	it("that is a bug or a refusal is none", () => {
		assert.equal(fault({}), undefined);
		assert.equal(fault({ code: "ER_PARSE_ERROR", errno: 1064 }), undefined);
		assert.equal(fault({ code: "SQLITE_ERROR" }), undefined);
		assert.equal(faultOf("text"), undefined);
	});
});
