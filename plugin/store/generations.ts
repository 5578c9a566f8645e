/** Table `generations`: a row that every change of a right writes, by which such changes go one after another. */
import type { Knex } from "knex";
import type { RightsReader, RightsWriter } from "./store.ts";

const name = "rights";

export function rightsReader(db: Knex): RightsReader {
	return {
		async generation() {
			const row: { readonly value: number } | undefined = await db(
				"generations",
			)
				.where({ name })
				.first("value");
			if (row === undefined)
				throw new Error("The generation of rights is gone");
			return row.value;
		},
	};
}

/** Of one transaction: the row is written once, however often a right is changed in it. */
export function rightsWriter(tx: Knex): RightsWriter {
	let written: Promise<void> | undefined;
	async function write(): Promise<void> {
		await tx("generations").where({ name }).increment("value", 1);
	}
	return {
		...rightsReader(tx),
		change() {
			written ??= write();
			return written;
		},
	};
}
