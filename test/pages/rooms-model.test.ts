/** What the Rooms page asks for, and how two managers' changes become one: pure, so tried with many of them. */
import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { readPlace, writePlace } from "../../web/pages/rooms/address.ts";
import {
	changeOf,
	type Draft,
	fieldNames,
	isSame,
} from "../../web/pages/rooms/draft.ts";
import { findPrincipals } from "../../web/pages/rooms/find-principals.ts";
import { merge } from "../../web/pages/rooms/merging.ts";
import { lossText } from "../../web/pages/rooms/room-words.ts";

const person = (name: string) => ({
	principal: `sip:${name}@example.com`,
	name,
	known: true,
});

const base: Draft = {
	name: "Operations",
	description: "",
	category: "c1",
	privacy: "closed",
	type: "normal",
	invitations: "inherit",
	addIn: null,
	roles: {
		manager: [person("bob")],
		member: [person("alice"), person("bob")],
		presenter: [],
	},
};

const people = fc.uniqueArray(
	fc.constantFrom("alice", "bob", "carol", "dave", "erin").map(person),
	{ selector: ({ principal }) => principal },
);

const drafts: fc.Arbitrary<Draft> = fc.record({
	name: fc.constantFrom("Operations", "Ops", "Shift"),
	description: fc.constantFrom("", "one", "two"),
	category: fc.constantFrom("c1", "c2"),
	privacy: fc.constantFrom("open", "closed", "secret"),
	type: fc.constantFrom("normal", "auditorium"),
	invitations: fc.constantFrom("inherit", "off"),
	addIn: fc.constantFrom(null, { name: "Map", url: "https://example.com/" }),
	roles: fc.record({ manager: people, member: people, presenter: people }),
});

describe("A change of a room", () => {
	it("names what has become another, and nothing else", () => {
		const mine: Draft = {
			...base,
			description: "Shifts",
			addIn: { name: "Map", url: "https://example.com/" },
			roles: { ...base.roles, member: [person("carol"), person("alice")] },
		};
		deepEqual(changeOf(base, mine), {
			properties: {
				description: "Shifts",
				addIn: { name: "Map", url: "https://example.com/" },
			},
			roles: {
				member: {
					add: ["sip:carol@example.com"],
					remove: ["sip:bob@example.com"],
				},
			},
		});
		deepEqual(changeOf(base, structuredClone(base)), {});
	});
});

describe("Two changes of a room", () => {
	it("are the one that was typed where the other changed nothing", () => {
		fc.assert(
			fc.property(drafts, drafts, (begun, mine) => {
				const { draft, theirs, collisions } = merge(begun, mine, begun);
				equal(isSame(draft, mine), true);
				deepEqual([theirs, collisions], [[], []]);
			}),
		);
	});

	it("are theirs where nothing was typed", () => {
		fc.assert(
			fc.property(drafts, drafts, (begun, theirs) => {
				const merged = merge(begun, begun, theirs);
				equal(isSame(merged.draft, theirs), true);
				deepEqual(merged.collisions, []);
			}),
		);
	});

	it("keep what was typed, and never lose what only they changed", () => {
		fc.assert(
			fc.property(drafts, drafts, drafts, (begun, mine, theirs) => {
				const { draft, collisions } = merge(begun, mine, theirs);
				const typed = changeOf(begun, mine);
				for (const name of fieldNames) {
					const wanted = name in (typed.properties ?? {}) ? mine : theirs;
					deepEqual(draft[name], wanted[name]);
					if (!collisions.includes(name)) continue;
					equal(name in (changeOf(begun, theirs).properties ?? {}), true);
				}
				for (const role of ["manager", "member", "presenter"] as const) {
					const is = new Set(draft.roles[role].map((each) => each.principal));
					const { add = [], remove = [] } = typed.roles?.[role] ?? {};
					equal(
						add.every((each) => is.has(each)),
						true,
					);
					equal(
						remove.some((each) => is.has(each)),
						false,
					);
				}
			}),
		);
	});

	it("collide where both changed the same to something else", () => {
		const mine = { ...base, description: "mine", privacy: "open" } as const;
		const theirs = { ...base, description: "theirs", privacy: "open" } as const;
		const { draft, collisions, theirs: told } = merge(base, mine, theirs);
		deepEqual(collisions, ["description"]);
		equal(draft.description, "mine");
		deepEqual(told, [{ field: "description" }, { field: "privacy" }]);
	});
});

describe("Whom one may mean", () => {
	const nobody = async () => ({ found: [], more: false });
	const meant = async (words: string) =>
		(await findPrincipals(nobody, words, "example.com")).found.map(
			({ principal }) => principal,
		);

	it("is a whole domain too", async () => {
		for (const words of ["example.org", "@Example.org", "domain:example.org"]) {
			deepEqual(await meant(words), ["domain:example.org"]);
		}
		deepEqual(await meant("everyb"), ["domain:example.com"]);
		deepEqual(await meant("ev"), []);
		deepEqual(await meant("bob@example.org"), []);
	});
});

describe("A loss", () => {
	it("is told in one line", () => {
		equal(
			lossText({ was: ["member", "manager", "participant"] }),
			"no longer member and manager; is in the room now, and would be put out",
		);
		equal(lossText({ was: ["visitor"] }), "could no longer enter");
	});
});

describe("The address of the Rooms page", () => {
	it("leads to the place that it was made of, and to the list when it makes no sense", () => {
		for (const place of [
			{ at: "list" },
			{ at: "new" },
			{ at: "room", room: "00000000-0000-4000-8000-000000000002" },
		] as const) {
			deepEqual(readPlace(writePlace(place)), place);
		}
		deepEqual(readPlace("?room=../../x"), { at: "list" });
	});
});
