/** Changes of the directory at the same time: what is owed to compliance of each is what was before it, and after it. */
import assert from "node:assert/strict";
import type { Actor } from "../../plugin/rooms/types.ts";
import { freshMysql, freshSqlite } from "../support/databases.ts";
import { type Domain, openDomain, operator } from "../support/domain.ts";

const engines = { sqlite: freshSqlite, mysql: () => freshMysql() };

for (const [engine, fresh] of Object.entries(engines)) {
	describe(`changes at the same time, on ${engine},`, () => {
		let domain: Domain;
		let bob: Actor;

		before(async () => {
			domain = await openDomain({ database: await fresh() });
			bob = await domain.person("bob");
		});
		after(() => domain.close());
		beforeEach(() => domain.owed());

		/** Each change begins where the one before it has ended. */
		async function follow(): Promise<void> {
			const changes = (await domain.owed()).flatMap((event) =>
				event.type === "directory-changed" ? [event] : [],
			);
			assert.equal(changes.length, 9);
			for (const [at, { before }] of changes.slice(1).entries()) {
				assert.deepEqual(before, changes[at]?.after);
			}
		}

		const eight = Array.from({ length: 8 }, (_, at) => at);

		it("of a policy, follow from one another", async () => {
			const { rooms } = domain;
			const set = (enabled: boolean) =>
				rooms.setPolicy(operator, { scope: bob.uri, enabled, admit: false });
			await set(true);
			await Promise.all(eight.map((at) => set(at % 2 === 1)));
			await follow();
		});

		it("of a policy that is said and unsaid, follow from one another", async () => {
			const { rooms } = domain;
			const scope = "domain:example.com";
			const set = (admit: boolean) =>
				rooms.setPolicy(operator, { scope, enabled: true, admit });
			await set(true);
			await Promise.all(
				eight.map((at) =>
					at % 2 === 0 ? rooms.unsetPolicy(operator, scope) : set(at % 4 === 1),
				),
			);
			await follow();
		});

		it("of an account, follow from one another", async () => {
			const name = (displayName: string) =>
				domain.rooms.changeUser(operator, bob.uri, { displayName });
			await name("Bob");
			await Promise.all(eight.map((at) => name(`Bob ${at}`)));
			await follow();
		});
	});
}
