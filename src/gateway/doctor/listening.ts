/** What to do where a port cannot be listened on. */
import { ALREADY_RUNS } from './finding.js';

/** @param error for people, with what the system has said as its cause; undefined: nothing that is known to help */
export function listenRemedy({ cause }: Error): string | undefined {
  switch ((cause as NodeJS.ErrnoException | undefined)?.code) {
    case 'EADDRINUSE':
      return ALREADY_RUNS;
    case 'EACCES':
      return 'take a port from 1024 on, or permit lower ones: systemd has AmbientCapabilities=CAP_NET_BIND_SERVICE for it';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return '`ip address` shows what this machine has; an address that comes later, as of a VPN, must be there before the gateway starts';
    case 'EAFNOSUPPORT':
      return 'this machine has switched off IPv6, or IPv4: name an address of the other kind';
    default:
      return undefined;
  }
}
