/** The Rooms page. */
import { begin, showAnew } from "./begin.ts";
import { roomsPage } from "./rooms/rooms-page.ts";

await begin((session) =>
	roomsPage(session, () => void session.signOut().then(showAnew)),
);
