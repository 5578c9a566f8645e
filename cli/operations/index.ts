/** Everything that the operator may ask of the running service, on one screen. */
import type { z } from "zod";
import * as administrators from "./administrators.ts";
import * as categories from "./categories.ts";
import * as groups from "./groups.ts";
import * as messages from "./messages.ts";
import type { Operation } from "./operation.ts";
import * as policy from "./policy.ts";
import * as rooms from "./rooms.ts";
import * as users from "./users.ts";

/** By the path that they are asked at. */
export const operations = {
	"user/add": users.addUser,
	"user/set": users.setUser,
	"user/remove": users.removeUser,
	"user/get": users.getUser,
	"user/list": users.listUsers,
	"user/find": users.findUsers,
	"group/add": groups.addGroup,
	"group/set": groups.setGroup,
	"group/remove": groups.removeGroup,
	"group/get": groups.getGroup,
	"group/list": groups.listGroups,
	"policy/set": policy.setPolicy,
	"policy/unset": policy.unsetPolicy,
	"policy/list": policy.listPolicies,
	"administrator/add": administrators.addAdministrators,
	"administrator/remove": administrators.removeAdministrators,
	"administrator/list": administrators.listAdministrators,
	"category/add": categories.addCategory,
	"category/set": categories.setCategory,
	"category/preview": categories.previewCategory,
	"category/remove": categories.removeCategory,
	"category/get": categories.getCategory,
	"category/list": categories.listCategories,
	"room/add": rooms.addRoom,
	"room/set": rooms.setRoom,
	"room/preview": rooms.previewRoom,
	"room/remove": rooms.removeRoom,
	"room/get": rooms.getRoom,
	"room/list": rooms.listRooms,
	"room/eligible": rooms.eligibleUsers,
	"message/list": messages.listMessages,
	"message/count": messages.countMessages,
	"message/delete": messages.deleteMessages,
	"message/replace": messages.replaceMessages,
} as const satisfies Readonly<Record<string, Operation<z.ZodType, unknown>>>;

export type OperationName = keyof typeof operations;
type Table = typeof operations;
export type ParametersOf<Name extends OperationName> = z.input<
	Table[Name]["parameters"]
>;
export type ResultOf<Name extends OperationName> = Awaited<
	ReturnType<Table[Name]["run"]>
>;
