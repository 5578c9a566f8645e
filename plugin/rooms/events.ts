/** What happens in rooms, as every node is told of it. */
import type {
	ClientTraits,
	Message,
	Participant,
	Principal,
	PublicationKey,
	RoomId,
	RoomSummary,
	RoomType,
	Standing,
	UserUri,
} from "./types.ts";

/** What happened, told to the people in the room. */
export type RoomEvent =
	| { readonly type: "posted"; readonly message: Message }
	| {
			readonly type: "joined";
			/** Several rooms when they were joined by one command. */
			readonly rooms: readonly {
				readonly room: RoomId;
				readonly type: RoomType;
				readonly standing: Standing;
			}[];
			readonly user: Participant["user"];
			readonly batch: boolean;
	  }
	| {
			readonly type: "parted";
			readonly rooms: readonly RoomId[];
			readonly user: Participant["user"];
	  }
	/** He is in these rooms now, or in none of them any more; nobody else is told, because their rosters are hidden. */
	| {
			readonly type: "moved";
			readonly rooms: readonly RoomId[];
			readonly user: UserUri;
			readonly arrived: boolean;
	  }
	/** Properties of the room are others now. */
	| { readonly type: "changed"; readonly summary: RoomSummary }
	/** Participants may do more or less than before. */
	| {
			readonly type: "standing";
			readonly room: RoomId;
			readonly roomType: RoomType;
			readonly participants: readonly Participant[];
			/** Only they themselves are told. */
			readonly rosterHidden: boolean;
	  }
	/** All sessions of these users are out of the room. */
	| {
			readonly type: "kicked";
			readonly room: RoomId;
			readonly why: KickReason;
			readonly users: readonly Participant["user"][];
			/** Only they themselves are told. */
			readonly rosterHidden: boolean;
	  }
	/** Somebody may know less of this room than before, or of any room when none is named, whether he is in it or not. */
	| { readonly type: "narrowed"; readonly room?: RoomId }
	/** The roster was hidden, and is shown again: for those who joined meanwhile. */
	| {
			readonly type: "roster";
			readonly room: RoomId;
			readonly roomType: RoomType;
			readonly participants: readonly Participant[];
	  }
	/** There are too many in the room for their comings and goings to be told. */
	| { readonly type: "rosterHidden"; readonly room: RoomId }
	/** Administrators deleted these messages. */
	| {
			readonly type: "deleted";
			readonly room: RoomId;
			readonly sequences: readonly number[];
	  }
	/** Administrators put this text in the place of these messages. */
	| {
			readonly type: "replaced";
			readonly room: RoomId;
			readonly sequences: readonly number[];
			readonly text: string;
	  }
	/** Whoever holds one of these principals has been made a member of the room, then. */
	| {
			readonly type: "invited";
			readonly room: RoomId;
			readonly principals: readonly Principal[];
			readonly at: Date;
	  }
	/** The presence document of this user is another. */
	| {
			readonly type: "presence";
			readonly user: UserUri;
			readonly changed: readonly PublicationKey[];
			/** Has been told. */
			readonly by?: ClientTraits;
	  }
	/** Some of these, or of all when none are named, may not use persistent chat any more. */
	| { readonly type: "policy"; readonly users?: readonly UserUri[] };

/** Why somebody was kicked. */
export type KickReason =
	| "not a member any more"
	| "not allowed in the category any more"
	| "the room is disabled"
	| "the room is gone";
