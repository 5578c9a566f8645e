/** Checks what comes with a request against the route's zod schema; every fault is named at once. */
import type { FastifySchemaCompiler } from "fastify";
import type { z } from "zod";
import { ChatError } from "../plugin/errors.ts";
import { faultText } from "../plugin/faults.ts";

export const checkWithZod: FastifySchemaCompiler<z.ZodType> =
	({ schema }) =>
	(given: unknown) => {
		const checked = schema.safeParse(given ?? undefined);
		if (checked.success) return { value: checked.data };
		const faults = checked.error.issues
			.slice(0, 20)
			.map((issue) => [...issue.path, faultText(issue)].join(": "));
		return { error: new ChatError("malformed", `${faults.join("; ")}.`) };
	};
