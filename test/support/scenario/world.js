/** The gateway's own connection to the broker. */
export const GATEWAY = null;
