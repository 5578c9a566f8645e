/** What an empty embedded database is given, so that there is something to try: users, a category and rooms. Never a production database. */
import { randomUUID } from "node:crypto";
import { hashCredentials } from "./plugin/credentials.ts";
import type {
	CategoryId,
	Principal,
	RoomId,
	UserUri,
} from "./plugin/rooms/types.ts";
import type { NewRoom, Store } from "./plugin/store/index.ts";

const people = ["alice", "bob", "carol", "dave"] as const;
/** Only where somebody tries the product: tests name their own. */
const administrator = "erin";
const names = [...people, administrator];
const category = "00000000-0000-4000-8000-00000000c001" as CategoryId;

const rooms: readonly (Pick<NewRoom, "name" | "description" | "privacy"> &
	Partial<Record<"members" | "managers" | "presenters", readonly string[]>> & {
		readonly auditorium?: true;
	})[] = [
	{ name: "Lobby", description: "Everybody is welcome", privacy: "open" },
	{
		name: "Operations",
		description: "Shift notes",
		privacy: "closed",
		members: ["alice", "bob"],
		managers: ["bob"],
	},
	{
		name: "Board",
		description: "Members only, and known only to them",
		privacy: "secret",
		members: ["carol"],
	},
	{
		name: "Announcements",
		description: "Read by all, written by presenters",
		privacy: "open",
		presenters: ["bob"],
		auditorium: true,
	},
];

/** Does nothing unless the database has no user yet. True when it did. `administered`: with an administrator. */
export async function makeDemo(
	store: Store,
	domain: string,
	{ administered = false }: { readonly administered?: boolean } = {},
): Promise<boolean> {
	if (!(await store.users.isEmpty())) return false;
	const uri = (name: string) => `sip:${name}@${domain}` as UserUri;
	const principals = (who: readonly string[] = []) =>
		who.map(uri) as readonly string[] as readonly Principal[];
	await store.transaction(async (tx) => {
		await tx.policies.set({ scope: "everybody", enabled: true, admit: false });
		for (const name of administered ? names : people) {
			await tx.users.add({
				uri: uri(name),
				displayName: `${name[0]?.toUpperCase()}${name.slice(1)}`,
				guid: randomUUID(),
				active: true,
				credentials: hashCredentials(name, domain, `${name}-pw`),
			});
		}
		if (administered) {
			await tx.policies.setAdministrators(principals([administrator]));
		}
		await tx.categories.add({
			id: category,
			name: "General",
			description: "Everybody of this domain",
			invitations: false,
			files: true,
			history: true,
			allowed: [`domain:${domain}` as Principal],
			denied: [],
			creators: principals(["alice"]),
		});
		for (const [index, room] of rooms.entries()) {
			await tx.rooms.add({
				id: `00000000-0000-4000-8000-00000000000${index + 1}` as RoomId,
				name: room.name,
				description: room.description,
				category,
				privacy: room.privacy,
				type: room.auditorium ? "auditorium" : "normal",
				invitations: "inherit",
				members: principals(room.members),
				managers: principals(room.managers),
				presenters: principals(room.presenters),
				createdBy: uri("alice"),
				createdAt: new Date(),
			});
		}
	});
	return true;
}

/** Who can sign in with the password that everybody knows. */
export async function demoUsers(
	store: Store,
	domain: string,
): Promise<readonly string[]> {
	const found: string[] = [];
	for (const name of names) {
		const kept = await store.users.credentials(
			`sip:${name}@${domain}` as UserUri,
		);
		const { sha256 } = hashCredentials(name, domain, `${name}-pw`);
		if (kept?.sha256 === sha256) found.push(name);
	}
	return found;
}

/** `users`: who can sign in, one at least. */
export function describeDemo(domain: string, users: readonly string[]): string {
	return [
		`  users      ${users.join(", ")} at ${domain}; the password is the name and "-pw" (${users[0]}-pw)`,
		...(users.includes(administrator)
			? [
					`             ${administrator} administers the service, and sees at /operations how it is doing`,
				]
			: []),
		`  rooms      ${rooms.map(({ name }) => name).join(", ")}`,
	].join("\n");
}
