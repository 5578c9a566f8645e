/** The category that all rooms of the demo lie in. */
import type { CategoryId } from "../../plugin/rooms/types.ts";

export const demoCategory =
	"00000000-0000-4000-8000-00000000c001" as CategoryId;
