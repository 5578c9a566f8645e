/** The chat page. */
import "./platform/buffer.ts";
import { begin, showAnew } from "./begin.ts";
import { connect } from "./model/account.ts";
import { followHappenings } from "./model/happenings.ts";
import { loadRooms } from "./model/rooms.ts";
import { createState } from "./model/state.ts";
import { chatPage } from "./views/chat-page.ts";

await begin(async (session) => {
	const chat = await connect(session);
	const state = createState(chat, session.me);
	followHappenings(state);
	await loadRooms(state);
	return chatPage(state, () => {
		void Promise.all([chat.close(), session.signOut()]).then(showAnew);
	});
});
