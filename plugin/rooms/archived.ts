/** Where nothing may be said that is not archived in time. */
import { ChatError } from "../errors.ts";
import type { Room } from "./types.ts";
import type { RoomsWork } from "./work.ts";

/** Throws `unavailable` while the archive is too far behind with what is owed in the room's category. */
export function demandArchived(
	{ archive, closedAfterMs }: RoomsWork,
	{ category }: Room,
): void {
	if (category.compliance === "open") return;
	const behindMs = archive.behindMs(category.id);
	if (behindMs <= closedAfterMs) return;
	const behindSeconds = Math.round(behindMs / 1000);
	throw new ChatError(
		"unavailable",
		`The compliance archive is ${behindSeconds} s behind, and the category ${category.name} takes messages only while it keeps up; try again later.`,
	);
}
