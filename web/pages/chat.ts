/** Where the chat page begins: who is signed in already, signing in, and the page itself. */
import "./platform/buffer.ts";
import { fill } from "./dom.ts";
import { type Account, signedIn, signIn } from "./model/account.ts";
import { followHappenings } from "./model/happenings.ts";
import { loadRooms } from "./model/rooms.ts";
import { createState } from "./model/state.ts";
import { chatPage } from "./views/chat-page.ts";
import { signInView } from "./views/sign-in.ts";
import { explain } from "./words.ts";

async function enter(account: Account): Promise<void> {
	const chat = await account.connect();
	const state = createState(chat, account.me);
	followHappenings(state);
	await loadRooms(state);
	const leave = () =>
		void Promise.all([chat.close(), account.signOut()]).then(() =>
			location.assign("?"),
		);
	fill(document.body, chatPage(state, leave));
}

function askWho(notice?: string): void {
	const view = signInView(
		async (name, password) => enter(await signIn(name, password)),
		notice,
	);
	fill(document.body, view);
	view.querySelector("input")?.focus();
}

try {
	const account = await signedIn();
	if (account) await enter(account);
	else askWho();
} catch (error) {
	askWho(explain(error));
}
