/** What the running service is set to. */
import { z } from "zod";
import { operation } from "./operation.ts";

/** As it is in force, defaults too; secrets are told as `(set)`. */
export const getConfiguration = operation(
	z.strictObject({}),
	async ({ configuration }) => configuration,
);
