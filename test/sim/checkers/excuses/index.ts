/**
 * Every exception that a checker makes, in one place: what the protocol makes necessary, or a limit that
 * ARCHITECTURE.md names.
 */
export * from './clock.js';
export * from './copies.js';
export * from './devices.js';
export * from './disk.js';
export * from './exchange.js';
export * from './gateway.js';
export * from './network.js';
export * from './stale-filters.js';
export * from './wills.js';
