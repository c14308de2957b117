/** An invariant that was broken. */
export class Violation extends Error {}
