/** Table `add_ins`: the pages that rooms may have beside them, by name. */
import type { Knex } from "knex";
import type { AddIn } from "../rooms/types.ts";
import { nameKey } from "./keys.ts";
import type { AddInReader, AddInUse, AddInWriter } from "./store.ts";
import { unlessTaken } from "./taken.ts";

const maxListed = 1_000;

export function addInReader(db: Knex): AddInReader {
	return {
		async find(name) {
			return db("add_ins")
				.where({ name_key: nameKey(name) })
				.first("name", "url");
		},
		async list() {
			const registered: readonly AddIn[] = await db("add_ins")
				.orderBy("name_key")
				.limit(maxListed)
				.select("name", "url");
			const used: readonly (AddIn & { readonly rooms: number })[] = await db(
				"rooms",
			)
				.whereNotNull("add_in_name")
				.groupBy("add_in_name", "add_in_url")
				.orderBy("add_in_name")
				.limit(maxListed)
				.select({ name: "add_in_name", url: "add_in_url" })
				.count({ rooms: "*" });
			return joined(registered, used);
		},
	};
}

function joined(
	registered: readonly AddIn[],
	used: readonly (AddIn & { readonly rooms: number })[],
): readonly AddInUse[] {
	const key = ({ name, url }: AddIn) => `${nameKey(name)} ${url}`;
	const counts = new Map(used.map((each) => [key(each), Number(each.rooms)]));
	const known = new Set(registered.map(key));
	const all = [
		...registered.map((each) => ({
			...each,
			registered: true,
			rooms: counts.get(key(each)) ?? 0,
		})),
		...used
			.filter((each) => !known.has(key(each)))
			.map(({ name, url, rooms }) => ({
				name,
				url,
				registered: false,
				rooms: Number(rooms),
			})),
	];
	return all.sort((a, b) => (nameKey(a.name) < nameKey(b.name) ? -1 : 1));
}

export function addInWriter(tx: Knex): AddInWriter {
	return {
		...addInReader(tx),
		add: ({ name, url }) =>
			unlessTaken(`There is an add-in "${name}" already.`, () =>
				tx("add_ins").insert({ name_key: nameKey(name), name, url }),
			),
		async change({ name, url }) {
			await tx("add_ins")
				.where({ name_key: nameKey(name) })
				.update({ url });
		},
		async remove(name) {
			await tx("add_ins")
				.where({ name_key: nameKey(name) })
				.delete();
		},
	};
}
