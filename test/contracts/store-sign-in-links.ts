/** The store's contract: links that sign somebody in once at the web door. */
import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import type { UserUri } from "../../plugin/rooms/types.ts";
import type { NewSignInLink, Transaction } from "../../plugin/store/index.ts";
import { addUser, type StoreUnderTest, someTime, uri } from "./samples.ts";

const later = (ms: number) => new Date(someTime.getTime() + ms);
const sumOf = () => createHash("sha256").update(randomUUID()).digest("hex");

function sample(
	user: UserUri,
	more: Partial<NewSignInLink> = {},
): NewSignInLink {
	const times = { askedAt: someTime, expiresAt: later(300_000) };
	return { user, tokenSum: sumOf(), ...times, ...more };
}

export function signInLinksContract(current: () => StoreUnderTest): void {
	const write = <T>(work: (tx: Transaction) => Promise<T>) =>
		current().store.transaction(work);
	const put = (link: NewSignInLink, since = later(-1)) =>
		write((tx) => tx.signInLinks.put(link, since));
	const find = (sum: string) => current().store.signInLinks.find(sum);

	describe("links to sign in", () => {
		it("are found by the sum of what they hold", async () => {
			const link = sample(uri(randomUUID()));
			assert.equal(await put(link), undefined);
			const { user, expiresAt } = link;
			assert.deepEqual(await find(link.tokenSum), { user, expiresAt });
			assert.equal(await find(sumOf()), undefined);
		});

		it("are one of each user: the last that he asked for", async () => {
			const first = sample(uri(randomUUID()));
			const second = sample(first.user, { askedAt: later(1) });
			await put(first);
			await put(second, someTime);
			assert.equal(await find(first.tokenSum), undefined);
			assert.notEqual(await find(second.tokenSum), undefined);
		});

		it("are not given so soon after another one, which stays, also when it was used", async () => {
			const first = sample(uri(randomUUID()));
			const second = sample(first.user, { askedAt: later(1) });
			await put(first);
			assert.deepEqual(await put(second), someTime);
			assert.notEqual(await find(first.tokenSum), undefined);
			await write((tx) => tx.signInLinks.take(first.tokenSum));
			assert.deepEqual(await put(second), someTime);
			assert.equal(await find(second.tokenSum), undefined);
		});

		it("are given to one of two who ask at once", async () => {
			const user = uri(randomUUID());
			const asked = await Promise.all([put(sample(user)), put(sample(user))]);
			assert.equal(asked.filter((last) => last === undefined).length, 1);
		});

		it("are taken once, whoever is faster", async () => {
			const link = sample(uri(randomUUID()));
			await put(link);
			const take = () => write((tx) => tx.signInLinks.take(link.tokenSum));
			const taken = await Promise.all([take(), take(), take()]);
			assert.equal(taken.filter((one) => one !== undefined).length, 1);
			assert.equal(await find(link.tokenSum), undefined);
		});

		it("are worth nothing when the user is turned off, given another password, removed or signed out everywhere", async () => {
			const credentials = {
				md5: "1",
				sha256: "2",
				md5WithDomain: "3",
				sha256WithDomain: "4",
			};
			for (const change of [
				(tx: Transaction, user: UserUri) =>
					tx.users.change(user, { active: false }),
				(tx: Transaction, user: UserUri) =>
					tx.users.change(user, { credentials }),
				(tx: Transaction, user: UserUri) => tx.users.remove(user),
				(tx: Transaction, user: UserUri) => tx.webSessions.endAll(user),
			]) {
				const user = await addUser(current().store);
				const link = sample(user.uri);
				await put(link);
				await write((tx) => change(tx, user.uri));
				assert.equal(await find(link.tokenSum), undefined);
			}
		});

		it("are forgotten when they have expired", async () => {
			const old = sample(uri(randomUUID()), { expiresAt: later(-10_000) });
			const good = sample(uri(randomUUID()));
			await put(old);
			await put(good);
			await write((tx) => tx.signInLinks.purge(later(-5_000)));
			assert.equal(await find(old.tokenSum), undefined);
			assert.notEqual(await find(good.tokenSum), undefined);
		});
	});
}
