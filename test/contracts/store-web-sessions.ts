/** The store's contract: who is signed in at the web door. */
import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import type { UserUri } from "../../plugin/rooms/types.ts";
import type { NewWebSession, Transaction } from "../../plugin/store/index.ts";
import { addUser, type StoreUnderTest, someTime, uri } from "./samples.ts";

const later = (ms: number) => new Date(someTime.getTime() + ms);

function sample(
	user: UserUri,
	more: Partial<NewWebSession> = {},
): NewWebSession {
	return {
		id: randomUUID(),
		tokenSum: createHash("sha256").update(randomUUID()).digest("hex"),
		user,
		begunAt: someTime,
		seenAt: someTime,
		endsAt: later(60_000),
		...more,
	};
}

export function webSessionsContract(current: () => StoreUnderTest): void {
	const write = <T>(work: (tx: Transaction) => Promise<T>) =>
		current().store.transaction(work);
	const add = (session: NewWebSession, most = 50) =>
		write((tx) => tx.webSessions.add(session, most));
	const find = (id: string) => current().store.webSessions.find({ id });

	describe("web sessions", () => {
		it("are found by their id or the sum of their token, whole", async () => {
			const session = sample(uri(randomUUID()));
			await add(session);
			const { tokenSum, ...kept } = session;
			assert.deepEqual(await find(session.id), kept);
			const { webSessions } = current().store;
			assert.deepEqual(await webSessions.find({ tokenSum }), kept);
			const other = sample(session.user).tokenSum;
			assert.equal(await webSessions.find({ tokenSum: other }), undefined);
		});

		it("of one user are bounded: the oldest give way", async () => {
			const user = uri(randomUUID());
			const all = [0, 1, 2].map((ms) => sample(user, { begunAt: later(ms) }));
			const others = sample(uri(randomUUID()));
			await add(others, 2);
			for (const each of all) await add(each, 2);
			const left = await Promise.all(all.map(({ id }) => find(id)));
			assert.deepEqual(
				left.map((each) => each !== undefined),
				[false, true, true],
			);
			assert.notEqual(await find(others.id), undefined);
		});

		it("live until they end, and count as used when that is said", async () => {
			const one = sample(uri(randomUUID()));
			const short = sample(one.user, { endsAt: later(1) });
			await add(one);
			await add(short);
			const ids = [one.id, short.id, randomUUID()];
			const { webSessions } = current().store;
			assert.deepEqual(
				[...(await webSessions.living(ids, someTime))].sort(),
				[one.id, short.id].sort(),
			);
			assert.deepEqual(await webSessions.living(ids, later(1)), [one.id]);
			await write((tx) => tx.webSessions.seen(ids, later(5)));
			assert.deepEqual((await find(one.id))?.seenAt, later(5));
		});

		it("end one by one, all of a user, or when their time is over", async () => {
			const user = uri(randomUUID());
			const [first, second, ended, idle] = [
				sample(user),
				sample(user),
				sample(uri(randomUUID()), { endsAt: later(-1) }),
				sample(uri(randomUUID()), { seenAt: later(-10_000) }),
			] as const;
			for (const each of [first, second, ended, idle]) await add(each);
			await write((tx) => tx.webSessions.end(first.id));
			assert.equal(await find(first.id), undefined);
			assert.notEqual(await find(second.id), undefined);
			await write((tx) =>
				tx.webSessions.purge({ ended: someTime, seen: later(-5_000) }),
			);
			assert.equal(await find(ended.id), undefined);
			assert.equal(await find(idle.id), undefined);
			await write((tx) => tx.webSessions.endAll(user));
			assert.equal(await find(second.id), undefined);
		});

		it("end with the user's account or password, in the same transaction, and with nothing else of his", async () => {
			const credentials = {
				md5: "1",
				sha256: "2",
				md5WithDomain: "3",
				sha256WithDomain: "4",
			};
			for (const [change, ends] of [
				[{ active: false }, true],
				[{ credentials }, true],
				[{ displayName: "Another name" }, false],
			] as const) {
				const user = await addUser(current().store);
				const session = sample(user.uri);
				await add(session);
				await write((tx) => tx.users.change(user.uri, change));
				assert.equal((await find(session.id)) === undefined, ends);
			}
			const removed = await addUser(current().store);
			const session = sample(removed.uri);
			await add(session);
			await write((tx) => tx.users.remove(removed.uri));
			assert.equal(await find(session.id), undefined);
		});

		it("are signed with a secret that is the same for all who ask, the first time too", async () => {
			const secrets = await Promise.all(
				["a", "b", "c"].map((fresh) =>
					write((tx) => tx.webSessions.secret(fresh.repeat(64))),
				),
			);
			assert.equal(new Set(secrets).size, 1);
			assert.match(secrets[0] ?? "", /^[abc]{64}$/);
		});
	});
}
