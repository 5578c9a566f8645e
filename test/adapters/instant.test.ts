import { deepEqual, equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { instantOf } from "../../adapters/xml/instant.ts";

describe("an instant of Lync's XML", () => {
	it("is the one of Microsoft's example, to the millisecond", () => {
		deepEqual(instantOf("2008-06-04T20:15:40.953Z"), {
			since1970: "1212610540953",
			string: "2008-06-04T20:15:40.9530000Z",
			long: "633482073409530000",
		});
	});

	it("counts from the first day of the first year", () => {
		deepEqual(instantOf("0001-01-01T00:00:00.000Z"), {
			since1970: "-62135596800000",
			string: "0001-01-01T00:00:00.0000000Z",
			long: "0",
		});
	});

	it("is the same in its three forms", () => {
		const dates = fc.date({
			noInvalidDate: true,
			min: new Date("0001-01-01T00:00:00.000Z"),
			max: new Date("9999-12-31T23:59:59.999Z"),
		});
		fc.assert(
			fc.property(dates, (date) => {
				const { since1970, string, long } = instantOf(date.toISOString());
				equal(since1970, String(date.getTime()));
				equal(string, `${date.toISOString().slice(0, -1)}0000Z`);
				const msOfYearOne = Date.parse("0001-01-01T00:00:00.000Z");
				equal(BigInt(long) % 10_000n, 0n);
				equal(Number(BigInt(long) / 10_000n) + msOfYearOne, date.getTime());
			}),
		);
	});

	it("is nothing that is less exact or not of UTC", () => {
		for (const at of ["2026-03-02", "2026-03-02T09:00:00+01:00", ""]) {
			throws(() => instantOf(at), RangeError);
		}
	});
});
