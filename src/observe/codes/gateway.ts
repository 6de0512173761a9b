/** Codes of the gateway itself: its store, its configuration, its process. */
import type { Row } from './row.js';

export const GATEWAY = {
  STORE_FAILING: {
    cause:
      'The disk takes nothing any more. The gateway runs on in memory; what is acknowledged meanwhile is kept by the broker.',
    remedy:
      'The line says why: full, read-only, removed. It goes on by itself when the disk works again.',
  },
  STORE_WORKING: {
    cause: 'The disk works again, and what waited in memory is written.',
    remedy: 'Nothing.',
  },
  STORE_DAMAGED: {
    cause: 'The files of the journal were damaged; what could be read was saved.',
    remedy: 'Look at the disk or SD card and at the supply.',
  },
  STORE_RECORD_SKIPPED: {
    cause: 'A record of an earlier run made no sense and was left out.',
    remedy: 'Look at the disk; the line names the device.',
  },
  AIR_TIME_UNKNOWN: {
    cause:
      'Nobody knows what was sent in the hour before: the journal was damaged, begins, or is none. Links with a duty cycle are silent for an hour, or at a first start use half of it.',
    remedy: 'Nothing at a first start. Else keep a store on disk (`store.path`).',
  },
  CONFIG_RELOADED: { cause: 'SIGHUP: the new configuration is in force.', remedy: 'Nothing.' },
  CONFIG_NEEDS_RESTART: {
    cause: 'SIGHUP: sections have changed that a reload does not touch.',
    remedy: 'Restart the gateway.',
  },
  CONFIG_INVALID: {
    cause: 'SIGHUP: the file has an error.',
    remedy: 'The line names file, line and key; `check` tells all at once.',
  },
  CONFIG_KEPT: {
    cause: 'SIGHUP: because of errors the configuration in force stays.',
    remedy: 'Mend the file and send SIGHUP again.',
  },
  CONFIG_WARNING: {
    cause: 'The configuration works, but somebody should look at it.',
    remedy: 'The line says what and where.',
  },
  START_FAILED: {
    cause: 'The gateway does not start: a port is taken, or another gateway has the store.',
    remedy: 'The line says which; `doctor` says who holds it.',
  },
  STOPPING: { cause: 'A signal ends the gateway.', remedy: 'Nothing.' },
  RECORDING_ENDED: {
    cause: '`run --record` cannot write its file any more; the gateway goes on.',
    remedy: 'Look at the disk.',
  },
  BRIDGE_REQUEST: {
    cause: 'Somebody has asked for something at `bridge/request/…` of the broker.',
    remedy: 'Nothing, if it was you; else look who may publish there.',
  },
  HTTP_SOCKET_ERROR: {
    cause: 'The HTTP server could not take a connection.',
    remedy: 'The line says why: most often too many open files.',
  },
  CAPTURE_UNREAD: {
    cause: 'Whoever asked for a capture has taken nothing of it for half a minute.',
    remedy: 'Look what `capture` writes to: a pipe that nobody reads, a terminal that was stopped.',
  },
  INTERNAL_ERROR: {
    cause: 'A bug of the gateway, which goes on.',
    remedy: 'Please report it with the whole line.',
  },
} satisfies Readonly<Record<string, Row>>;
