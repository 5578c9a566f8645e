/** Places for so many at once. */
import assert from "node:assert/strict";
import { createPlaces } from "../../plugin/files/places.ts";

describe("places", () => {
	/** Work that ends when it is told to, and notes when it begins. */
	function works(begun: string[]) {
		const ends = new Map<string, () => void>();
		const work = (name: string) => () =>
			new Promise<string>((resolve) => {
				begun.push(name);
				ends.set(name, () => resolve(name));
			});
		return { work, end: (name: string) => ends.get(name)?.() };
	}

	it("are taken by so many, and then in the order of coming", async () => {
		const begun: string[] = [];
		const { work, end } = works(begun);
		const places = createPlaces(2);
		const all = ["a", "b", "c", "d"].map((name) => places.within(work(name)));
		assert.deepEqual(begun, ["a", "b"]);
		end("b");
		assert.equal(await all[1], "b");
		assert.deepEqual(begun, ["a", "b", "c"]);
		end("a");
		await all[0];
		for (const name of ["c", "d"]) end(name);
		assert.deepEqual(await Promise.all(all), ["a", "b", "c", "d"]);
	});

	it("are given on by who fails, and not by who gave up waiting", async () => {
		const begun: string[] = [];
		const { work, end } = works(begun);
		const places = createPlaces(1);
		const failing = places.within(() => Promise.reject(new Error("failed")));
		const impatient = new AbortController();
		const gone = places.within(work("gone"), impatient.signal);
		const patient = places.within(work("patient"));
		impatient.abort();
		await assert.rejects(gone, /turn did not come/);
		await assert.rejects(failing, /failed/);
		end("patient");
		assert.equal(await patient, "patient");
		assert.deepEqual(begun, ["patient"]);
	});
});
