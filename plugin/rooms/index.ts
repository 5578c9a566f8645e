/** What people do to rooms, behind every door (SIP, the operator's command, the web later). The actor comes first, always. */
import type { Preference } from "../store/index.ts";
import { type AddIns, createAddIns } from "./add-ins.ts";
import { type Additions, createAdditions } from "./additions.ts";
import { type Administration, createAdministration } from "./administration.ts";
import { type Administrators, createAdministrators } from "./administrators.ts";
import { audited } from "./audited.ts";
import { type Auditing, createAuditing } from "./auditing.ts";
import { type Categories, createCategories } from "./categories.ts";
import { createFiles, type Files } from "./files.ts";
import { createFollowing, type Following } from "./following.ts";
import { createGroups, type Groups } from "./groups.ts";
import { createInventory, type Inventory } from "./inventory.ts";
import { createInvitations, type Invitations } from "./invitations.ts";
import { createMembership, type Membership } from "./membership.ts";
import { createMessageListing, type MessageListing } from "./message-list.ts";
import {
	createMessageSearching,
	type MessageSearching,
} from "./message-search.ts";
import { createModeration, type Moderation } from "./moderation.ts";
import { createNodeRooms, type NodeRooms } from "./node-rooms.ts";
import { createPeople, type People } from "./people.ts";
import { type ByMessage, createByMessage } from "./phones.ts";
import { createPolicies, type Policies } from "./policy.ts";
import { createPosting, type Posting } from "./posting.ts";
import { createPresence, type Presence } from "./presence.ts";
import { createPreviews, type Previews } from "./previews.ts";
import { createReading, type Reading } from "./reading.ts";
import { createReassessing } from "./reassessing.ts";
import { createReturning, type Returning } from "./returning.ts";
import { createRights } from "./rights.ts";
import { createRosters, type Rosters } from "./rosters.ts";
import { createSettling } from "./settling.ts";
import type { Actor } from "./types.ts";
import { createUsers, type Users } from "./users.ts";
import type { RoomsNeeds, RoomsWork } from "./work.ts";

export type { Addition } from "./additions.ts";
export type { Directory } from "./directory.ts";
export type { FileToken, TokenRedemption, TokenUse } from "./file-tokens.ts";
export type { Download } from "./files.ts";
export type { UploadState } from "./kept-uploads.ts";
export type { FoundMessages, MessageSearchRequest } from "./message-search.ts";
export type { NodeRooms } from "./node-rooms.ts";
export type { PhoneNews, PhoneRooms } from "./phone-news.ts";
export type { Proposal } from "./previews.ts";
export type { HistoryWindow, RoomSearchRequest } from "./reading.ts";
export type { RoomLimits, RoomsNeeds } from "./work.ts";

/** Every method takes the actor first, and throws only `ChatError`, or a fault that nobody could foresee. */
export interface Rooms
	extends Membership,
		Posting,
		Reading,
		Returning,
		Rosters,
		MessageSearching,
		MessageListing,
		Administration,
		Additions,
		Previews,
		Categories,
		People,
		Users,
		Groups,
		Policies,
		Administrators,
		Inventory,
		Moderation,
		AddIns,
		Auditing,
		Invitations,
		Presence,
		Following,
		ByMessage,
		Files {
	preference(actor: Actor, label: string): Promise<Preference | undefined>;
	/** Throws `conflict` unless `version` is greater than the one kept, `too-large` for one label too many. */
	setPreference(actor: Actor, preference: Preference): Promise<void>;
}

/** The same rooms for whoever comes in by a door, and for the node itself. */
export function createRooms(needs: RoomsNeeds): {
	readonly rooms: Rooms;
	readonly nodeRooms: NodeRooms;
	/** Another node has changed a right: what is remembered counts no more. */
	rightsChanged(): void;
	/** Resolves when nothing is done any more that nobody asks for. */
	close(): Promise<void>;
} {
	const { store } = needs;
	const rights = createRights(needs.directory, store.rights);
	const reassessing = createReassessing({ ...needs, rights });
	const settling = createSettling({ ...needs, rights, reassessing });
	const work: RoomsWork = { ...needs, rights, reassessing, settling };
	const membership = createMembership(work);
	const posting = createPosting(work);
	const auditing = createAuditing(work);
	const rooms: Rooms = {
		...membership,
		...posting,
		...createFiles(work, posting),
		...createReading(work),
		...createReturning(work),
		...createRosters(work),
		...createMessageSearching(work),
		...createMessageListing(work),
		...createAdministration(work),
		...createAdditions(work),
		...createPreviews(work),
		...createCategories(work),
		...createPeople(work),
		...createUsers(work),
		...createGroups(work),
		...createPolicies(work),
		...createAdministrators(work),
		...createInventory(work),
		...createModeration(work),
		...createAddIns(work),
		...auditing,
		...createPresence(work),
		...createFollowing(work),
		...createByMessage(work, membership),
		...createInvitations(work),
		preference: (actor, label) => store.preferences.find(actor.uri, label),
		setPreference: (actor, preference) =>
			store.transaction((tx) => tx.preferences.put(actor.uri, preference)),
	};
	return {
		rooms: audited(rooms, auditing),
		nodeRooms: createNodeRooms(work),
		rightsChanged: rights.changed,
		async close() {
			await settling.close();
			await reassessing.close();
		},
	};
}
