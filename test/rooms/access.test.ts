/** Who may do what, whole: every combination of roles, in every kind of room, for every action. */
import { equal } from "node:assert/strict";
import { ChatError, type Reason } from "../../plugin/errors.ts";
import {
	isListed,
	mayAdminister,
	mayCreate,
	mayJoin,
	mayListParticipants,
	mayManage,
	mayMove,
	mayPost,
	mayPostFile,
	mayRead,
	mayRemove,
	maySee,
	scopeOf,
} from "../../plugin/rooms/access.ts";
import type {
	Category,
	CategoryStanding,
	Principal,
	Privacy,
	RoomType,
	Standing,
} from "../../plugin/rooms/types.ts";

/*
 * Each cell says, in this order: sees, is listed, joins, reads, posts, posts in an auditorium, manages, removes,
 * lists who is there, brings a file, brings one to an auditorium.
 * y yes, n no, x forbidden, c may not see who is there, d the room is disabled, - there is no such room.
 */
const table = `
	                                          | open                      | closed                    | secret
	                                          | enabled     | disabled    | enabled     | disabled    | enabled     | disabled
	out of scope: nothing                     | -n--------- | -n--------- | -n--------- | -n--------- | -n--------- | -n---------
	out of scope: presenter                   | -n--------- | -n--------- | -n--------- | -n--------- | -n--------- | -n---------
	out of scope: manager                     | -n--------- | -n--------- | -n--------- | -n--------- | -n--------- | -n---------
	out of scope: manager presenter           | -n--------- | -n--------- | -n--------- | -n--------- | -n--------- | -n---------
	out of scope: member                      | -n--------- | -n--------- | -n--------- | -n--------- | -n--------- | -n---------
	out of scope: member presenter            | -n--------- | -n--------- | -n--------- | -n--------- | -n--------- | -n---------
	out of scope: member manager              | -n--------- | -n--------- | -n--------- | -n--------- | -n--------- | -n---------
	out of scope: member manager presenter    | -n--------- | -n--------- | -n--------- | -n--------- | -n--------- | -n---------
	in scope: nothing                         | yyyyyxxxyyx | ynddddxxddd | yyxxxxxxcxx | ynddddxxddd | -n--------- | -n---------
	in scope: presenter                       | yyyyyyxxyyy | ynddddxxddd | yyxxxxxxcxx | ynddddxxddd | -n--------- | -n---------
	in scope: manager                         | yyyyyxyxyyx | yyddddyxydd | yyxxxxyxyxx | yyddddyxydd | yyxxxxyxyxx | yyddddyxydd
	in scope: manager presenter               | yyyyyyyxyyy | yyddddyxydd | yyxxxxyxyxx | yyddddyxydd | yyxxxxyxyxx | yyddddyxydd
	in scope: member                          | yyyyyxxxyyx | ynddddxxddd | yyyyyxxxyyx | ynddddxxddd | yyyyyxxxyyx | ynddddxxddd
	in scope: member presenter                | yyyyyyxxyyy | ynddddxxddd | yyyyyyxxyyy | ynddddxxddd | yyyyyyxxyyy | ynddddxxddd
	in scope: member manager                  | yyyyyxyxyyx | yyddddyxydd | yyyyyxyxyyx | yyddddyxydd | yyyyyxyxyyx | yyddddyxydd
	in scope: member manager presenter        | yyyyyyyxyyy | yyddddyxydd | yyyyyyyxyyy | yyddddyxydd | yyyyyyyxyyy | yyddddyxydd
	administrator: nothing                    | yyyyyxyyyyx | yyddddyyydd | yyxxxxyyyxx | yyddddyyydd | yyxxxxyyyxx | yyddddyyydd
	administrator: presenter                  | yyyyyyyyyyy | yyddddyyydd | yyxxxxyyyxx | yyddddyyydd | yyxxxxyyyxx | yyddddyyydd
	administrator: manager                    | yyyyyxyyyyx | yyddddyyydd | yyxxxxyyyxx | yyddddyyydd | yyxxxxyyyxx | yyddddyyydd
	administrator: manager presenter          | yyyyyyyyyyy | yyddddyyydd | yyxxxxyyyxx | yyddddyyydd | yyxxxxyyyxx | yyddddyyydd
	administrator: member                     | yyyyyxyyyyx | yyddddyyydd | yyyyyxyyyyx | yyddddyyydd | yyyyyxyyyyx | yyddddyyydd
	administrator: member presenter           | yyyyyyyyyyy | yyddddyyydd | yyyyyyyyyyy | yyddddyyydd | yyyyyyyyyyy | yyddddyyydd
	administrator: member manager             | yyyyyxyyyyx | yyddddyyydd | yyyyyxyyyyx | yyddddyyydd | yyyyyxyyyyx | yyddddyyydd
	administrator: member manager presenter   | yyyyyyyyyyy | yyddddyyydd | yyyyyyyyyyy | yyddddyyydd | yyyyyyyyyyy | yyddddyyydd
`;

/** Making a room in a category; to move one, somebody must manage it and may make one where it goes. */
const creation = `
	nothing                      | cannot-create
	in scope                     | cannot-create
	creator                      | cannot-create
	creator, in scope            | yes
	administrator                | yes
	administrator, creator       | yes
	no such category             | cannot-create
`;

type Verdict = "yes" | "no" | Reason;

const verdicts: Readonly<Record<string, Verdict>> = {
	y: "yes",
	n: "no",
	x: "forbidden",
	c: "cannot-list",
	d: "room-disabled",
	"-": "no-such-room",
};

interface Asked {
	readonly privacy: Privacy;
	readonly disabled: boolean;
}

const columns: readonly Asked[] = (
	["open", "closed", "secret"] as const
).flatMap((privacy) => [
	{ privacy, disabled: false },
	{ privacy, disabled: true },
]);

function room(
	{ privacy, disabled }: Asked,
	type: RoomType = "normal",
	files = true,
) {
	const category = { name: "General", files } as Category;
	return { name: 'Tom & "Jerry" <x>', privacy, type, disabled, category };
}

const actions: readonly (readonly [
	string,
	(asked: Asked, standing: Standing) => unknown,
])[] = [
	["sees it", (asked, standing) => maySee(room(asked), standing)],
	["is listed it", (asked, standing) => isListed(room(asked), standing)],
	["joins it", (asked, standing) => mayJoin(room(asked), standing)],
	["reads it", (asked, standing) => mayRead(room(asked), standing)],
	["posts", (asked, standing) => mayPost(room(asked), standing)],
	[
		"posts in the auditorium",
		(asked, standing) => mayPost(room(asked, "auditorium"), standing),
	],
	["manages it", (asked, standing) => mayManage(room(asked), standing)],
	["removes it", (asked, standing) => mayRemove(room(asked), standing)],
	[
		"lists who is there",
		(asked, standing) => mayListParticipants(room(asked), standing),
	],
	["brings a file", (asked, standing) => mayPostFile(room(asked), standing)],
	[
		"brings a file to the auditorium",
		(asked, standing) => mayPostFile(room(asked, "auditorium"), standing),
	],
];

function verdict(ask: () => unknown): Verdict {
	try {
		return ask() === false ? "no" : "yes";
	} catch (error) {
		if (!(error instanceof ChatError)) throw error;
		return error.reason;
	}
}

function standing(who: string): Standing {
	const administrator = who.startsWith("administrator");
	return {
		administrator,
		inScope: administrator || who.startsWith("in scope"),
		member: who.includes("member"),
		manager: who.includes("manager"),
		presenter: who.includes("presenter"),
	};
}

function lines(text: string): readonly (readonly string[])[] {
	return text
		.split("\n")
		.map((line) => line.split("|").map((cell) => cell.trim()))
		.filter(([first]) => first !== "");
}

const rows = lines(table).map(([who = "", ...cells]) => ({ who, cells }));

const destinations = lines(creation).map(([who = "", may = ""]) => ({
	who,
	may: may as Verdict,
	category: categoryStanding(who),
}));

function categoryStanding(who: string): CategoryStanding | undefined {
	if (who === "no such category") return undefined;
	const administrator = who.startsWith("administrator");
	return {
		administrator,
		creator: who.includes("creator"),
		inScope: administrator || who.includes("in scope"),
	};
}

describe("access", () => {
	it("is asked of every combination of roles and every kind of room", () => {
		equal(new Set(rows.map(({ who }) => who)).size, 24);
		for (const { cells } of rows) equal(cells.join().length, 6 * 11 + 5);
	});

	for (const { who, cells } of rows) {
		for (const [index, asked] of columns.entries()) {
			const { privacy, disabled } = asked;
			const kind = `${disabled ? "disabled " : ""}${privacy}`;
			const letters = [...(cells[index] ?? "")];
			it(`${who}, ${kind} room: ${letters.join("")}`, () => {
				for (const [at, [does, ask]] of actions.entries()) {
					const expected = verdicts[letters[at] ?? ""];
					equal(
						verdict(() => ask(asked, standing(who))),
						expected,
						`${who}: ${does}`,
					);
				}
			});

			it(`${who}, ${kind} room: brings no file where the category takes none`, () => {
				const posts = verdicts[letters[4] ?? ""];
				equal(
					verdict(() =>
						mayPostFile(room(asked, "normal", false), standing(who)),
					),
					posts === "yes" ? "forbidden" : posts,
				);
			});

			it(`${who}, ${kind} room: is moved to where its mover may make rooms`, () => {
				const manages = verdicts[letters[6] ?? ""];
				for (const { category, may } of destinations) {
					equal(
						verdict(() => mayMove(room(asked), standing(who), category)),
						manages === "yes" ? may : manages,
					);
				}
			});
		}
	}

	for (const { who, may, category } of destinations) {
		it(`${who}: makes a room in the category: ${may}`, () => {
			equal(
				verdict(() => mayCreate(category)),
				may,
			);
		});
	}

	it("only administrators administer", () => {
		const ask = (administrator?: boolean) =>
			verdict(() =>
				mayAdminister(administrator === undefined ? {} : { administrator }),
			);
		equal(ask(true), "yes");
		equal(ask(false), "forbidden");
		equal(ask(), "forbidden");
	});

	it("a refusal names the room and what is missing, but not a room that is hidden", () => {
		const refusal = (privacy: Privacy, who: string) => {
			try {
				mayJoin(room({ privacy, disabled: false }), standing(who));
			} catch (error) {
				return String(error);
			}
		};
		equal(
			refusal("closed", "in scope"),
			'ChatError: Tom & "Jerry" <x> is closed and you are not a member; its managers can add you.',
		);
		equal(refusal("secret", "in scope"), "ChatError: There is no such room.");
	});
});

describe("the scope of a category", () => {
	const alice = "sip:alice@example.com" as Principal;
	const domain = "domain:example.com" as Principal;
	const group = "group:traders" as Principal;
	const other = "domain:elsewhere.com" as Principal;
	const holder = { principals: [alice, domain, group], administrator: false };
	const cases = [
		{ allowed: [], denied: [], is: false },
		{ allowed: [alice], denied: [], is: true },
		{ allowed: [domain], denied: [], is: true },
		{ allowed: [group], denied: [], is: true },
		{ allowed: [other], denied: [], is: false },
		{ allowed: [domain], denied: [other], is: true },
		{ allowed: [domain], denied: [alice], is: false },
		{ allowed: [alice], denied: [domain], is: false },
		{ allowed: [alice, domain, group], denied: [group], is: false },
		{ allowed: [], denied: [alice], is: false },
	];
	for (const { is, ...scope } of cases) {
		const says = `allowing [${scope.allowed}] and denying [${scope.denied}]`;
		it(`${says} ${is ? "has" : "has not"} somebody of the domain and the group in it`, () => {
			equal(scopeOf(scope)(holder), is);
		});
		it(`${says} has an administrator in it`, () => {
			equal(scopeOf(scope)({ ...holder, administrator: true }), true);
		});
	}
});
