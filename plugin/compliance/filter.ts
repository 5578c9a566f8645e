/** Which events an adapter gets. */
import type { ArchivedEvent } from "./archived.ts";
import type { Filter } from "./options.ts";

export function wantedBy(
	only: Filter | undefined,
): (event: ArchivedEvent) => boolean {
	if (only === undefined) return () => true;
	const types = only.types && new Set<string>(only.types);
	const categories = setOf(only.categories);
	const rooms = setOf(only.rooms);
	return (event) => {
		const { room } = event;
		const category =
			room?.category ?? ("category" in event ? event.category : undefined);
		return (
			(types === undefined || types.has(event.type)) &&
			(rooms === undefined || names(rooms, room)) &&
			(categories === undefined || names(categories, category))
		);
	};
}

function setOf(
	given: readonly string[] | undefined,
): ReadonlySet<string> | undefined {
	return given && new Set(given.map((one) => one.toLowerCase()));
}

function names(
	given: ReadonlySet<string>,
	thing: { readonly id: string; readonly name: string } | undefined,
): boolean {
	return (
		thing !== undefined &&
		(given.has(thing.id) || given.has(thing.name.toLowerCase()))
	);
}
