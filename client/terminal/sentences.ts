/** What has changed about a room or somebody in it, in words for the person at the terminal. */
import type { Person, RoomInfo } from "../index.ts";
import { harmlessLine } from "./harmless.ts";

/** One sentence for each thing that is different now. */
export function changesOfRoom(
	before: RoomInfo,
	after: RoomInfo,
): readonly string[] {
	const said: string[] = [];
	if (after.name !== before.name) {
		said.push(
			`${harmlessLine(before.name)} is now called ${harmlessLine(after.name)}`,
		);
	}
	if (after.description !== before.description) {
		const description = harmlessLine(after.description);
		said.push(
			description === ""
				? "the room has no description any more"
				: `the room is now described as: ${description}`,
		);
	}
	if (after.privacy !== before.privacy && after.privacy !== undefined) {
		said.push(`the room is ${after.privacy} now`);
	}
	if (after.auditorium !== before.auditorium) {
		said.push(
			after.auditorium
				? "the room is an auditorium now: only its presenters post"
				: "the room is no auditorium any more: everybody in it may post",
		);
	}
	if (after.disabled !== before.disabled) {
		said.push(`the room is ${after.disabled ? "disabled" : "enabled"} now`);
	}
	return said;
}

/** What somebody may do now, or may not any more; `name`: as it is shown, or nothing for the person at the terminal. */
export function changesOfPerson(
	name: string | undefined,
	before: Person | undefined,
	after: Person,
): readonly string[] {
	const [who, manages, does, is] =
		name === undefined
			? ["you", "manage", "do", "are"]
			: [name, "manages", "does", "is"];
	const said: string[] = [];
	if (after.manager !== (before?.manager ?? false)) {
		said.push(
			after.manager
				? `${who} ${manages} the room now`
				: `${who} ${does} not manage the room any more`,
		);
	}
	if (after.presenter !== (before?.presenter ?? false)) {
		said.push(
			after.presenter
				? `${who} ${is} a presenter now`
				: `${who} ${is} no presenter any more`,
		);
	}
	return said;
}
