/** Questions of many at once: asked a few times, and nobody has an answer from before he asked. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { askOnce, askTogether } from "../../plugin/rooms/asking-together.ts";

/** Answers when the test says so. */
function slow<Question, Answer>(answer: (question: Question) => Answer) {
	const asked: { readonly question: Question; readonly go: () => void }[] = [];
	return {
		asked,
		ask: (question: Question) =>
			new Promise<Answer>((resolve, reject) => {
				const go = () => {
					try {
						resolve(answer(question));
					} catch (error) {
						reject(error);
					}
				};
				asked.push({ question, go });
			}),
	};
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("questions put together", () => {
	it("are asked at once for who comes in one turn, and later for who comes meanwhile", async () => {
		const database = slow((all: readonly number[]) => all.map((n) => n * 2));
		const ask = askTogether(database.ask, { atOnce: 1, most: 3 });
		const first = [ask(1), ask(2)];
		await turn();
		const later = [ask(3), ask(4), ask(5), ask(6)];
		await turn();
		equal(database.asked.length, 1);
		for (let n = 0; n < 3; n += 1) {
			database.asked[n]?.go();
			await turn();
		}
		deepEqual(await Promise.all([...first, ...later]), [2, 4, 6, 8, 10, 12]);
		deepEqual(
			database.asked.map(({ question }) => question),
			[[1, 2], [3, 4, 5], [6]],
		);
	});

	it("are under way so many times at most", async () => {
		const database = slow((all: readonly number[]) => all);
		const ask = askTogether(database.ask, { atOnce: 2, most: 9 });
		const answers = [];
		for (const n of [1, 2, 3, 4]) {
			answers.push(ask(n));
			await turn();
		}
		equal(database.asked.length, 2);
		for (let n = 0; n < 3; n += 1) {
			database.asked[n]?.go();
			await turn();
		}
		deepEqual(await Promise.all(answers), [1, 2, 3, 4]);
	});

	it("fail together, and the next do not", async () => {
		let broken = true;
		const ask = askTogether(
			async (all: readonly number[]) => {
				if (broken) throw new Error("away");
				return all;
			},
			{ atOnce: 1, most: 9 },
		);
		await Promise.all([rejects(ask(1), /away/), rejects(ask(2), /away/)]);
		broken = false;
		equal(await ask(3), 3);
	});
});

describe("one question of many", () => {
	it("is asked once more for all who come while it is answered", async () => {
		let version = 1;
		const database = slow((_: string) => version);
		const ask = askOnce((key: string) => key, database.ask);
		const first = ask("a");
		version = 2;
		const later = [ask("a"), ask("a"), ask("a")];
		const other = ask("b");
		deepEqual(
			database.asked.map(({ question }) => question),
			["a", "b"],
		);
		database.asked[0]?.go();
		await first;
		// What changes from here on, nobody of them need know.
		version = 3;
		await turn();
		equal(database.asked.length, 3);
		database.asked[2]?.go();
		database.asked[1]?.go();
		deepEqual(await Promise.all(later), [3, 3, 3]);
		equal(await other, 3);
		const anew = ask("a");
		equal(database.asked.length, 4);
		database.asked[3]?.go();
		equal(await anew, 3);
	});

	it("is asked once more also when it could not be answered before", async () => {
		let broken = true;
		const database = slow((_: string) => {
			if (broken) throw new Error("away");
			return "here";
		});
		const ask = askOnce((key: string) => key, database.ask);
		const [first, second] = [ask("a"), ask("a")];
		database.asked[0]?.go();
		await rejects(first, /away/);
		broken = false;
		await turn();
		ok(database.asked[1]);
		database.asked[1].go();
		equal(await second, "here");
	});
});
