/** Who is in the room. */

import type { Person } from "../../../client/browser.ts";
import { harmlessLine } from "../../../client/terminal/harmless.ts";
import { fill, h } from "../dom.ts";
import type { State } from "../model/state.ts";
import { counted } from "../words.ts";
import { face } from "./face.ts";

/** Of a room too large for a list so many are shown. */
const mostPeople = 200;

export function peopleView(state: State): HTMLElement {
	const heading = h("h2", { id: "people-heading" }, "Who is here");
	const list = h("ul", {
		class: "people",
		"aria-labelledby": "people-heading",
	});
	let asked = "";

	function draw(): void {
		const room = state.current;
		const joined = room && state.chat.joined.get(room.uri);
		if (joined?.info.rosterHidden) return void ask(joined.info.uri);
		asked = "";
		const people = [...(joined?.people.values() ?? [])];
		show(people, people.length);
	}

	function show(people: readonly Person[], count: number): void {
		const sorted = [...people].sort((a, b) => a.name.localeCompare(b.name));
		fill(heading, `Who is here (${count})`);
		fill(
			list,
			...sorted.slice(0, mostPeople).map((person) => personRow(person)),
			count > Math.min(sorted.length, mostPeople) &&
				h(
					"li",
					{ class: "faint" },
					`and ${counted(count - Math.min(sorted.length, mostPeople), "other")}`,
				),
		);
	}

	/** Large rooms do not tell who comes and goes: asked once a look. */
	async function ask(uri: string): Promise<void> {
		if (asked === uri) return;
		asked = uri;
		try {
			const { people, count } = await state.chat.participants(uri, {
				limit: mostPeople,
			});
			if (state.current?.uri === uri) show(people, count);
		} catch {
			asked = "";
		}
	}

	state.on("people", draw);
	draw();
	return h("aside", { class: "beside", "aria-label": "People" }, heading, list);
}

function personRow({ uri, name, manager, presenter }: Person): HTMLElement {
	const roles = [manager && "manages", presenter && "presents"];
	const role = roles.filter((each) => each !== false).join(", ");
	return h(
		"li",
		{ title: uri.replace(/^sips?:/, "") },
		face(uri, name),
		h("bdi", {}, harmlessLine(name)),
		role !== "" && h("span", { class: "hint" }, role),
	);
}
