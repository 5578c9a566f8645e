/** Everything that the operator may ask of the running service, on one screen. */
import type { z } from "zod";
import * as addIns from "./add-ins.ts";
import * as administrators from "./administrators.ts";
import * as audit from "./audit.ts";
import * as categories from "./categories.ts";
import * as compliance from "./compliance.ts";
import * as configuration from "./configuration.ts";
import * as groups from "./groups.ts";
import * as messages from "./messages.ts";
import type { Operation } from "./operation.ts";
import * as policy from "./policy.ts";
import * as pool from "./pool.ts";
import * as rooms from "./rooms.ts";
import * as users from "./users.ts";

/** By the path that they are asked at. */
export const operations = {
	"user/add": users.addUser.make,
	"user/add/rehearse": users.addUser.rehearse,
	"user/set": users.setUser.make,
	"user/set/preview": users.setUser.preview,
	"user/remove": users.removeUser.make,
	"user/remove/preview": users.removeUser.preview,
	"user/get": users.getUser,
	"user/list": users.listUsers,
	"user/find": users.findUsers,
	"group/add": groups.addGroup.make,
	"group/add/rehearse": groups.addGroup.rehearse,
	"group/set": groups.setGroup.make,
	"group/set/preview": groups.setGroup.preview,
	"group/remove": groups.removeGroup.make,
	"group/remove/preview": groups.removeGroup.preview,
	"group/get": groups.getGroup,
	"group/list": groups.listGroups,
	"policy/set": policy.setPolicy.make,
	"policy/set/preview": policy.setPolicy.preview,
	"policy/unset": policy.unsetPolicy.make,
	"policy/unset/preview": policy.unsetPolicy.preview,
	"policy/list": policy.listPolicies,
	"administrator/add": administrators.addAdministrators.make,
	"administrator/add/preview": administrators.addAdministrators.preview,
	"administrator/remove": administrators.removeAdministrators.make,
	"administrator/remove/preview": administrators.removeAdministrators.preview,
	"administrator/list": administrators.listAdministrators,
	"category/add": categories.addCategory.make,
	"category/add/rehearse": categories.addCategory.rehearse,
	"category/set": categories.setCategory.make,
	"category/set/preview": categories.setCategory.preview,
	"category/remove": categories.removeCategory.make,
	"category/remove/preview": categories.removeCategory.preview,
	"category/get": categories.getCategory,
	"category/list": categories.listCategories,
	"room/add": rooms.addRoom.make,
	"room/add/rehearse": rooms.addRoom.rehearse,
	"room/set": rooms.setRoom.make,
	"room/set/preview": rooms.setRoom.preview,
	"room/remove": rooms.removeRoom.make,
	"room/remove/preview": rooms.removeRoom.preview,
	"room/get": rooms.getRoom,
	"room/list": rooms.listRooms,
	"room/eligible": rooms.eligibleUsers,
	"add-in/list": addIns.listAddIns,
	"add-in/add": addIns.registerAddIn,
	"add-in/set": addIns.changeAddIn,
	"add-in/remove": addIns.removeAddIn,
	"message/list": messages.listMessages,
	"message/count": messages.countMessages,
	"message/delete": messages.deleteMessages,
	"message/replace": messages.replaceMessages,
	"compliance/status": compliance.complianceStatus,
	"compliance/replay": compliance.beginReplay,
	"compliance/replay/rehearse": compliance.rehearseReplay,
	"compliance/replay/follow": compliance.followReplay,
	"compliance/replay/stop": compliance.stopReplay,
	"compliance/parked/list": compliance.listParked,
	"compliance/parked/retry": compliance.retryParked,
	"compliance/parked/drop": compliance.dropParked,
	"compliance/parked/set-aside": compliance.setAside,
	"compliance/forget": compliance.forgetAdapter,
	"compliance/reconcile": compliance.reconcileCompliance,
	"pool/state": pool.poolState,
	"pool/drain": pool.drainNode,
	"pool/resume": pool.resumeNode,
	"configuration/get": configuration.getConfiguration,
	"audit/list": audit.listAudit,
	"audit/begin": audit.beginAct,
	"audit/end": audit.endAct,
} as const satisfies Readonly<Record<string, Operation<z.ZodType, unknown>>>;

export type OperationName = keyof typeof operations;
/** Those that can also be asked what they would take from whom. */
export type ChangeName = {
	[Name in OperationName]: `${Name}/preview` extends OperationName
		? Name
		: never;
}[OperationName];
type Table = typeof operations;
export type ParametersOf<Name extends OperationName> = z.input<
	Table[Name]["parameters"]
>;
export type ResultOf<Name extends OperationName> = Awaited<
	ReturnType<Table[Name]["run"]>
>;
