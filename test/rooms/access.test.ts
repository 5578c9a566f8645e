import { equal, throws } from "node:assert/strict";
import { ChatError, type Reason } from "../../plugin/errors.ts";
import {
	mayJoin,
	mayPost,
	mayRead,
	maySee,
} from "../../plugin/rooms/access.ts";
import type {
	Category,
	Privacy,
	RoomType,
	Standing,
} from "../../plugin/rooms/types.ts";

type Verdict = "yes" | Reason;

const actions = { maySee, mayJoin, mayRead, mayPost };

const standings: Readonly<Record<string, Standing>> = {
	nobody: standing({ inScope: false }),
	stranger: standing({}),
	member: standing({ member: true }),
	manager: standing({ manager: true }),
	presenter: standing({ presenter: true }),
	"member and manager": standing({ member: true, manager: true }),
	"member and presenter": standing({ member: true, presenter: true }),
	"member out of scope": standing({ member: true, inScope: false }),
};

function standing(some: Partial<Standing>): Standing {
	return {
		inScope: true,
		administrator: false,
		member: false,
		manager: false,
		presenter: false,
		...some,
	};
}

function room(privacy: Privacy, type: RoomType, disabled = false) {
	return {
		name: 'Tom & "Jerry" <x>',
		privacy,
		type,
		disabled,
		category: {} as Category,
	};
}

/** Rows: who. Columns: sees, joins, reads, posts in a normal room, posts in an auditorium. */
const table: Readonly<
	Record<Privacy, Readonly<Record<string, readonly Verdict[]>>>
> = {
	open: {
		nobody: Array<Verdict>(5).fill("no-such-room"),
		stranger: ["yes", "yes", "yes", "yes", "forbidden"],
		member: ["yes", "yes", "yes", "yes", "forbidden"],
		manager: ["yes", "yes", "yes", "yes", "forbidden"],
		presenter: ["yes", "yes", "yes", "yes", "yes"],
		"member and manager": ["yes", "yes", "yes", "yes", "forbidden"],
		"member and presenter": ["yes", "yes", "yes", "yes", "yes"],
		"member out of scope": Array<Verdict>(5).fill("no-such-room"),
	},
	closed: {
		nobody: Array<Verdict>(5).fill("no-such-room"),
		stranger: ["yes", "forbidden", "forbidden", "forbidden", "forbidden"],
		member: ["yes", "yes", "yes", "yes", "forbidden"],
		manager: ["yes", "forbidden", "forbidden", "forbidden", "forbidden"],
		presenter: ["yes", "forbidden", "forbidden", "forbidden", "forbidden"],
		"member and manager": ["yes", "yes", "yes", "yes", "forbidden"],
		"member and presenter": ["yes", "yes", "yes", "yes", "yes"],
		"member out of scope": Array<Verdict>(5).fill("no-such-room"),
	},
	secret: {
		nobody: Array<Verdict>(5).fill("no-such-room"),
		stranger: Array<Verdict>(5).fill("no-such-room"),
		member: ["yes", "yes", "yes", "yes", "forbidden"],
		manager: ["yes", "forbidden", "forbidden", "forbidden", "forbidden"],
		presenter: Array<Verdict>(5).fill("no-such-room"),
		"member and manager": ["yes", "yes", "yes", "yes", "forbidden"],
		"member and presenter": ["yes", "yes", "yes", "yes", "yes"],
		"member out of scope": Array<Verdict>(5).fill("no-such-room"),
	},
};

function verdict(ask: () => void): Verdict {
	try {
		ask();
		return "yes";
	} catch (error) {
		if (!(error instanceof ChatError)) throw error;
		return error.reason;
	}
}

describe("access", () => {
	for (const [privacy, rows] of Object.entries(table)) {
		for (const [who, verdicts] of Object.entries(rows)) {
			const columns = [
				["sees", "maySee", "normal"],
				["joins", "mayJoin", "normal"],
				["reads", "mayRead", "normal"],
				["posts in", "mayPost", "normal"],
				["posts in the auditorium", "mayPost", "auditorium"],
			] as const;
			for (const [index, [verb, action, type]] of columns.entries()) {
				const expected = verdicts[index];
				it(`${who} ${verb} a room that is ${privacy}: ${expected}`, () => {
					const asked = room(privacy as Privacy, type);
					const asker = standings[who];
					if (asker === undefined) throw new Error(who);
					equal(
						verdict(() => actions[action](asked, asker)),
						expected,
					);
				});
			}
		}
	}

	it("nobody enters a disabled room, and strangers do not learn that it is there", () => {
		const member = standing({ member: true });
		equal(
			verdict(() => mayJoin(room("open", "normal", true), member)),
			"room-disabled",
		);
		equal(
			verdict(() => mayPost(room("closed", "normal", true), member)),
			"room-disabled",
		);
		equal(
			verdict(() => mayJoin(room("secret", "normal", true), standing({}))),
			"no-such-room",
		);
	});

	it("a refusal names the room and what is missing", () => {
		throws(
			() => mayJoin(room("closed", "normal"), standing({})),
			/Tom & "Jerry" <x> is closed and you are not a member/,
		);
	});
});
