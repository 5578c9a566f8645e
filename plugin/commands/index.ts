/** Everything that this server answers, on one screen (`grpchat` is in `post.ts`). */
import { associations } from "./associations.ts";
import { changeRoles, changeRoom } from "./change-room.ts";
import { table } from "./command.ts";
import { creatable } from "./creatable.ts";
import { createRoom } from "./create-room.ts";
import { downloadToken } from "./download-token.ts";
import { follow, unfollow } from "./following.ts";
import { history } from "./history.ts";
import { invitations } from "./invitations.ts";
import { batchJoin, join } from "./join.ts";
import { messagesBeside, searchMessages } from "./message-search.ts";
import { deleteMessages, replaceMessages } from "./moderate.ts";
import { part } from "./part.ts";
import { participants } from "./participants.ts";
import { eligible, findPeople } from "./people.ts";
import { getPreference, setPreference } from "./preferences.ts";
import { requri } from "./requri.ts";
import { roomInfo } from "./room-info.ts";
import { search } from "./search.ts";
import { serverInfo } from "./server-info.ts";
import { uploadToken } from "./upload-token.ts";
import { webLink } from "./web-link.ts";

export const commands = table(
	requri,
	serverInfo,
	associations,
	follow,
	unfollow,
	join,
	batchJoin,
	part,
	history,
	searchMessages,
	messagesBeside,
	search,
	invitations,
	getPreference,
	setPreference,
	creatable,
	createRoom,
	changeRoom,
	changeRoles,
	roomInfo,
	participants,
	eligible,
	findPeople,
	deleteMessages,
	replaceMessages,
	uploadToken,
	downloadToken,
	webLink,
);

/** Replies are named as their commands, but for these. */
const replyNames: Readonly<Record<string, string>> = {
	"cmd:getfutok": "rpl:getftok",
	"cmd:getfdtok": "rpl:getftok",
};

export function replyId(wireId: string): string {
	return (
		replyNames[wireId.toLowerCase()] ?? wireId.replace(/^(cmd:)?/i, "rpl:")
	);
}
