/**
 * Names in addresses. Every URL parser takes `.` and `..` for folders, also as `%2e`, and would leave them out: such a name has
 * a `/` before it there, and one that looks so already has one more.
 */
const OF_DOTS = /^\/*\.{1,2}$/;

/** A name as one segment of a path. */
export const segmentOf = (name: string): string =>
  encodeURIComponent(OF_DOTS.test(name) ? `/${name}` : name);

/** @param segment decoded */
export const nameOfSegment = (segment: string): string =>
  segment.startsWith('/') && OF_DOTS.test(segment) ? segment.slice(1) : segment;
