/** Signing in while the database is away: nobody is kept waiting for it after. */
import { equal } from "node:assert/strict";
import { type Site, startSite } from "./site.ts";

describe("signing in while the database has a fault", () => {
	let site: Site;
	before(async () => {
		site = await startSite();
	});
	after(() => site.close());

	async function without(
		table: string,
		act: () => Promise<void>,
	): Promise<void> {
		const { database } = site.node;
		await database.schema.renameTable(table, "away");
		await act().finally(() => database.schema.renameTable("away", table));
	}

	it("counts as no guess of a password", async () => {
		await without("users", async () => {
			for (let count = 0; count < 40; count += 1) {
				const { status } = await site.browser().signIn("alice", "alice-pw");
				equal(status, 500);
			}
		});
		equal((await site.browser().signIn("alice", "alice-pw")).status, 200);
	});

	it("counts as no guess of a link", async () => {
		const look = async () => {
			const body = { token: "x".repeat(43) };
			const path = "/api/sign-in-link";
			return (await site.browser().ask("POST", path, { body })).status;
		};
		const wrong = await look();
		await without("sign_in_links", async () => {
			for (let count = 0; count < 40; count += 1) equal(await look(), 500);
		});
		equal(await look(), wrong);
	});
});
