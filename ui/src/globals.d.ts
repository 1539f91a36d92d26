/** True in builds that may run against the in-memory backend (`--mode fake` and tests); false in the product. */
declare const __WITH_FAKE__: boolean;
