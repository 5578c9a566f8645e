/** The chat page. */
import "./platform/buffer.ts";
import { begin, showAnew } from "./begin.ts";
import { connect } from "./model/account.ts";
import { openDrafts } from "./model/drafts.ts";
import { openFeeds } from "./model/feeds.ts";
import { followHappenings } from "./model/happenings.ts";
import { loadRooms } from "./model/rooms.ts";
import { createState } from "./model/state.ts";
import { createUploads } from "./model/uploads.ts";
import { chatPage } from "./views/chat-page.ts";

await begin(async (session) => {
	const chat = await connect(session);
	const state = createState(
		chat,
		session.me,
		openDrafts(session.me.uri, sessionStorage),
	);
	followHappenings(state);
	await loadRooms(state);
	const uploads = createUploads(session, state);
	const feeds = await openFeeds(state);
	return chatPage(state, { uploads, feeds }, () => {
		void Promise.all([chat.close(), session.signOut()]).then(showAnew);
	});
});
