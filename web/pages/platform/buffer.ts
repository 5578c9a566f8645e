/** What Node has for bytes, for the parts of our SIP stack that run in the page. Loaded before them. */
import { Buffer } from "buffer/";

Object.assign(globalThis, { Buffer });
